import Statistics
import Testing
import Wire

@testable import LocustLink

/// Messages as they travel, both ways; what must not be read, and what must.
struct LocustMessageTests {
    @Test func realGreetingIsRead() throws {
        // As captured: an array of "client_ready", "2.47.0" and an id.
        let bytes: [UInt8] = [0x93, 0xAC] + Array("client_ready".utf8) + [0xA6] + Array("2.47.0".utf8) + [0xD9, 0x04] + Array("vm_a".utf8)
        let (message, id) = try LocustWorkerMessage.decode(bytes)
        #expect(message == .ready(version: "2.47.0") && id == "vm_a")
        let unchecked: [UInt8] = [0x93, 0xAC] + Array("client_ready".utf8) + [0xFF, 0xA1, 0x61]
        #expect(try LocustWorkerMessage.decode(unchecked).message == .ready(version: nil))
    }

    @Test func realHeartbeatIsRead() throws {
        var writer = MessagePackWriter()
        writer.array(3)
        writer.string("heartbeat")
        writer.map(3)
        writer.pair("state", "running")
        writer.pair("current_cpu_usage", 12.5)
        writer.pair("current_memory_usage", Int64(52_428_800))
        writer.string("vm_a")
        let message = try LocustWorkerMessage.decode(writer.bytes).message
        #expect(message == .heartbeat(LocustHeartbeat(activity: .running, cpuPercent: 12.5, memoryBytes: 52_428_800)))
    }

    @Test func whatWorkersWriteMastersRead() throws {
        var report = LocustReport(total: .total(startTime: 1.5))
        var entry = LocustEntry(name: "/ok", method: "GET", startTime: 1_795_463_373.7168736)
        entry.lastRequestTimestamp = 1_795_463_376.0494936
        (entry.requests, entry.requestsWithoutTime, entry.failures, entry.contentLength) = (19, 1, 2, 95)
        (entry.totalResponseTime, entry.maxResponseTime, entry.minResponseTime) = (
            1512.9033780003738, 117.94776100009585, 18.15595600010056
        )
        entry.responseTimes = [LocustCount(18, 1), LocustCount(85, 15), LocustCount(120, 2)]
        entry.requestsPerSecond = [LocustCount(1_795_463_373, 3), LocustCount(1_795_463_374, 16)]
        entry.failuresPerSecond = [LocustCount(1_795_463_374, 2)]
        report.entries = [entry]
        report.total.requests = 19
        report.errors = [
            LocustError(name: "/ok", method: "GET", text: "boom", occurrences: 2, firstSeen: 1_795_463_374.5, lastSeen: 1_795_463_374.75)
        ]
        report.users = [LocustUsers("Alpha", 3), LocustUsers("Beta", 1)]
        // Counts by second are written for Locust's masters, and passed over here.
        var known = report
        (known.entries[0].requestsPerSecond, known.entries[0].failuresPerSecond) = ([], [])
        #expect(try LocustWorkerMessage.decode(LocustWorkerMessage.report(report).encoded(nodeID: "h_1")).message == .report(known))
        let messages: [LocustWorkerMessage] = [
            .spawning, .spawningComplete([LocustUsers("Alpha", 3)]), .exception(message: "m", traceback: "t"),
            .logs(["a", "b"]), .stopped, .quit, .ready(version: "2.47.0"), .heartbeat(LocustHeartbeat(activity: .spawning)),
        ]
        for message in messages {
            let read = try LocustWorkerMessage.decode(message.encoded(nodeID: "h_1"))
            #expect(read.message == message && read.nodeID == "h_1")
        }
    }

    @Test func whatMastersWriteWorkersRead() throws {
        var spawn = LocustSpawn(timestamp: 1_795_463_335.9394562, users: [LocustUsers("Alpha", 0), LocustUsers("Beta", 1)])
        spawn.host = "http://127.0.0.1:18080"
        spawn.stopTimeout = 2.5
        spawn.options = ["tenant": "blue", "tags": "a,b"]
        let messages: [LocustMasterMessage] = [
            .acknowledge(index: 3), .acknowledge(index: nil), .spawn(spawn), .spawn(LocustSpawn(timestamp: 1, users: [])),
            .spawningComplete(users: 10), .heartbeat, .stop, .quit, .reconnect, .noFile(reason: "none here"), .other(type: "x"),
        ]
        for message in messages {
            let read = try LocustMasterMessage.decode(message.encoded(nodeID: "h_1"))
            #expect(read.message == message && read.nodeID == "h_1")
        }
    }

