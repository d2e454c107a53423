import LocustLink
import Testing
import Wire

/// Messages as Locust 2.47 has them on the wire.
struct LocustCodingTests {
    private static let id = "vm_e9fae67d4a3a47d5bcb13a314062d121"
    private static let idBytes: [UInt8] = [0xd9, 0x23] + Array(id.utf8)

    private static func text(_ text: String) -> [UInt8] { [0xa0 | UInt8(text.utf8.count)] + Array(text.utf8) }

    /// The bytes that were captured of a real worker.
    @Test func messagesHaveTheBytesOfLocustsOwn() {
        #expect(
            LocustWorkerMessage.ready(version: "2.47.0").encoded(nodeID: Self.id) == [0x93] + Self.text("client_ready")
                + Self.text("2.47.0") + Self.idBytes)
        #expect(
            LocustWorkerMessage.ready(version: nil).encoded(nodeID: Self.id) == [0x93] + Self.text("client_ready") + [0xff] + Self.idBytes)
        let heartbeat = LocustHeartbeat(activity: .ready, cpuPercent: 12.5, memoryBytes: 52_428_800)
        var expected: [UInt8] = [0x93] + Self.text("heartbeat") + [0x83] + Self.text("state") + Self.text("ready")
        expected += Self.text("current_cpu_usage") + [0xcb, 0x40, 0x29, 0, 0, 0, 0, 0, 0]
        expected += Self.text("current_memory_usage") + [0xce, 0x03, 0x20, 0, 0] + Self.idBytes
        #expect(LocustWorkerMessage.heartbeat(heartbeat).encoded(nodeID: Self.id) == expected)
        for (message, type) in [(LocustWorkerMessage.spawning, "spawning"), (.stopped, "client_stopped"), (.quit, "quit")] {
            #expect(message.encoded(nodeID: Self.id) == [0x93] + Self.text(type) + [0xc0] + Self.idBytes)
        }
    }

    private static func message(_ type: String, _ data: (inout MessagePackWriter) -> Void) -> [UInt8] {
        var writer = MessagePackWriter()
        writer.array(3)
        writer.string(type)
        data(&writer)
        writer.string(id)
        return writer.bytes
    }

    private static func spawn(_ change: (inout MessagePackWriter) -> Void = { $0.null() }) -> [UInt8] {
        message("spawn") {
            $0.map(6)
            $0.pair("timestamp", Optional(1_795_463_335.5))
            $0.string("user_classes_count")
            $0.map(2)
            $0.string("Alpha")
            $0.integer(3)
            $0.string("Beta")
            $0.integer(0)
            $0.pair("host", "http://x", atMost: 100)
            $0.pair("stop_timeout", Optional(2.5))
            $0.string("unknown")
            change(&$0)
            $0.string("parsed_options")
            $0.map(6)
            $0.string("tags")
            $0.array(2)
            $0.string("a")
            $0.string("b")
            $0.string("exclude_tags")
            $0.null()
            $0.pair("num_users", 10)
            $0.pair("spawn_rate", Optional(3.5))
            $0.pair("headless", true)
            $0.string("nested")
            $0.map(0)
        }
    }

    @Test func ordersAreRead() throws {
        let (message, nodeID) = try LocustMasterMessage.decode(Self.spawn())
        var order = LocustSpawn(
            timestamp: 1_795_463_335.5, users: [LocustUsers("Alpha", 3), LocustUsers("Beta", 0)], host: "http://x", stopTimeout: 2.5)
        order.options = ["tags": "a,b", "num_users": "10", "spawn_rate": "3.5", "headless": "true"]
        #expect(message == .spawn(order) && nodeID == Self.id)
        let terms = LocustTerms(order)
        #expect(terms.tags == ["a", "b"] && terms.excludedTags.isEmpty && terms.stopGraceNanoseconds == 2_500_000_000)
    }

    @Test func otherWordsAreRead() throws {
        let cases: [(String, LocustMasterMessage)] = [
            ("ack", .acknowledge(index: nil)), ("heartbeat", .heartbeat), ("stop", .stop), ("quit", .quit), ("reconnect", .reconnect),
            ("spawning_complete", .spawningComplete(users: 0)), ("my_own", .other(type: "my_own")),
            ("locustfile", .other(type: "locustfile")),
        ]
        for (type, message) in cases { #expect(try LocustMasterMessage.decode(Self.message(type) { $0.null() }).message == message) }
        let ack = Self.message("ack") {
            $0.map(1)
            $0.pair("index", 7)
        }
        #expect(try LocustMasterMessage.decode(ack).message == .acknowledge(index: 7))
        let refusal = Self.message("locustfile") {
            $0.map(1)
            $0.pair("error", "no", atMost: 10)
        }
        #expect(try LocustMasterMessage.decode(refusal).message == .noFile(reason: "no"))
    }

    /// What may not be believed is refused, wherever the damage is.
    @Test func damagedMessagesAreRefused() {
        let whole = Self.spawn()
        var damaged: [[UInt8]] = [[], [0xc1], [0x80], [0xc0], whole + [0xc0], Array("GET / HTTP/1.1\r\n".utf8)]
        damaged += (0..<whole.count).map { Array(whole[..<$0]) }
        damaged.append(Self.message("spawn") { $0.null() })
        damaged.append(Self.message("spawn") { $0.map(0) })
        damaged.append(Self.message("ack") { $0.integer(3) })
        damaged.append(
            Self.message("spawn") {
                $0.map(2)
                $0.pair("timestamp", Optional(Double.nan))
                $0.string("user_classes_count")
                $0.map(0)
            })
        damaged.append(
            Self.message("spawn") {
                $0.map(2)
                $0.pair("timestamp", Optional(1.0))
                $0.string("user_classes_count")
                $0.map(1)
                $0.string("A")
                $0.integer(-1)
            })
        for bytes in damaged { #expect(throws: WireError.self, "\(bytes.prefix(40))") { try LocustMasterMessage.decode(bytes) } }
        // A changed byte is refused or read as something else; it never ends the process.
        for position in whole.indices {
            for value in [UInt8(0), 0xc1, 0xff, 0xdf, 0xdd, 0xdb] {
                var bytes = whole
                bytes[position] = value
                _ = try? LocustMasterMessage.decode(bytes)
            }
        }
    }

    @Test func tooManyClassesAreRefused() {
        let order = Self.message("spawn") {
            $0.map(2)
            $0.pair("timestamp", Optional(1.0))
            $0.string("user_classes_count")
            $0.map(1001)
            for index in 0..<1001 {
                $0.string("class \(index)")
                $0.integer(1)
            }
        }
        #expect(throws: WireError.self) { try LocustMasterMessage.decode(order) }
    }
}
