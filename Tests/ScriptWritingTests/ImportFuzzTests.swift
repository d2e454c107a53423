import LoadModel
import Scripting
import Testing

@testable import ScriptWriting

/// Damaged input is refused with a place, or becomes a script that loads; it is never a crash.
struct ImportFuzzTests {
    private static let recording = #"""
        {"log":{"creator":{"name":"x","version":"1"},"pages":[{"id":"p1","title":"Home"}],"entries":[
        {"pageref":"p1","startedDateTime":"2026-11-02T09:00:01.5+01:00","time":10,"request":{"method":"POST","url":"https://a.test:8443/x/1?q=%20b&c=d",
        "headers":[{"name":"X-Api-Key","value":"k\n"},{"name":"Content-Type","value":"application/json"}],"postData":{"mimeType":"application/json",
        "text":"{\"a\":[1,null,\"\\u00e4\"],\"end\":{}}"}},"response":{"status":302,"headers":[{"name":"Location","value":"../y"},
        {"name":"Set-Cookie","value":"a=b; Path=/\nc=d"}],"content":{"mimeType":"text/html"}}},
        {"startedDateTime":"2026-11-02T09:00:09Z","request":{"method":"GET","url":"http://[::1]/y","headers":[]}},
        {"request":{"method":"POST","url":"https://a.test/f","headers":[{"name":"content-type","value":"multipart/form-data; boundary=B"}],
        "postData":{"mimeType":"multipart/form-data; boundary=B","text":"--B\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nv\r\n--B--"}}}]}}
        """#
    private static let commands = #"""
        curl 'https://a.test/x?q=1' -H 'Authorization: Basic am9lOnB3' -H "X-T: $TOKEN" --data-raw $'{"a":"\u00e4\n"}' --compressed # note
        curl -F 'f=@x.bin;type=a/b' -u joe:pw -x proxy:1 --cert c.pem:pw -m 3 http://a.test/[1]{2} ; curl -G -d a=b -I 'a.test?c'
        """#
    private static let replacements = Array("\"'\\{}[],:;$@=&%#-\n\r\t\0 x9".utf8) + [0xFF, 0xC3, 0xF0]

    private func mutated(_ text: String, _ generator: inout SplitMix64) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let position = Int.random(in: bytes.indices, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[position] = Self.replacements[Int.random(in: Self.replacements.indices, using: &generator)]
            case 1: bytes.remove(at: position)
            case 2: bytes.insert(Self.replacements[Int.random(in: Self.replacements.indices, using: &generator)], at: position)
            default:
                let end = min(bytes.count, position + Int.random(in: 1...40, using: &generator))
                let piece = bytes[position..<end]
                bytes.insert(contentsOf: piece, at: Int.random(in: bytes.indices, using: &generator))
            }
        }
        return bytes
    }

    /// The script loads; files that it names beside it are not there, which is no fault of the import.
    private func check(_ text: String, _ input: [UInt8]) {
        do {
            let script = try Script(name: "imported.lua", source: Array(text.utf8))
            let problems = try script.names().problems
            #expect(problems.isEmpty, "\(String(decoding: input, as: UTF8.self)) became \(text)")
            if !text.contains(" = file(") { _ = try script.scenario() }
        } catch { Issue.record("\(error): \(String(decoding: input, as: UTF8.self)) became \(text)") }
    }

    @Test(arguments: 0..<8) func damagedRecordings(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var scripts = 0
        for _ in 0..<150 {
            let input = mutated(Self.recording, &generator)
            guard let text = try? HARImport.script(of: input, file: "x", options: .init(keepsStatic: seed % 2 == 0)) else { continue }
            scripts += 1
            check(text, input)
        }
        #expect(scripts > 10)
    }

    @Test(arguments: 0..<8) func damagedCommands(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var scripts = 0
        for _ in 0..<150 {
            let input = mutated(Self.commands, &generator)
            guard let text = try? CurlImport.script(of: input, file: "x") else { continue }
            scripts += 1
            check(text, input)
        }
        #expect(scripts > 10)
    }
}
