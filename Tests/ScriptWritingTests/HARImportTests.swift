import Testing

@testable import ScriptWriting

struct HARImportTests {
    /// An entry of a recording, from its URL, or its method and URL; `at` in seconds since its start.
    private static func entry(
        _ first: String, _ second: String? = nil, at: Double = 0, took: Double = 0.1, page: String? = "p1", status: Int = 200,
        type: String = "text/html", headers: [(String, String)] = [], answers: [(String, String)] = [], body: String = "", more: String = ""
    ) -> String {
        func list(_ pairs: [(String, String)]) -> String {
            pairs.map { "{\"name\":\"\($0)\",\"value\":\"\($1)\"}" }.joined(separator: ",")
        }
        let (method, url) = second.map { (first, $0) } ?? ("GET", first)
        let seconds = at < 10 ? "0\(at)" : "\(at)"
        return """
            {\(page.map { "\"pageref\":\"\($0)\"," } ?? "")"startedDateTime":"2026-11-02T09:12:\(seconds)+01:00","time":\(took * 1000),\(more)
             "request":{"method":"\(method)","url":"\(url)","httpVersion":"HTTP/1.1","headers":[\(list(headers))],"queryString":[]\(body)},
             "response":{"status":\(status),"headers":[\(list(answers))],"content":{"mimeType":"\(type)","size":0},"redirectURL":""}}
            """
    }

    private static func recording(_ entries: [String], pages: String = "") -> String {
        """
        {"log":{"version":"1.2","creator":{"name":"Firefox","version":"130"},"pages":[\(pages)],"entries":[\(entries.joined(separator: ","))]}}
        """
    }

    private func script(_ text: String, keepsStatic: Bool = false) throws -> String {
        try HARImport.script(of: Array(text.utf8), file: "shop.har", options: .init(keepsStatic: keepsStatic))
    }

