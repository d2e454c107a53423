import Foundation
import LoadModel
import TestServers

/// Payloads that no worker sends: the golden files of all messages cut, changed, spliced and lengthened, and noise. The same seed gives the same.
/// Without `scale`: with `--plain` everybody on this machine may give that order.
struct StrangeMessages {
    private var random: SplitMix64
    private let sound: [[UInt8]]

    /// `sound`: messages to damage beside the golden ones.
    init(seed: UInt64, sound: [[UInt8]] = []) throws {
        random = SplitMix64(seed: seed)
        self.sound = try Self.golden() + sound
    }

    /// The next one; now and then it is a sound one.
    mutating func next() -> [UInt8] {
        var bytes = sound.randomElement(using: &random) ?? []
        let other = sound.randomElement(using: &random) ?? []
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return bytes
        case 1: return Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
        case 2: return bytes + other
        case 3: return (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        case 4:
            let start = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, start + Int.random(in: 0...20, using: &random))
            bytes.replaceSubrange(start..<end, with: other.prefix(Int.random(in: 0...other.count, using: &random)))
            return bytes
        case 5:
            // Lengths that are claimed and not there.
            let claims: [[UInt8]] = [[0xDD, 0xFF, 0xFF, 0xFF, 0xFF], [0xDF, 0x7F, 0xFF, 0xFF, 0xFF], [0xC6, 0xFF, 0xFF, 0xFF, 0xFF]]
            return Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random))) + (claims.randomElement(using: &random) ?? [])
        default:
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            return bytes
        }
    }

    /// The messages of the golden files of Wire's tests.
    static func golden() throws -> [[UInt8]] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
            path: "WireTests/Golden")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            $0.hasSuffix(".hex") && !$0.hasPrefix("operator-scale")
        }.sorted()
        if files.isEmpty { throw RawConnectionError(what: "no golden files in \(folder.path)") }
        return try files.map { file in
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.flatMap { line in
                line.prefix { $0 != "|" }.split(separator: " ").compactMap { UInt8($0, radix: 16) }
            }
        }
    }
}
