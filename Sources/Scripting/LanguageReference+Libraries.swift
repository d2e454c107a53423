extension LanguageReference {
    private static let form = Parameter(
        "form", "\"hex\"|\"raw\"|\"base64\"", "how the result is written; `\"hex\"` if missing", isOptional: true)

    /// json.
    static let json = Section(
        title: "JSON", text: "",
        items: [
            .function(
                Function(
                    name: "json.encode", parameters: [Parameter("value", "any", "see the text")],
                    results: [Result("string", "JSON text, 64 MiB at most")],
                    text:
                        "Writes a value as JSON (RFC 8259). A table with items 1 to n and nothing else is an array; a table with text keys only is an object, its keys in the order of their bytes; an empty table is `{}`, unless `json.array` marks it.",
                    errors:
                        "Mixed tables, gaps, infinite numbers, texts that are not UTF-8, functions, more than 100 tables inside one another, and more than 1000000 values, where a table counts at each place where it stands.",
                    place: .anywhere, example: "local body = json.encode { id = 7, tags = json.array() }")),
            .function(
                Function(
                    name: "json.decode", parameters: [Parameter("text", "string", "at most 16 MiB, 1000000 values and 100 levels")],
                    results: [Result("any", "its value; null is `json.null`")],
                    text:
                        "Reads JSON. Whole numbers of 64 bits are exact; larger ones become floats, as do those with a point or exponent. Refused are numbers that no float holds (`1e400`) and keys of objects with a NUL (`\\u0000`).",
                    errors: "The text is not JSON: the message names line and column.", place: .anywhere,
                    example: "local settings = json.decode(file(\"data/settings.json\"))")),
            .function(
                Function(
                    name: "json.array", parameters: [Parameter("list", "any[]", "a new table if missing", isOptional: true)],
                    results: [Result("any[]", "the same table")],
                    text: "Marks a table so that it is written as an array even when it is empty.",
                    errors: "It is no table, or has a metatable.",
                    place: .anywhere, example: "self.http:post(\"/orders\", { json = { items = json.array() } })")),
            .fields(
                Fields(
                    type: "json", title: "Fields of json", text: "",
                    fields: [
                        Field("null", "cicada.Null", "stands for JSON's null, which a table cannot hold as nil; not false in conditions")
                    ])),
        ])

    /// base64 and hex.
    static let codings = Section(
        title: "base64 and hex", text: "RFC 4648. Texts may hold any bytes; results have at most 64 MiB.",
        items: [
            .function(
                Function(
                    name: "base64.encode",
                    parameters: [
                        Parameter("text", "string", "any bytes"),
                        Parameter("alphabet", "\"url\"", "with `-` and `_` instead of `+` and `/`, and without padding", isOptional: true),
                    ],
                    results: [Result("string", "base64")], text: "Writes bytes as base64.", errors: "An argument is wrong.",
                    place: .anywhere,
                    example: "local part = base64.encode(json.encode({ sub = self.id }), \"url\")")),
            .function(
                Function(
                    name: "base64.decode", parameters: [Parameter("text", "string", "either alphabet, with or without padding")],
                    results: [Result("string", "the bytes")], text: "Reads base64.",
                    errors: "The text has a wrong length, another character (spaces too), or bits behind its end.", place: .anywhere,
                    example: "local claims = json.decode(base64.decode(regex.match(token, \"\\\\.([^.]+)\\\\.\")))")),
            .function(
                Function(
                    name: "hex.encode", parameters: [Parameter("text", "string", "any bytes")],
                    results: [Result("string", "two digits a byte, lower case")],
                    text: "Writes bytes as hexadecimal digits.", errors: "The argument is no text.", place: .anywhere,
                    example: "local span = hex.encode(random.bytes(8))")),
            .function(
                Function(
                    name: "hex.decode", parameters: [Parameter("text", "string", "hexadecimal digits in upper or lower case")],
                    results: [Result("string", "the bytes")], text: "Reads hexadecimal digits.",
                    errors: "Their number is odd, or one is none.",
                    place: .anywhere, example: "local key = hex.decode(\"0b0b0b0b\")")),
        ])

    private static func hash(_ name: String, _ text: String, _ example: String) -> Item {
        .function(
            Function(
                name: "hash.\(name)", parameters: [Parameter("text", "string", "any bytes, 64 MiB at most"), form],
                results: [Result("string", "the digest")], text: text, errors: "An argument is wrong.", place: .anywhere, example: example))
    }

    private static func code(_ name: String, _ text: String, _ example: String) -> Item {
        .function(
            Function(
                name: "hmac.\(name)",
                parameters: [Parameter("key", "string", "any bytes"), Parameter("text", "string", "any bytes, 64 MiB at most"), form],
                results: [Result("string", "the code")], text: text, errors: "An argument is wrong.", place: .anywhere, example: example))
    }

    /// hash and hmac.
    static let digests = Section(
        title: "Digests", text: "",
        items: [
            hash("md5", "MD5 (RFC 1321). Broken: for old interfaces only.", "local etag = hash.md5(r.body)"),
            hash("sha1", "SHA-1 (FIPS 180-4). Broken: for old interfaces only.", "local name = hash.sha1(r.body)"),
            hash("sha256", "SHA-256 (FIPS 180-4).", "local digest = hash.sha256(body, \"base64\")"),
            hash("sha384", "SHA-384 (FIPS 180-4).", "local integrity = \"sha384-\" .. hash.sha384(r.body, \"base64\")"),
            hash("sha512", "SHA-512 (FIPS 180-4).", "local digest = hash.sha512(body)"),
            code("sha1", "HMAC with SHA-1 (RFC 2104).", "local signature = hmac.sha1(key, text, \"base64\")"),
            code("sha256", "HMAC with SHA-256 (RFC 2104).", "headers = { [\"X-Signature\"] = hmac.sha256(KEY, body) }"),
            code("sha512", "HMAC with SHA-512 (RFC 2104).", "local signature = hmac.sha512(key, text)"),
        ])

    /// url.
    static let urls = Section(
        title: "URLs", text: "",
        items: [
            .function(
                Function(
                    name: "url.encode", parameters: [Parameter("text", "string", "any bytes")],
                    results: [Result("string", "fit for a part of a path or query")],
                    text: "Percent-encodes everything but letters, digits and `-._~` (RFC 3986).", errors: "The argument is no text.",
                    place: .anywhere,
                    example: "self.http:get(\"/users/\" .. url.encode(self.name), { name = \"/users/[name]\" })")),
            .function(
                Function(
                    name: "url.decode", parameters: [Parameter("text", "string", "percent-encoded; a `+` stays one")],
                    results: [Result("string", "the bytes")],
                    text: "Undoes percent-encoding.", errors: "A `%` without two hexadecimal digits.", place: .anywhere,
                    example: "local name = url.decode(\"M%C3%BCller\")")),
            .function(
                Function(
                    name: "url.query", parameters: [Parameter("fields", "cicada.FieldTable", "as the option `form`")],
                    results: [Result("string", "`a=1&b=x+y`")],
                    text: "Writes fields as a query or form.", errors: "It is no table of fields.", place: .anywhere,
                    example: "local link = \"/search?\" .. url.query { q = \"two words\" }")),
            .function(
                Function(
                    name: "url.parse", parameters: [Parameter("text", "string", "a URL or a part of one, 1 MiB at most")],
                    results: [Result("cicada.URLParts", "its parts, as they stand there")], text: "Takes a URL apart (RFC 3986).",
                    errors: "The port is no number from 0 to 65535.", place: .anywhere,
                    example: "local path = url.parse(r.headers.Location).path")),
            .fields(
                Fields(
                    type: "cicada.URLParts", title: "Parts of a URL", text: "Nil for what is not there, except `path`.",
                    fields: [
                        Field("scheme", "string?", "in lower case"), Field("user", "string?", "what stands before the `@`"),
                        Field("host", "string?", "without the brackets of an IPv6 address"), Field("port", "integer?", "0 to 65535"),
                        Field("path", "string", "maybe empty"), Field("query", "string?", "without the `?`"),
                        Field("fragment", "string?", "without the `#`"),
                    ])),
        ])

    private static let subject = Parameter("text", "string", "any bytes, 4 MiB at most; places are counted in bytes from 1")
    private static let pattern = Parameter(
        "pattern", "string", "8192 bytes and 250 captures at most; in a Lua text every `\\` is written `\\\\`")

    /// regex.
    static let regex = Section(
        title: "Regular expressions",
        text: """
            Perl's regular expressions, by PCRE2, over UTF-8; options stand in the pattern: `(?i)` for upper or lower case, `(?s)` for a `.` that is also a line end, `(?m)` for `^` and `$` at lines. A pattern that would take too long on a text (about a quarter of a second) is given up with an error. Texts that are not UTF-8 are searched, too, but slowly when there are many matches.

            Lua's own `string.find`, `match`, `gmatch` and `gsub` are there, too; their effort is bounded in the same way.
            """,
        items: [
            .function(
                Function(
                    name: "regex.match", parameters: [subject, pattern],
                    results: [
                        Result("string?", "the first match's captures, or the whole of it when the pattern has none; nil: no match"),
                        Result("string?", "further captures"),
                    ],
                    text: "Looks for the first match.", errors: "The pattern cannot be read, or takes too long.", place: .anywhere,
                    example: "local token = regex.match(r.body, 'name=\"csrf\" value=\"([^\"]+)\"')")),
            .function(
                Function(
                    name: "regex.find",
                    parameters: [
                        subject, pattern,
                        Parameter("init", "integer", "where to begin; below 0: from the end; 1 if missing", isOptional: true),
                    ],
                    results: [
                        Result("integer?", "the place of its first byte; nil: no match"), Result("integer?", "that of its last"),
                        Result("string?", "captures"),
                    ],
                    text: "Looks for the first match and says where it is.", errors: "As for `regex.match`.", place: .anywhere,
                    example: "local from, to = regex.find(r.body, \"(?i)error\")")),
            .function(
                Function(
                    name: "regex.gmatch", parameters: [subject, pattern],
                    results: [Result("fun(): string?", "an iterator; each turn gives what `regex.match` gives")],
                    text:
                        "Goes through all matches. Where the first capture took no part in a match, the iterator gives `false` in its place, since nil would end the loop.",
                    errors: "As for `regex.match`.", place: .anywhere,
                    example: "for link in regex.gmatch(r.body, 'href=\"([^\"]+)\"') do counter(\"links\") end")),
            .function(
                Function(
                    name: "regex.replace",
                    parameters: [
                        subject, pattern,
                        Parameter(
                            "replacement", "string", "`$1` to `$9` stand for captures, `$0` for the whole, `$$` for `$`; 64 KiB at most"),
                    ],
                    results: [
                        Result("string", "the text with all matches replaced, 64 MiB at most"), Result("integer", "how many there were"),
                    ], text: "Replaces all matches.",
                    errors: "As for `regex.match`; a `$` that stands for no capture.", place: .anywhere,
                    example: "local name = regex.replace(path, \"/\\\\d+\", \"/[id]\")")),
        ])
}