    /// What makes Locust's own master deaf, and more.
    @Test(
        arguments: [
            [0xC1], [0x80], [0xC0], [0x93, 0xA5], [], [0x93, 0xC0, 0xC0, 0xC0], [0x92, 0xA4, 0x71, 0x75, 0x69, 0x74, 0xC0],
            // "quit" with an id that is empty, no UTF-8, or followed by something.
            [0x93, 0xA4, 0x71, 0x75, 0x69, 0x74, 0xC0, 0xA0], [0x93, 0xA4, 0x71, 0x75, 0x69, 0x74, 0xC0, 0xA1, 0xFF],
            [0x93, 0xA4, 0x71, 0x75, 0x69, 0x74, 0xC0, 0xA1, 0x61, 0x00],
        ] as [[UInt8]])
    func damageIsRefused(bytes: [UInt8]) { #expect(throws: WireError.self) { try LocustWorkerMessage.decode(bytes) } }

    @Test(arguments: ["exception", "stats", "heartbeat", "logs", "spawning_complete", "client_ready"])
    func messagesWithoutTheirDataAreRefused(type: String) {
        let bytes: [UInt8] = [0x93, 0xA0 | UInt8(type.utf8.count)] + Array(type.utf8) + [0xC0, 0xA1, 0x61]
        #expect(throws: WireError.self) { try LocustWorkerMessage.decode(bytes) }
    }

    @Test func everyTruncationOfAReportIsRefused() throws {
        var report = LocustReport(total: .total(startTime: 0))
        var entry = LocustEntry(name: "/", method: "GET", startTime: 0)
        entry.requests = 1
        entry.responseTimes = [LocustCount(5, 1)]
        report.entries = [entry]
        let bytes = LocustWorkerMessage.report(report).encoded(nodeID: "h_1")
        for length in 0..<bytes.count { #expect(throws: WireError.self) { try LocustWorkerMessage.decode(Array(bytes.prefix(length))) } }
        entry.responseTimes = [LocustCount(5, 2)]
        report.entries = [entry]
        #expect(throws: WireError.self) { try LocustWorkerMessage.decode(LocustWorkerMessage.report(report).encoded(nodeID: "h_1")) }
    }

    /// What is kept of a worker's names is bounded, whatever it sends; what is not kept is found out anew.
    @Test(arguments: [(3, 10, true), (1000, 20, true), (1001, 1, false), (3, 40_000, false)])
    func namesAreKeptWhileTheyAreFew(count: Int, length: Int, areKept: Bool) {
        var report = LocustReport(total: .total(startTime: 0))
        report.entries = (0..<count).reversed().map { number in
            var entry = LocustEntry(name: String(repeating: "n", count: length) + "\(number)", method: "GET", startTime: 0)
            entry.requests = 1
            return entry
        }
        var names = ReportedNames()
        let first = report.snapshot(names: &names)
        #expect(names.areThose(of: report.entries) == areKept && names.keys.count == (areKept ? count : 0))
        #expect(report.snapshot(names: &names) == first && report.snapshot() == first)
        // Other names, or the same in another order, are not taken for these.
        report.entries.reverse()
        #expect(!names.areThose(of: report.entries) && report.snapshot(names: &names) == first)
    }

    @Test func reportsBecomeSnapshots() throws {
        var report = LocustReport(total: .total(startTime: 0))
        func entry(_ name: String, _ method: String, _ counts: [LocustCount], sum: Double, least: Double, most: Double) -> LocustEntry {
            var entry = LocustEntry(name: name, method: method, startTime: 0)
            entry.responseTimes = counts
            entry.requests = counts.reduce(1) { $0 + $1.count }
            entry.requestsWithoutTime = 1
            (entry.totalResponseTime, entry.minResponseTime, entry.maxResponseTime) = (sum, least, most)
            return entry
        }
        let long = String(repeating: "x", count: 600)
        report.entries = [
            entry(long + "a", "GET", [LocustCount(150, 1)], sum: 147, least: 147, most: 147),
            entry(long + "b", "GET", [LocustCount(3, 2)], sum: 6, least: 2.9, most: 3.1),
            entry("publish", "MQTT", [LocustCount(1, 1)], sum: 0.75, least: 0.75, most: 0.75),
        ]
        let snapshot = report.snapshot()
        #expect(snapshot.requests.map(\.key.typeText) == ["MQTT", "GET"])
        #expect(snapshot.issued == 7 && snapshot.requests.map(\.requests) == [2, 5])
        var result = RunResult(reading: .locust)
        result.merge(snapshot, fromWorker: "w", second: 0)
        let times = try #require(result.requests.last).responseTime
        #expect(times.count == 3 && times.minNanoseconds == 2_900_000 && times.maxNanoseconds == 147_000_000)
        #expect(times.averageNanoseconds == 51_000_000 && times.nanoseconds(atPercentile: 100) == 150_000_000)
    }
}
