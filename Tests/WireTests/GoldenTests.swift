import Foundation
import Testing

@testable import Wire

/// Holds the bytes of every message against `Golden/`. With `CICADA_WRITE_GOLDEN=1` in the environment the files are written instead.
struct GoldenTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    @Test(arguments: 0..<SampleMessages.all.count) func bytesAreAsTheyWere(index: Int) throws {
        let (name, message) = SampleMessages.all[index]
        let bytes = message.encoded(nodeID: SampleMessages.nodeID)
        let file = Self.folder.appending(path: "\(name).hex")
        if ProcessInfo.processInfo.environment["CICADA_WRITE_GOLDEN"] == "1" {
            try Data(HexDump.text(bytes, title: "\(message)").utf8).write(to: file)
        }
        let golden = HexDump.bytes(String(decoding: try Data(contentsOf: file), as: UTF8.self))
        #expect(bytes == golden, "\(name)")
        #expect(try message.decoded(golden).message == message, "\(name)")
    }

    @Test func everyGoldenFileIsTested() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path())
        #expect(Set(files) == Set(SampleMessages.all.map { "\($0.name).hex" }))
    }
}

/// Bytes as lines of 16, with the characters beside them; lines with `#` are comments.
enum HexDump {
    static func text(_ bytes: [UInt8], title: String) -> String {
        var text = "# \(title.replacing("\n", with: " "))\n"
        for start in stride(from: 0, to: bytes.count, by: 16) {
            let line = bytes[start..<min(start + 16, bytes.count)]
            let hex = line.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
            let characters = line.map { (0x20..<0x7F).contains($0) && $0 != 0x7C ? String(UnicodeScalar($0)) : "." }.joined()
            text += hex.padding(toLength: 47, withPad: " ", startingAt: 0) + "  |\(characters)|\n"
        }
        return text
    }

    static func bytes(_ text: String) -> [UInt8] {
        text.split(separator: "\n").filter { !$0.hasPrefix("#") }.flatMap { line in
            line.prefix { $0 != "|" }.split(separator: " ").compactMap { UInt8($0, radix: 16) }
        }
    }
}
