import Scripting
import Testing

@testable import ScriptWriting

/// Secrets never get into a script, however a request holds them.
struct ImportedSecretsTests {
    private static let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJobnRyMiJ9.aG50cjI_-x"

    private func script(_ text: String) throws -> String {
        let script = try CurlImport.script(of: Array(text.utf8), file: "calls.txt")
        // It is one, too.
        let loaded = try Script(name: "imported.lua", source: Array(script.utf8))
        #expect(try loaded.names().problems.isEmpty, "\(script)")
        return script
    }

    private static let json = "-H 'Content-Type: application/json'"

    @Test(arguments: [
        #"\#(json) -d '{"id":92233720368547758080,"password":"hntr2"}'"#, #"\#(json) -d '{"a":1,"a":2,"password":"hntr2"}'"#,
        #"\#(json) -d '{"password":"hntr2","cut'"#, #"-H 'Content-Type: text/plain' -d '{"password":"hntr2"}'"#,
        #"-H 'Content-Type: application/vnd.api+json' -d '{"password":"hntr2"}'"#, #"-d '{"password":"hntr2=x"}'"#,
        #"-d '{"p\u0061ssword":"hntr2","big":1e999}'"#, #"\#(json) -d '{"inner":"{\"password\":\"hntr2\"}"}'"#,
        "-d 'password=hntr2&a=%E4&flag'", "-d 'user=joe&password=hntr2&flag'", "-G -d 'password=hntr2&a=%E4'",
        "-d 'password_confirm=hntr2'",
        "-d 'a=\(token)'", "-d '\(token)'", "-H 'X-Odd: a \(token)'", #"\#(json) -d '{"text":"see \#(token)"}'"#,
        #"\#(json) -d '{"pin":918273}'"#, "-x http://user:hntr2@proxy.test:1", "-x proxy.test:1 -U user:hntr2",
        "-F 'password=hntr2;type=text/plain'", #"-F 'meta={"password":"hntr2"};type=application/json'"#, "-u hntr2:",
        "--proxy-header 'Proxy-Authorization: hntr2'", "-d @x -d password=hntr2", "-H 'X-Api-Key2: hntr2'", "--tlspassword hntr2",
        "--proxy-pass hntr2",
        "--socks5 user:hntr2@proxy.test:1080", "--url-query password=hntr2",
    ]) func secretsStayOut(options: String) throws {
        let script = try script("curl http://a.test/x \(options)")
        #expect(!script.contains("hntr2") && !script.contains("918273") && !script.contains("eyJ"), "\(script)")
        #expect(script.contains("env(") || script.contains("left out:"), "\(script)")
    }

    @Test func pathsAndQueriesAndNamesAreCleared() throws {
        let text = try script("curl 'http://a.test/reset/\(Self.token)/x?password=QPW&a=%E4'")
        #expect(!text.contains("eyJ") && !text.contains("QPW"), "\(text)")
        #expect(text.contains(#"task { "GET /reset/[secret]/x""#) && text.contains(#"name = "/reset/[secret]/x""#), "\(text)")
        #expect(text.contains(#"self.http:get("/reset/" .. TOKEN .. "/x?password=" .. PASSWORD .. "&a=%E4""#), "\(text)")
    }

    @Test func secretsOfURLsAreNoNamesOfStatistics() throws {
        let text = try script("curl 'http://a.test/x?password=QPW&flag'")
        #expect(text.contains(#"self.http:get("/x?password=" .. PASSWORD .. "&flag", { name = "/x" })"#), "\(text)")
    }

    @Test func numbersStayNumbers() throws {
        let text = try script("curl http://a.test/x --json '{\"pin\":12345,\"n\":1}'")
        #expect(text.contains("pin = (tonumber(PIN) or 0), n = 1"), "\(text)")
    }

    @Test func whatCannotBeTakenApartIsSaidLoudly() throws {
        let text = try script("curl http://a.test/x -H 'Content-Type: text/plain' -d 'the password is hard to tell'")
        #expect(text.contains("-- !!! MAY HOLD A SECRET: look at the body of POST /x."), "\(text)")
    }

    @Test func brokenMultipartBodiesAreSaidLoudly() throws {
        let text = try script("curl http://a.test/x -H 'Content-Type: multipart/form-data; boundary=X' -d 'name=\"pin\"'")
        #expect(text.contains("MAY HOLD A SECRET: look at the body of POST /x."), "\(text)")
    }

    @Test func recordingsAreClearedToo() throws {
        let recording = """
            {"log":{"pages":[{"id":"p","title":"Reset \(Self.token)"}],"entries":[{"pageref":"p","request":{"method":"POST",
            "url":"http://a.test/\(Self.token)?password=hntr2&flag","postData":{"mimeType":"","text":"{\\"password\\":\\"hntr2\\"}"}}}]}}
            """
        let text = try HARImport.script(of: Array(recording.utf8), file: "x")
        #expect(!text.contains("eyJ") && !text.contains("hntr2") && text.contains("Reset [secret]"), "\(text)")
    }

    @Test func differentSecretsHaveDifferentNames() throws {
        let text = try script(
            "curl http://a.test/x -H 'Authorization: Bearer real'\ncurl http://a.test/y -H \"Authorization: Bearer $TOKEN\"")
        #expect(text.contains(#"local TOKEN_2 = env("TOKEN_2", "")"#) && text.contains(#"local TOKEN = env("TOKEN", "")"#), "\(text)")
        #expect(text.contains(#"get("/x", { auth = { bearer = TOKEN_2 }"#) && text.contains(#"get("/y", { auth = { bearer = TOKEN }"#))
    }

    @Test func variablesOfEveryShellAreNotTaken() throws {
        let text = try script("curl http://a.test/x -d 'pwd=p'")
        #expect(text.contains(#"env("SECRET_PWD", "")"#) && !text.contains(#"env("PWD""#), "\(text)")
    }

    @Test func basicPasswordsAreNamedPlainly() throws {
        let text = try script("curl -u joe:pw http://a.test/basic")
        #expect(text.contains("--   PASSWORD  basic authentication's password of GET /basic"), "\(text)")
    }

    @Test func manySecretsInABodyStayWithinLuasLimits() throws {
        let fields = (0..<300).map { "token=\($0)x" }.joined(separator: "&")
        #expect(try script("curl http://a.test/x -d '\(fields)&flag'").contains("table.concat({"))
    }
}
