import LoadModel
import Scripting
import Testing

@testable import ScriptWriting

/// What is written is a script: it compiles, its top level runs, and every name in it exists.
struct ImportedScriptTests {
    private func scenario(_ text: String) throws -> Scenario {
        let script = try Script(name: "imported.lua", source: Array(text.utf8))
        #expect(try script.names().problems.isEmpty, "\(text)")
        return try script.scenario()
    }

    @Test(arguments: [
        "curl 'http://a.test/x?q=a%20b&api_key=k' -H 'Authorization: Bearer t' -H $'X-Odd: \"quoted\\\\\"'",
        "curl http://a.test/x --json '{\"end\":1,\"a-b\":[{}],\"password\":\"p\",\"n\":null}'\ncurl http://a.test/x -d 'return=1'",
        "curl -u a:b -x http://u:p@proxy.test:8080 'http://a.test/[1]' -m 0.5", "curl http://a.test/$user/${end}",
        "curl http://a.test/ --data-binary $'\\x01\\n\\\\' -H 'Content-Type: text/x'",
        "curl http://a.test/\ncurl http://a.test/\ncurl http://a.test/",
        "curl 'http://a.test/\u{202E}ä' -H 'X: \u{1F600}'", "curl -F 'a=\"x;y\"' -F 'b=2;type=text/plain' http://a.test/",
    ]) func curlCommandsBecomeScripts(text: String) throws {
        let script = try CurlImport.script(of: Array(text.utf8), file: "x")
        #expect(try scenario(script).userClasses.first?.host == "http://a.test", "\(script)")
    }

    @Test func hundredsOfSecretsAndRequestsBecomeAScript() throws {
        let commands = (0..<400).map { "curl http://a.test/items/\($0) -H 'X-Api-Key: key-\($0)' -d 'x=\($0)'" }
        let script = try CurlImport.script(of: Array(commands.joined(separator: "\n").utf8), file: "x")
        let found = try scenario(script)
        #expect(found.userClasses[0].tasks.count == 400)
        #expect(found.userClasses[0].order.items.count == 1)
    }

    @Test(arguments: ["\u{0}title\n", "]] end -- \"", String(repeating: "ä", count: 500), ""]) func oddTitlesBecomeNames(title: String)
        throws
    {
        let escaped = title.unicodeScalars.map { "\\u" + String(String($0.value + 0x10000, radix: 16).suffix(4)) }.joined()
        let recording = """
            {"log":{"pages":[{"id":"p","title":"\(escaped)"}],"entries":[{"pageref":"p","request":{"method":"GET","url":"http://a.test/x"}}]}}
            """
        let script = try HARImport.script(of: Array(recording.utf8), file: "x")
        #expect(try scenario(script).userClasses[0].tasks.count == 1, "\(script)")
    }

    @Test(arguments: [NewScript.Kind.get, .login]) func firstScriptsAreScripts(kind: NewScript.Kind) throws {
        #expect(try scenario(NewScript(kind: kind, wait: 0.5...2).text).userClasses[0].tasks.isEmpty == false)
    }
}
