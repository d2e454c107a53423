import Statistics
import Testing

@testable import Wire

struct RoundTripTests {
    @Test(arguments: 0..<SampleMessages.all.count) func everyMessageComesBackAsItWas(index: Int) throws {
        let (name, message) = SampleMessages.all[index]
        let (back, nodeID) = try message.decoded(message.encoded(nodeID: SampleMessages.nodeID))
        #expect(back == message, "\(name)")
        #expect(nodeID == SampleMessages.nodeID)
    }

    @Test func randomMessagesComeBackAsTheyWere() throws {
        var messages = RandomMessages(seed: 71)
        for round in 0..<2000 {
            let message = messages.next()
            let bytes = message.encoded(nodeID: "w")
            let (back, _) = try message.decoded(bytes)
            guard back == message else {
                Issue.record("round \(round): \(message)")
                return
            }
        }
    }

    @Test func decodedSnapshotsAreWellFormed() throws {
        guard case (.delta(let delta), _) = try WorkerMessage.decode(SampleMessages.all[5].message.encoded(nodeID: "w")) else {
            Issue.record("no delta")
            return
        }
        #expect(delta.snapshot.isWellFormed)
        #expect(delta.snapshot.cells.count > 10)
    }

    @Test func longTextsAreCutBetweenCharacters() throws {
        let long = String(repeating: "é", count: 5000)
        guard case (.failed(let reason), let nodeID) = try WorkerMessage.decode(WorkerMessage.failed(long).encoded(nodeID: long)) else {
            Issue.record("another message")
            return
        }
        #expect(reason.utf8.count == 4096)
        #expect(nodeID.utf8.count == 254)
        guard
            case (.logs(let lines), _) = try WorkerMessage.decode(
                WorkerMessage.logs(Array(repeating: "x", count: 1001)).encoded(nodeID: "w"))
        else {
            Issue.record("another message")
            return
        }
        #expect(lines.count == 1000)
    }

    @Test func unlimitedDescriptorsAreStillAHello() throws {
        var hello = SampleMessages.hello()
        hello.machine.descriptors = .max
        #expect(throws: Never.self) { try WorkerMessage.decode(WorkerMessage.hello(hello).encoded(nodeID: "w")) }
    }

    @Test func keysThatAreNotKnownAreIgnored() throws {
        var writer = MessagePackWriter()
        writer.array(3)
        writer.string("stats_ack")
        writer.map(3)
        writer.pair("newer", "x")
        writer.pair("number", 9)
        writer.integer(5)
        writer.null()
        writer.string("w")
        #expect(try MasterMessage.decode(writer.bytes).message == .acknowledge(delta: 9))
    }
}
