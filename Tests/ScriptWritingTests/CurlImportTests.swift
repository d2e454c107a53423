import Testing

@testable import ScriptWriting

struct CurlImportTests {
    private func script(_ text: String) throws -> String { try CurlImport.script(of: Array(text.utf8), file: "calls.txt") }

    /// The calls of a script, each in one line.
    private func calls(_ text: String) throws -> [String] {
        try script(text).split(separator: "\n").map { $0.drop { $0 == " " } }.filter { $0.hasPrefix("self.http:") }.map(String.init)
    }

    private static let cases: [(command: String, call: String)] = [
        ("curl http://a.test/", #"self.http:get("/")"#),
        ("curl a.test", #"self.http:get("/")"#),
        ("curl --url http://a.test/x#part", #"self.http:get("/x")"#),
        ("curl -X DELETE http://a.test/x", #"self.http:delete("/x")"#),
        ("curl -XPATCH http://a.test/x -d a=1", #"self.http:patch("/x", { form = { a = "1" } })"#),
        ("curl -I http://a.test/x", #"self.http:head("/x")"#),
        ("curl http://a.test/x -d a=1 -d b=two+words", #"self.http:post("/x", { form = { a = "1", b = "two words" } })"#),
        ("curl http://a.test/x -d b=1 -d a=2", #"self.http:post("/x", { form = { { "b", "1" }, { "a", "2" } } })"#),
        ("curl http://a.test/x -da=1", #"self.http:post("/x", { form = { a = "1" } })"#),
        ("curl http://a.test/x --data-urlencode 'q=a b&c'", #"self.http:post("/x", { form = { q = "a b&c" } })"#),
        ("curl -G http://a.test/x -d q=1 --data-urlencode 'r=ä'", #"self.http:get("/x", { query = { q = "1", r = "ä" } })"#),
        ("curl 'http://a.test/x?q=a%20b&r='", #"self.http:get("/x", { query = { q = "a b", r = "" } })"#),
        ("curl 'http://a.test/x?flag'", #"self.http:get("/x?flag")"#),
        ("curl 'http://a.test/a b/\"c\"'", #"self.http:get("/a%20b/%22c%22")"#),
        (
            #"curl http://a.test/x --json '{"n": 1, "list": [true, "x"]}'"#,
            #"self.http:post("/x", { json = { n = 1, list = { true, "x" } }, headers = { Accept = "application/json" } })"#
        ),
        (
            #"curl http://a.test/x -H 'Content-Type: application/json' --data-raw '{"a":null,"b":{}}'"#,
            #"self.http:post("/x", { json = { a = json.null, b = {} } })"#
        ),
        (
            #"curl http://a.test/x -H 'content-type: application/json' -d '{broken'"#,
            #"self.http:post("/x", { body = "{broken", headers = { ["content-type"] = "application/json" } })"#
        ),
        (
            #"curl http://a.test/x -H 'Content-Type: text/plain' --data-binary $'a\nb'"#,
            #"self.http:post("/x", { body = "a\nb", headers = { ["Content-Type"] = "text/plain" } })"#
        ),
        (
            #"curl http://a.test/x -F name=value -F 'up=@/tmp/a.png;type=image/png'"#,
            #"self.http:post("/x", { multipart = { { "name", "value" }, { "up", { data = file_a_png, filename = "a.png", type = "image/png" } } } })"#
        ),
        ("curl -T report.bin http://a.test/x", #"self.http:put("/x", { body = file_report_bin })"#),
        ("curl -m 2.5 http://a.test/x", #"self.http:get("/x", { timeout = 2.5 })"#),
        ("curl -u joe:pw http://a.test/x", #"self.http:get("/x", { auth = { user = "joe", password = PASSWORD } })"#),
        ("curl http://joe:pw@a.test/x", #"self.http:get("/x", { auth = { user = "joe", password = PASSWORD } })"#),
        ("curl http://a.test/x -H 'Authorization: Bearer abc'", #"self.http:get("/x", { auth = { bearer = TOKEN } })"#),
        (
            "curl http://a.test/x -H 'Authorization: Basic am9lOnB3'",
            #"self.http:get("/x", { auth = { user = "joe", password = PASSWORD } })"#
        ),
        ("curl http://a.test/x -H 'Authorization: AWS4 x'", #"self.http:get("/x", { headers = { Authorization = AUTHORIZATION } })"#),
        ("curl http://a.test/x -H 'X-Api-Key: k'", #"self.http:get("/x", { headers = { ["X-Api-Key"] = API_KEY } })"#),
        ("curl http://a.test/x -b 'sid=1; b=2'", #"self.http:get("/x", { headers = { Cookie = COOKIE } })"#),
        ("curl http://a.test/x -A me -e http://b.test/", #"self.http:get("/x", { headers = { ["User-Agent"] = "me" } })"#),
        ("curl http://a.test/x -H 'X-Empty;' -H 'Accept:'", #"self.http:get("/x", { headers = { ["X-Empty"] = "" } })"#),
        ("curl 'http://a.test/x?api_key=k&n=1'", #"self.http:get("/x", { query = { api_key = API_KEY, n = "1" } })"#),
        (
            #"curl http://a.test/x -H "Authorization: Bearer $TOKEN" -H "X-Id: a-${ID}-b""#,
            #"self.http:get("/x", { auth = { bearer = TOKEN }, headers = { ["X-Id"] = "a-" .. ID .. "-b" } })"#
        ),
        ("curl -sSL --compressed -o /dev/null http://a.test/x", #"self.http:get("/x")"#),
        ("/usr/bin/curl http://a.test/x", #"self.http:get("/x")"#),
        ("$ curl http://a.test/x", #"self.http:get("/x")"#),
    ]

    @Test(arguments: cases) func optionsBecomeCalls(command: String, call: String) throws {
        let text = try script(command)
        let flat = text.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: " ").replacing(", }", with: " }")
        #expect(flat.contains(call), "\(text)")
    }

    @Test func browsersHeadersAreLeftOut() throws {
        let text = try script(
            """
            curl 'https://shop.test/api/cart' \\
              -H 'accept: */*' -H 'accept-language: de-DE,de;q=0.9' -H 'priority: u=1, i' -H 'sec-ch-ua: "Chromium";v="130"' \\
              -H 'user-agent: Mozilla/5.0 (X11; Linux x86_64)' -H 'referer: https://shop.test/' -H 'x-shop: a' --compressed
            """)
        #expect(text.contains(#"self.http:get("/api/cart", { headers = { ["x-shop"] = "a" } })"#), "\(text)")
    }

    @Test func manyCommandsBecomeASequence() throws {
        let text = try script(
            "curl https://shop.test/\ncurl https://shop.test/items/1\ncurl https://shop.test/items/22\ncurl https://other.test/x")
        #expect(text.contains(#"host = "https://shop.test","#) && text.contains(#"sequence { "visit","#), "\(text)")
        #expect(text.contains(#"self.http:get("/items/22", { name = "/items/[id]" })"#))
        #expect(text.contains(#"self.http:get("https://other.test/x")"#))
    }

    @Test func secretsAreListedAndNeverWritten() throws {
        let text = try script(
            #"curl http://a.test/login --json '{"user":"joe","password":"hunter2","deep":{"refresh_token":"r-123"}}' -H 'X-Auth-Token: t-456'"#
        )
        for secret in ["hunter2", "r-123", "t-456"] { #expect(!text.contains(secret), "\(text)") }
        for name in ["PASSWORD", "REFRESH_TOKEN", "AUTH_TOKEN"] {
            #expect(text.contains("local \(name) = env(\"\(name)\", \"\")") && text.contains("--   \(name)  "), "\(text)")
        }
        #expect(text.contains("JSON field password of POST /login"))
    }

    @Test func operatorsOfTheShellAreNoWords() throws {
        let text = try script("curl http://a.test/x > out.txt && echo hi")
        #expect(text.contains("a request from") && !text.contains("out.txt") && text.contains("what is no curl command (1)"), "\(text)")
        let assigned = try script("TOKEN=abc curl http://a.test/x -H \"Authorization: Bearer $TOKEN\"")
        #expect(assigned.contains("bearer = TOKEN") && !assigned.contains("abc"), "\(assigned)")
        let dated = try script("curl \"http://a.test/x?t=$(date +%s)\"")
        #expect(dated.contains("-- The shell puts the output of $(date +%s) into a command"), "\(dated)")
    }

    @Test func filesAreSentAsCurlSendsThem() throws {
        let text = try script(
            "curl http://a.test/x -d @body.json\ncurl http://a.test/x --data-binary @body.json\ncurl http://a.test/x -d @-")
        #expect(text.contains(#"local file_body_json = (file("body.json"):gsub("[\r\n]", ""))"#), "\(text)")
        #expect(text.contains(#"local file_body_json_2 = file("body.json")"#) && !text.contains(#"file("-")"#), "\(text)")
        #expect(text.contains("left out: a body from standard input"), "\(text)")
        #expect(try script("curl -T a.bin http://a.test/x").contains("curl -T sends no Content-Type"))
    }

    @Test func cookiesGoWithTheFirstRequestToAHost() throws {
        let text = try script("curl http://a.test/x -b sid=1\ncurl http://a.test/y -b sid=1\ncurl http://b.test/z -b sid=1")
        #expect(text.ranges(of: "Cookie = COOKIE").count == 2 && text.contains(#"self.http:get("/y")"#), "\(text)")
        #expect(text.contains("goes with the first request to a host only"), "\(text)")
    }

    @Test func whatHasNoCounterpartIsSaid() throws {
        let text = try script("curl --unheard-of -k -x proxy.test:3128 --cert c.pem:pw --key k.pem --resolve a:1:b http://a.test/x")
        #expect(text.contains("-- left out: --unheard-of") && text.contains("-- left out: --resolve a:1:b"), "\(text)")
        #expect(text.contains("run it with --insecure") && text.contains(#"proxy = "http://proxy.test:3128","#))
        #expect(text.contains("certificate = { cert = file_c_pem, key = file_k_pem, password = KEY_PASSWORD },"))
        #expect(text.contains(#"local file_c_pem = file("c.pem")"#) && text.contains(#"env("KEY_PASSWORD", "")"#))
    }

    @Test func namesOfTheShellCannotBreakTheScript() throws {
        let text = try script(#"curl "http://a.test/$user/$end""#)
        #expect(text.contains(#"local USER = env("user", "")"#) && text.contains(#"local END = env("end", "")"#), "\(text)")
        #expect(text.contains(#"self.http:get("/" .. USER .. "/" .. END)"#))
    }

    @Test func hostsMayBeVariables() throws {
        let text = try script(#"curl "https://$API_HOST:8443/x""#)
        #expect(text.contains(#"host = "https://" .. API_HOST .. ":8443","#) && text.contains(#"self.http:get("/x")"#), "\(text)")
    }

    @Test func thousandsOfSecretsStayWithinLuasLimits() throws {
        let commands = (1...300).map { "curl http://a.test/x -H 'X-Api-Key: key-\($0)'" }
        let text = try script(commands.joined(separator: "\n"))
        #expect(text.contains("local more = {") && text.contains("more.API_KEY_300"))
        #expect(text.ranges(of: "\nlocal ").count <= 102)
    }

    @Test(arguments: [
        ("wget http://a.test/", "this is no curl command: it begins with wget"), ("", "there is no curl command in it"),
        ("curl", "a curl command has no URL"), ("curl -X", "--request has no value"),
        ("curl ftp://a.test/", "ftp://a.test/ is no URL of http or https"),
        ("Invoke-WebRequest -Uri x", "this is a command of PowerShell"),
    ]) func badInputIsNamed(text: String, message: String) throws {
        let error = #expect(throws: ImportError.self) { try script(text) }
        #expect(error?.message == message && error?.remedy.isEmpty == false, "\(String(describing: error))")
    }

    @Test func whatIsNoTextIsRefused() throws {
        for bytes: [UInt8] in [[0x63, 0, 0x75], [0xFF, 0xFE, 0x63], [0x89, 0x50, 0x4E, 0x47]] {
            #expect(throws: ImportError.self) { try CurlImport.script(of: bytes, file: "x") }
        }
    }
}
