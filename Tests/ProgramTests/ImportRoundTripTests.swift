import Foundation
import TestServers
import Testing

extension ProgramTests {
    /// What is imported sends what was recorded: method, path, query, body, credentials.
    struct ImportRoundTripTests {
        /// A request as the server saw it; JSON in one form.
        private struct Seen: Equatable, CustomStringConvertible {
            var line: String
            var body: String
            var authorization: String?

            init(_ request: ScriptedServer.Request) {
                line = request.line.replacing(" HTTP/1.1", with: "")
                authorization = request.header("authorization")
                body = Self.canonical(String(decoding: request.body, as: UTF8.self), type: request.header("content-type") ?? "")
            }

            init(_ line: String, _ body: String = "", type: String = "", authorization: String? = nil) {
                self.line = line
                self.body = Self.canonical(body, type: type)
                self.authorization = authorization
            }

            private static func canonical(_ body: String, type: String) -> String {
                if type.hasPrefix("application/json"),
                    let value = try? JSONSerialization.jsonObject(with: Data(body.utf8), options: .fragmentsAllowed),
                    let data = try? JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed])
                {
                    return String(decoding: data, as: UTF8.self)
                }
                guard type.hasPrefix("multipart/form-data"), let mark = type.firstRange(of: "boundary=") else { return body }
                return body.replacing(type[mark.upperBound...], with: "BOUNDARY")
            }

            var description: String { "\(line) | \(body) | \(authorization ?? "")" }
        }

        /// Imports, validates and runs it once through.
        private func replay(
            _ kind: String, environment: [String: String] = [:], files: [String: String] = [:],
            _ source: @escaping @Sendable (String) -> String
        ) async throws -> (script: String, seen: [Seen]) {
            try await onOwnThread {
                let server = try ScriptedServer { request in
                    request.line.contains("/moved")
                        ? ScriptedServer.answer("", status: "302 Found", headers: ["Location: /home"]) : ScriptedServer.answer("fine")
                }
                defer { server.stop() }
                let folder = try TestFolder()
                _ = try folder.file("source", source(server.url))
                for (name, content) in files { _ = try folder.file(name, content) }
                let imported = try CicadaCall.now(["import", kind, "source", "--output", "script.lua"], in: folder.path)
                #expect(imported.exitCode == 0, "\(imported)")
                let script = try folder.text("script.lua")
                let validated = try CicadaCall.now(["validate", "script.lua"], in: folder.path, environment: environment)
                #expect(validated.exitCode == 0, "\(validated) \(script)")
                let end = try CicadaCall.now(["run", "--debug", "script.lua"], in: folder.path, environment: environment)
                #expect(end.exitCode == 0 && end.output.contains(" 0 failed, 0 exceptions"), "\(end) \(script)")
                return (script, server.requests.map(Seen.init))
            }
        }

        @Test func curlCommandsAreRepeatedAsTheyWere() async throws {
            let (script, seen) = try await replay(
                "curl", environment: ["TOKEN": "t-1", "PASSWORD": "pw", "ID": "7"], files: ["body.bin": "line 1\nline 2\n"]
            ) { url in
                """
                curl '\(url)/' -H 'user-agent: Mozilla/5.0' --compressed
                curl "\(url)/items/$ID?q=a%20b&list=1&list=2"
                curl '\(url)/login' --data-raw 'user=joe&password=pw&note=%C3%A4+b'
                curl -X PUT '\(url)/json' -H 'content-type: application/json' --data-raw $'{"n":1.5,"big":9007199254740993,"deep":{"list":[1,null,{}],"empty":[]},"text":"it\\'s \\u00e4"}'
                curl '\(url)/raw' -H 'Content-Type: text/csv' --data-binary @body.bin
                curl '\(url)/form' -F name=value -F 'up=@body.bin;type=text/plain'
                curl -u joe:pw -X DELETE '\(url)/items/1'
                curl -I '\(url)/head' -H 'Authorization: Bearer t-1'
                curl -G '\(url)/search' --data-urlencode 'q=a&b' -d page=2
                """
            }
            let json = "application/json"
            let expected = [
                Seen("GET /"), Seen("GET /items/7?q=a+b&list=1&list=2"), Seen("POST /login", "user=joe&password=pw&note=%C3%A4+b"),
                Seen("PUT /json", #"{"n":1.5,"big":9007199254740993,"deep":{"list":[1,null,{}],"empty":[]},"text":"it's ä"}"#, type: json),
                Seen("POST /raw", "line 1\nline 2\n"), Seen("POST /form"), Seen("DELETE /items/1", authorization: "Basic am9lOnB3"),
                Seen("HEAD /head", authorization: "Bearer t-1"), Seen("GET /search?q=a%26b&page=2"),
            ]
            #expect(seen.count == expected.count, "\(script) \(seen)")
            for (got, wanted) in zip(seen, expected) where wanted.line != "POST /form" { #expect(got == wanted, "\(script)") }
            let form = try #require(seen.first { $0.line == "POST /form" }).body
            for part in [
                "name=\"name\"\r\n\r\nvalue\r\n", "name=\"up\"; filename=\"body.bin\"", "line 1\nline 2\n", "Content-Type: text/plain",
            ] {
                #expect(form.contains(part), "\(form)")
            }
        }

        @Test func recordingsAreRepeatedAsTheyWere() async throws {
            let (script, seen) = try await replay("har", environment: ["PASSWORD": "pw"]) { url in
                func entry(_ method: String, _ path: String, _ second: Double, status: Int = 200, body: String = "", answer: String = "")
                    -> String
                {
                    """
                    {"pageref":"p\(second < 5 ? 1 : 2)","startedDateTime":"2026-11-02T09:00:0\(second)Z","time":10,
                     "request":{"method":"\(method)","url":"\(url)\(path)","headers":[{"name":"Cookie","value":"a=b"},{"name":"Host","value":"x"}]\(body)},
                     "response":{"status":\(status),"headers":[\(answer)],"content":{"mimeType":"text/html"}}}
                    """
                }
                func post(_ type: String, _ text: String) -> String { #","postData":{"mimeType":"\#(type)","text":"\#(text)"}"# }
                return """
                    {"log":{"creator":{"name":"x"},"pages":[{"id":"p1","title":"Home"},{"id":"p2","title":"Cart"}],"entries":[
                    \([
                        entry("GET", "/?a=1", 1), entry("GET", "/moved", 1.1, status: 302, answer: #"{"name":"Location","value":"/home"}"#),
                        entry("GET", "/home", 1.2),
                        entry("POST", "/login", 1.3, body: post("application/x-www-form-urlencoded", "b=2&password=pw&a=%26")),
                        entry("GET", "/items/1", 5.1), entry("GET", "/items/2", 5.2),
                        entry("POST", "/api", 5.3, body: post("application/json", #"[{\"id\":1,\"tags\":[]},null,true,\"x\"]"#)),
                        entry("PATCH", "/raw", 5.4, body: post("text/plain", #"a\u0000b\nc"#)),
                    ].joined(separator: ","))]}}
                    """
            }
            let expected = [
                Seen("GET /?a=1"), Seen("GET /moved"), Seen("GET /home"), Seen("POST /login", "b=2&password=pw&a=%26"),
                Seen("GET /items/1"),
                Seen("GET /items/2"), Seen("POST /api", #"[{"id":1,"tags":[]},null,true,"x"]"#, type: "application/json"),
                Seen("PATCH /raw", "a\0b\nc"),
            ]
            #expect(seen == expected, "\(script)")
        }
    }
}