    @Test func pagesBecomeTasksWithThinkTimes() throws {
        let pages = #"{"id":"p1","title":"Shop"},{"id":"p2","title":"https://shop.test/items/7"}"#
        let text = try script(
            Self.recording(
                [
                    Self.entry("https://shop.test/", at: 1, answers: [("Set-Cookie", "sid=1; Path=/")]),
                    Self.entry("https://shop.test/api/cart", at: 2.64, took: 0.2),
                    Self.entry("https://shop.test/items/7", at: 9, page: "p2"),
                    Self.entry("https://shop.test/items/12", at: 9.2, page: "p2"),
                    Self.entry("https://cdn.test/x.json", at: 9.3, page: "p2", type: "application/json"),
                ], pages: pages))
        #expect(
            text == """
                -- Written by cicada import har: 5 requests in 2 pages from shop.har, recorded by Firefox 130.
                -- Cookies (sid) come with the answers; each user keeps its own, so none are written here.
                -- The sleeps are the pauses of the recording, at most 60 s.

                user "Visitor" {
                  host = "https://shop.test",
                  -- The pause between two tasks, in seconds.
                  wait = constant(1),

                  sequence { "visit",
                    task { "Shop", function(self)
                      self.http:get("/")
                      sleep(1.5)
                      self.http:get("/api/cart")
                      sleep(6.2)
                    end },
                    task { "/items/7", function(self)
                      self.http:get("/items/7", { name = "/items/[id]" })
                      self.http:get("/items/12", { name = "/items/[id]" })
                      self.http:get("https://cdn.test/x.json")
                    end },
                  },
                }

                """, "\(text)")
    }

    @Test func staticFilesAreLeftOutOrBatched() throws {
        let recording = Self.recording([
            Self.entry("http://a.test/", at: 1), Self.entry("http://a.test/app.js", at: 1.2, type: "text/javascript"),
            Self.entry("http://a.test/logo", at: 1.2, type: "image/png"),
            Self.entry("http://a.test/api", at: 1.4, type: "application/json"),
            Self.entry("http://a.test/font.woff2", at: 1.5, type: ""),
        ])
        let text = try script(recording)
        #expect(text.contains("Left out: 3 static files.") && text.contains("--static") && !text.contains("app.js"), "\(text)")
        let whole = try script(recording, keepsStatic: true)
        #expect(whole.contains(#"self.http:batch { { "GET", "/app.js" }, { "GET", "/logo" } }"#), "\(whole)")
        #expect(whole.contains(#"self.http:batch { { "GET", "/font.woff2" } }"#))
    }

    @Test func cookiesAndBrowsersHeadersAreDropped() throws {
        let text = try script(
            Self.recording([
                Self.entry(
                    "http://a.test/x",
                    headers: [
                        (":authority", "a.test"), ("Host", "a.test"), ("Cookie", "sid=secret"), ("sec-fetch-mode", "cors"),
                        ("User-Agent", "Mozilla/5.0"), ("Accept-Encoding", "gzip"), ("X-Shop", "a"), ("Authorization", "Bearer abc"),
                    ])
            ]))
        #expect(text.contains(#"self.http:get("/x", { auth = { bearer = TOKEN }, headers = { ["X-Shop"] = "a" } })"#), "\(text)")
        #expect(!text.contains("secret") && !text.contains("abc"))
    }

    @Test func bodiesAreWrittenAsWhatTheyAre() throws {
        func post(_ type: String, _ text: String, params: String = "") -> String {
            Self.entry("POST", "http://a.test/x", body: #","postData":{"mimeType":"\#(type)","text":"\#(text)"\#(params)}"#)
        }
        let form = try script(Self.recording([post("application/x-www-form-urlencoded; charset=UTF-8", "user=joe&password=pw")]))
        #expect(form.contains(#"form = { { "user", "joe" }, { "password", PASSWORD } }"#), "\(form)")
        let json = try script(Self.recording([post("application/json", #"{\"n\":1.5,\"empty\":[]}"#)]))
        #expect(json.contains(#"json = { n = 1.5, empty = json.array({}) }"#), "\(json)")
        let raw = try script(Self.recording([post("text/xml", "<a/>")]))
        #expect(raw.contains(#"body = "<a/>", headers = { ["Content-Type"] = "text/xml" }"#), "\(raw)")
        let parameters = try script(
            Self.recording([post("application/x-www-form-urlencoded", "", params: #","params":[{"name":"a b","value":"1&2"}]"#)]))
        #expect(parameters.contains(#"form = { ["a b"] = "1&2" }"#), "\(parameters)")
        let multipart = try script(
            Self.recording([
                post(
                    "multipart/form-data; boundary=XX",
                    #"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\nContent-Type: text/plain\r\n\r\n\r\n--XX--\r\n"#
                )
            ]))
        #expect(
            multipart.contains(#"multipart = { { "a", "one" }, { "f", { data = "", filename = "x.txt", type = "text/plain" } } }"#),
            "\(multipart)")
        #expect(multipart.contains("does not hold the files' contents") && !multipart.contains("boundary"))
    }

    @Test func bodiesThatCannotBeSentAreSaid() throws {
        let text = try script(
            Self.recording([Self.entry("TRACE", "http://a.test/x", body: #","postData":{"mimeType":"text/plain","text":"abc"}"#)]))
        #expect(text.contains("-- left out: a body, which TRACE does not have here") && !text.contains("abc"), "\(text)")
        let search = try script(
            Self.recording([Self.entry("GET", "http://a.test/x", body: #","postData":{"mimeType":"text/plain","text":"abc"}"#)]))
        #expect(search.contains(#"body = "abc""#), "\(search)")
    }

    @Test func whatTheClientDoesByItselfIsLeftOut() throws {
        let text = try script(
            Self.recording([
                Self.entry("POST", "http://a.test/login", at: 1, status: 302, answers: [("Location", "/home")]),
                Self.entry("http://a.test/home", at: 1.1), Self.entry("http://a.test/home", at: 1.2),
                Self.entry("OPTIONS", "http://a.test/api", at: 1.3, headers: [("Access-Control-Request-Method", "PUT")]),
                Self.entry("http://a.test/blocked", at: 1.4, status: 0), Self.entry("ws://a.test/socket", at: 1.5),
                Self.entry("data:text/plain,x", at: 1.5), Self.entry("PROPFIND", "http://a.test/dav", at: 1.6),
            ]))
        #expect(text.ranges(of: #"self.http:get("/home")"#).count == 1, "\(text)")
        for words in [
            "1 request that follows a redirect by itself", "1 CORS preflight", "1 request without an answer", "2 entries that are not HTTP",
            "1 with a method that scripts do not have",
        ] { #expect(text.contains(words), "\(words): \(text)") }
    }

    @Test func oddTitlesAndNoPagesAreFine() throws {
        let text = try script(Self.recording([Self.entry("http://a.test/x", page: nil), Self.entry("http://a.test/y", page: "unknown")]))
        #expect(text.contains(#"task { "/x""#) && text.contains(#"task { "/y""#), "\(text)")
        let title = String(repeating: "ä", count: 300)
        let long = try script(Self.recording([Self.entry("http://a.test/x")], pages: #"{"id":"p1","title":"\u0000\#(title)\n"}"#))
        #expect(long.contains("task { \" ää") && !long.contains("\0"))
    }

    private static let whole = recording([entry("http://a.test/x"), entry("http://a.test/y")])

    @Test(arguments: [
        ("", "shop.har: the file is empty"), ("<html>", "shop.har: this is no HAR file: it does not begin with {"),
        (String(whole.prefix(whole.count / 2)), "shop.har: the file ends in the middle: it was cut off"),
        ("{}", "shop.har: 'log' is missing"), (#"{"log":[]}"#, "shop.har: log: must be an object"),
        (#"{"log":{}}"#, "shop.har: log: 'entries' is missing"), (#"{"log":{"entries":{}}}"#, "shop.har: log.entries: must be a list"),
        (#"{"log":{"entries":[{"request":{"method":"GET","url":7}}]}}"#, "shop.har: log.entries[0].request.url: must be a text"),
        (
            #"{"log":{"entries":[{"request":{"method":"GET","url":null}}]}}"#,
            "shop.har: log.entries[0].request.url: is null and must be a text"
        ),
        (#"{"log":{"entries":[]}}"#, "shop.har: there is no request to import"), (#"{"log": xx }"#, "shop.har: this is no JSON"),
        (String(repeating: "{\"a\":", count: 100_000) + "1" + String(repeating: "}", count: 100_000), "shop.har: "),
    ]) func badFilesAreNamed(text: String, message: String) {
        let error = #expect(throws: ImportError.self) { try script(text) }
        #expect(error?.description.hasPrefix(message) == true && error?.remedy.isEmpty == false, "\(String(describing: error))")
    }

    @Test func binaryFilesAreRefused() {
        for bytes: [UInt8] in [[0x1F, 0x8B, 8, 0], Array("{\"log\":".utf8) + [0xFF, 0xFE, 0, 0x7D], [0]] {
            #expect(throws: ImportError.self) { try HARImport.script(of: bytes, file: "x") }
        }
    }

    /// Every way to cut a recording off is an error, and none is a crash.
    @Test func everyPrefixIsAnError() {
        let bytes = Array(Self.whole.utf8)
        for length in stride(from: 0, to: bytes.count - 2, by: 7) {
            #expect(throws: ImportError.self, "\(length)") { try HARImport.script(of: Array(bytes[..<length]), file: "x") }
        }
    }

    @Test func fiftyMegabytesAreRead() throws {
        let content = String(repeating: "x", count: 50_000)
        let entries = (0..<1000).map {
            Self.entry("http://a.test/items/\($0)", at: 1, more: "\"_content\":\"\(content)\",")
        }
        let text = try script(Self.recording(entries))
        #expect(text.contains("1000 requests in 1 page") && text.contains(#"name = "/items/[id]""#))
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0.0), ("1970-01-02T01:00:00.250+01:00", 86400.25), ("2000-03-01T00:00:00.000-05:30", 951_888_600),
        ("2024-02-29T12:00:00Z", 1_709_208_000), ("2026-11-02T09:12:03.482000Z", 1_793_610_723.482),
    ]) func timesAreRead(text: String, seconds: Double) { #expect(abs((HARTime.seconds(text) ?? -1) - seconds) < 0.0005) }

    @Test(arguments: ["", "yesterday", "2026-13-01T00:00:00Z", "2026-11-02", "2026-11-02T9:00:00Z"]) func whatIsNoTimeIsNil(text: String) {
        #expect(HARTime.seconds(text) == nil)
    }
}
