import LoadModel
import Statistics
import Testing

@testable import Wire

/// Whatever comes in, decoding throws or gives a message that can be sent on and merged; it never traps.
struct MalformedTests {
    /// Decodes as some kinds of message; answers how often that worked. Merging what came out takes time, so it is left out for most.
    private func decode(_ bytes: [UInt8], as kinds: [AnyMessage] = AnyMessage.kinds, merging: Bool = true) -> Int {
        var worked = 0
        for kind in kinds {
            guard let (message, nodeID) = try? kind.decoded(bytes) else { continue }
            worked += 1
            guard let (again, _) = try? kind.decoded(message.encoded(nodeID: nodeID)), again == message else {
                Issue.record("does not come back as it was: \(message)")
                continue
            }
            guard merging, case .worker(.delta(let delta)) = message else { continue }
            var result = RunResult()
            result.merge(delta.snapshot, fromWorker: nodeID, second: 0)
            _ = result.total().responseTime.nanoseconds(atPercentiles: Percentile.printed)
        }
        return worked
    }

    private func decode(_ write: (inout MessagePackWriter) -> Void) -> Int {
        var writer = MessagePackWriter()
        write(&writer)
        return decode(writer.bytes)
    }

    @Test(arguments: 0..<SampleMessages.all.count) func truncatedOrLengthened(index: Int) {
        let bytes = SampleMessages.all[index].message.encoded(nodeID: SampleMessages.nodeID)
        for length in 0..<bytes.count { #expect(decode(Array(bytes[..<length])) == 0) }
        #expect(decode(bytes + [0xC0]) == 0)
        #expect(decode(bytes) >= 1)
    }

    /// All 255 other values of every byte of some, a few of the others: over 60,000 messages.
    @Test(arguments: 0..<SampleMessages.all.count) func everyByteChanged(index: Int) {
        let message = SampleMessages.all[index].message
        let bytes = message.encoded(nodeID: "w")
        let masks: [UInt8] = bytes.count < 80 ? Array(1...255) : [1, 2, 4, 8, 16, 32, 64, 128, 255, 0x5A]
        for position in bytes.indices {
            for mask in masks {
                var changed = bytes
                changed[position] ^= mask
                _ = decode(changed, as: [message], merging: mask == 1 && position % 20 == 0)
            }
        }
    }

    @Test func randomBytes() {
        var random = SplitMix64(seed: 5)
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            if Bool.random(using: &random) { bytes = [0x93, 0xA4] + Array("stop".utf8) + bytes }
            _ = decode(bytes)
        }
    }

    /// Bytes of sound messages cut out, doubled or put in place of others.
    @Test func splicedMessages() {
        var random = SplitMix64(seed: 6)
        let samples = SampleMessages.all.map { $0.message.encoded(nodeID: "w") }
        for _ in 0..<10_000 {
            guard var bytes = samples.randomElement(using: &random), let other = samples.randomElement(using: &random) else { return }
            let from = Int.random(in: 0..<other.count, using: &random)
            let to = min(other.count, from + Int.random(in: 1...12, using: &random))
            let start = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, start + Int.random(in: 0...12, using: &random))
            bytes.replaceSubrange(start..<end, with: other[from..<to])
            _ = decode(bytes)
        }
    }

    @Test(
        arguments: [
            [0xDD, 0xFF, 0xFF, 0xFF, 0xFF], [0xDF, 0xFF, 0xFF, 0xFF, 0xFF], [0xC6, 0xFF, 0xFF, 0xFF, 0xFF], [0xDB, 0xFF, 0xFF, 0xFF, 0xFF],
            [0xC9, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], [0xDC, 0xFF, 0xFF], [0xDE, 0xFF, 0xFF], [0xC1], [0xDD, 0x7F, 0xFF, 0xFF, 0xFF], [],
        ] as [[UInt8]]) func claimedLengthsAreNotBelieved(bytes: [UInt8])
    {
        #expect(decode(bytes) == 0)
        #expect(decode([0x93, 0xA5] + Array("stats".utf8) + bytes) == 0)
        #expect(decode([0x93] + Array(repeating: bytes, count: 50).joined()) == 0)
    }

    @Test func deepAndWideNestingIsRefused() {
        for depth in [10, 31, 32, 33, 1000, 600_000] {
            #expect(decode([0x93] + [UInt8](repeating: 0x91, count: depth) + [0xC0, 0xC0, 0xA1, 0x77]) == 0)
            #expect(decode([0x93, 0xA4] + Array("quit".utf8) + [UInt8](repeating: 0x81, count: depth) + [0xA1, 0x77]) == 0)
        }
        let wide: [UInt8] = [0xDD, 0x00, 0x10, 0x00, 0x00] + [UInt8](repeating: 0xC0, count: 1 << 20)
        #expect(throws: WireError(.tooLarge, "has more than 524288 values")) { try WorkerMessage.decode(wide) }
    }

    @Test func nullWhereAMapIsNeededIsAnError() {
        for type: StaticString in ["client_ready", "plan", "plan_ready", "heartbeat", "stats", "logs", "failed"] {
            var writer = MessagePackWriter()
            writer.array(3)
            writer.string(type)
            writer.null()
            writer.string("w")
            #expect(throws: WireError(.wrongType, at: "data", "is nil instead of a map")) { try WorkerMessage.decode(writer.bytes) }
        }
    }

    @Test func oddEnvelopes() {
        #expect(decode { $0.map(0) } == 0)
        #expect(decode { $0.array(0) } == 0)
        for id in ["", String(repeating: "x", count: 256)] {
            #expect(
                decode {
                    $0.array(3)
                    $0.string("client_stopped")
                    $0.null()
                    $0.string(id)
                } == 0)
        }
        #expect(
            decode {
                $0.array(3)
                $0.integer(5)
                $0.null()
                $0.string("w")
            } == 0)
        #expect(
            decode {
                $0.array(4)
                $0.string("client_stopped")
                $0.null()
                $0.string("w")
                $0.null()
            } == 0)
        // An invalid byte in the id.
        #expect(decode([0x93, 0xAE] + Array("client_stopped".utf8) + [0xC0, 0xA1, 0xFF]) == 0)
    }

    @Test func aKeyThatIsThereTwiceIsAnError() {
        var writer = MessagePackWriter()
        writer.array(3)
        writer.string("stats_ack")
        writer.map(2)
        writer.pair("number", 1)
        writer.pair("number", 2)
        writer.string("w")
        #expect(throws: WireError(.invalid, at: "data.number", "is there twice")) { try MasterMessage.decode(writer.bytes) }
    }
}
