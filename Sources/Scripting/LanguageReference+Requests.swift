extension LanguageReference {
    private static let url = Parameter(
        "url", "string", "a path that begins with `/`, put behind the host, or a whole `http://` or `https://` URL")
    private static let options = Parameter("options", "cicada.RequestOptions", "see below", isOptional: true)
    private static let answer = [Result("cicada.Response", "the response")]

    private static func verb(_ name: String, _ text: String, _ example: String) -> Item {
        .function(
            Function(
                name: "self.http:\(name)", parameters: [url, options], results: answer, text: text,
                errors: "What is wrong with the URL or an option. A request that gets no answer raises nothing.", place: .step,
                example: example))
    }

    /// self.http.
    static let requests = Section(
        title: "Requests",
        text: """
            A request suspends the user until the answer is there; meanwhile the engine thread runs other users. Requests cannot be sent from a coroutine of the script, or from a function that Lua's library calls (`string.gsub`, `table.sort`); `pcall` around requests works.

            In a URL bytes above 127 are percent-encoded; spaces and control characters are an error.
            """,
        items: [
            verb(
                "get", "Sends a GET request. A body is unusual but possible.",
                "local r = self.http:get(\"/search\", { query = { q = \"two words\", page = 1 } })"),
            verb(
                "post", "Sends a POST request.",
                "self.http:post(\"/orders\", { json = { items = { { id = 7, count = 2 } }, gift = true }, name = \"order\" })"),
            verb("put", "Sends a PUT request.", "self.http:put(\"/items/1\", { json = { name = \"tea\" }, name = \"/items/[id]\" })"),
            verb("patch", "Sends a PATCH request.", "self.http:patch(\"/items/1\", { json = { price = 3 }, name = \"/items/[id]\" })"),
            verb(
                "delete", "Sends a DELETE request.",
                "self.http:delete(\"/items/1\", { name = \"/items/[id]\", expect = { 200, 204, 404 } })"),
            verb(
                "head", "Sends a HEAD request. Neither it nor its answer has a body.",
                "local size = self.http:head(\"/\").headers[\"Content-Length\"]"),
            verb("options", "Sends an OPTIONS request.", "local allowed = self.http:options(\"/\").headers.Allow"),
            verb("trace", "Sends a TRACE request. It has no body.", "self.http:trace(\"/\", { expect = 405 })"),
            .function(
                Function(
                    name: "self.http:request",
                    parameters: [Parameter("method", "string", "one of the eight above, in upper or lower case"), url, options],
                    results: answer,
                    text: "Sends a request whose method is known only when the script runs.",
                    errors: "The method is unknown; what is wrong with the URL or an option.", place: .step,
                    example: "self.http:request(random.choice { \"PUT\", \"PATCH\" }, \"/items/1\", { json = { price = 3 } })")),
            .fields(
                Fields(
                    type: "cicada.RequestOptions", title: "Options of a request",
                    text: """
                        At most one of `form`, `json`, `body` and `multipart` is given. A name that is not known is an error.

                        *Tables of fields.* `{ a = 1, b = "x" }` is sent in the order of the names' bytes. `{ { "b", "x" }, { "a", 1 }, { "a", 2 } }` keeps its order and may repeat names.
                        """,
                    fields: [
                        Field(
                            "form", "cicada.FieldTable",
                            "body as `application/x-www-form-urlencoded`: a table of fields with texts, numbers or booleans. Letters, digits and `*-._` are sent as they are, a space as `+`, all else as `%XX`",
                            missing: "no body"),
                        Field("json", "any", "body as `application/json`; see `json.encode`", missing: "no body"),
                        Field(
                            "body", "string",
                            "body as it is, which may hold any bytes; as `application/octet-stream` unless a header says otherwise",
                            missing: "no body"),
                        Field(
                            "multipart", "cicada.PartTable",
                            "body as `multipart/form-data` (RFC 7578): a table of fields; a value is a text, number, boolean, or a table with the text `data` and, if wanted, `filename` and `type`",
                            missing: "no body"),
                        Field(
                            "headers", "table<string, string|number>",
                            "header fields; values are texts or numbers without CR, LF and NUL. 1000 fields and 1 MiB at most. `Content-Length` and `Transfer-Encoding` are set by the client",
                            missing: "those of the class"),
                        Field(
                            "query", "cicada.FieldTable", "a table of fields, encoded like `form` and put behind the URL", missing: "none"),
                        Field(
                            "name", "string", "the name under which the request is counted",
                            missing: "the URL as the script wrote it, without `query`"),
                        Field(
                            "timeout", "number", "seconds for the whole request with its redirects, 0.001 to 86400",
                            missing: "that of the class, or of the run"),
                        Field(
                            "redirects", "boolean|integer",
                            "whether redirects are followed, or how many at most, 0 to 100; the phases are those of the last hop",
                            missing: "that of the class, or `true`"),
                        Field(
                            "auth", "cicada.Auth|false",
                            "who asks: `{ user = …, password = … }` (RFC 7617), `{ bearer = token }` (RFC 6750), or `false`: not even whom the class names",
                            missing: "whom the class names"),
                        Field(
                            "expect", "integer|string|(integer|string)[]",
                            "the statuses of a success: 404, `\"2xx\"`, or a list of such. Any other makes the request a failure with the reason `HTTP 200, expected 404`",
                            missing: "100 to 399"),
                    ])),
            .fields(
                Fields(
                    type: "cicada.Auth", title: "Fields of auth", text: "Either `user` and `password`, or `bearer`.",
                    fields: [
                        Field("user", "string", "name for basic authentication, without a colon", missing: "`bearer` is needed"),
                        Field("password", "string", "password for basic authentication", missing: "empty"),
                        Field("bearer", "string", "a token: visible ASCII characters without spaces", missing: "`user` is needed"),
                    ])),
            .fields(
                Fields(
                    type: "cicada.Part", title: "Fields of a part of multipart", text: "",
                    fields: [
                        Field("data", "string", "the part's bytes", missing: "an error"),
                        Field("filename", "string", "the file's name", missing: "the part is no file"),
                        Field("type", "string", "its media type", missing: "`application/octet-stream` for files"),
                    ])),
            .function(
                Function(
                    name: "self.http:batch",
                    parameters: [
                        Parameter(
                            "requests", "{ [1]: string, [2]: string, [3]: cicada.RequestOptions? }[]",
                            "1 to 100 tables of method, URL and, if wanted, options")
                    ],
                    results: [Result("cicada.Response[]", "the responses in the order of the requests")],
                    text:
                        "Sends all requests at once, over connections of the user's own, and returns when the last answer is there: as a browser fetches what a page needs. Each is counted by itself.",
                    errors: "There is none or more than 100; what is wrong with one of them.", place: .step,
                    example: """
                        local rs = self.http:batch { { "GET", "/style.css" }, { "POST", "/seen", { json = { page = 1 } } } }
                        check(rs[1], "is a style sheet", rs[1].headers["Content-Type"] == "text/css")
                        """)),
            .function(
                Function(
                    name: "self.http:clear_cookies",
                    text:
                        "The user forgets its cookies, just before its next request is sent. Cookies of answers are kept and sent back without any doing of the script. A `Cookie` header of the script's goes behind them in the same field; where both have a name, both are sent.",
                    place: .step, example: "self.http:clear_cookies()")),
        ])

    /// What is known of an answer.
    static let response = Section(
        title: "Responses",
        text:
            "A request that got no answer is counted as a failure and the script goes on. `body`, `text`, `headers`, `cookies` and `json` can be read until the task ends, all else always. To keep something longer, put it into `self`: `self.token = r.headers[\"X-Token\"]`.",
        items: [
            .fields(
                Fields(
                    type: "cicada.Response", title: "Fields of a response", text: "They cannot be changed.",
                    fields: [
                        Field("status", "integer", "the status code; 0 when there was no answer (connection refused, timeout, …)"),
                        Field("ok", "boolean", "true for a status from 200 to 399"),
                        Field("body", "string", "the body's bytes, decompressed; `\"\"` when there was no answer"),
                        Field(
                            "text", "string",
                            "the body as UTF-8, by the charset of `Content-Type`: UTF-8 if it has none, ISO-8859-1, windows-1252, US-ASCII or UTF-16; what is wrong is replaced by U+FFFD. Another charset is an error"
                        ),
                        Field(
                            "truncated", "boolean",
                            "true when the answer was longer than the 16 MiB that are kept, and `body` is its beginning"),
                        Field(
                            "headers", "table<string, string>",
                            "the header fields of the last answer by name, in upper or lower case; nil if absent; several fields of one name are joined by `\", \"`. `pairs(r.headers)` gives lower-case names"
                        ),
                        Field("cookies", "table<string, string>", "the cookies that this answer sets, by name"),
                        Field("time", "number", "the service time: seconds from handing the request over to the last byte of the answer"),
                        Field(
                            "phases", "cicada.Phases",
                            "seconds of the parts of `time`, of the last hop: `lookup`, `connect`, `tls`, `wait`, `receive`; nil for what did not happen"
                        ),
                        Field("redirects", "integer", "the number of redirects that were followed"),
                        Field("url", "string?", "where the last redirect led; nil when none was followed"),
                        Field("error", "string?", "why there was no answer, in words; nil when there was one"),
                    ])),
            .fields(
                Fields(
                    type: "cicada.Phases", title: "Fields of phases",
                    text: "Seconds. The first three happen only when a connection is opened.",
                    fields: [
                        Field("lookup", "number?", "from name to address"), Field("connect", "number?", "TCP handshake"),
                        Field("tls", "number?", "TLS handshake"),
                        Field("wait", "number?", "from the end of connecting, or the start on a kept connection, to the first byte"),
                        Field("receive", "number?", "from the first to the last byte of the answer"),
                    ])),
            .function(
                Function(
                    name: "r:json",
                    parameters: [
                        Parameter(
                            "path", "string", "names with dots between, `[1]` for items, `[\"odd name\"]` for others; the whole if missing",
                            isOptional: true)
                    ],
                    results: [
                        Result("any", "the value there, `json.null` for null; nil when there is none or the body is not JSON"),
                        Result("string?", "why it is nil"),
                    ],
                    text:
                        "Reads the body as JSON, anew each time: keep what is used often in a local variable. Bounds are those of `json.decode`.",
                    errors: "The path cannot be read.", place: .step,
                    example: """
                        local id, why = r:json("data.items[1].id")
                        if not id then fail(r, why) end
                        """)),
            .function(
                Function(
                    name: "check",
                    parameters: [
                        Parameter("r", "cicada.Response", "a response of the user's last request or batch"),
                        Parameter("description", "string", "what holds; at most 512 bytes, the rest is cut"),
                        Parameter("condition", "any", "false or nil: it does not hold"),
                    ],
                    results: [Result("any", "the condition")],
                    text:
                        "Makes the request of a response a failure with the reason `check failed: description` when the condition does not hold. Must come before the user's next request or sleep, since the request is counted then. Of several checks that do not hold the first is the reason. The script goes on in any case.",
                    errors: "An argument is missing, or the request has been counted already.", place: .step,
                    example: """
                        if not check(r, "is a page", r.status == 200 and r.body:find("<html", 1, true)) then return end
                        """)),
            .function(
                Function(
                    name: "fail",
                    parameters: [
                        Parameter("r", "cicada.Response", "as for `check`"),
                        Parameter(
                            "reason", "string", "words fit for a table, the same for the same kind of failure; about 500 bytes at most"),
                    ],
                    text: "Makes the request of a response a failure with this reason, unless it has one already.",
                    errors: "As for `check`.", place: .step,
                    example: "if r.status == 200 and r:json(\"state\") == \"denied\" then fail(r, \"denied\") end")),
            .function(
                Function(
                    name: "pass", parameters: [Parameter("r", "cicada.Response", "as for `check`")],
                    text:
                        "The status of a response is none of a failure, whatever it is, nor does it matter that `expect` names another. Checks still count, and a request without an answer is a failure in any case.",
                    errors: "As for `check`.", place: .step, example: "if r.status == 404 then pass(r) end")),
        ])
}
