import LoadModel
import Testing
import Wire

@testable import Cluster

struct MasterBudgetTests {
    private static let second = MasterHarness.second

    /// Asks for leases until there are no more; answers how many came.
    private static func takeAll(_ harness: inout MasterHarness, _ name: String, source: Int = 0) -> Int {
        var count = 0
        for number in 1...10_000 {
            harness.tell(name, .rowRequest(RowRequest(source: source, number: number, count: 1000)))
            guard case .rows(let block)? = harness.sent.first?.message else { return -1 }
            count += block.rows.count
            if block.isExhausted { return count }
        }
        return -1
    }

    @Test func iterationsAreLeasedAndTheRunEndsWithTheLast() throws {
        var harness = try MasterHarness(users: 4, rate: 1, lease: nil, iterations: 25)
        harness.join("local")
        #expect(Self.takeAll(&harness, "local") == 25)
        harness.heartbeat("local", users: [1], drawn: [25])
        #expect(harness.state.ending == nil && harness.state.dataUse.isEmpty)
        // Of four users only the first has come; nobody waits for the others.
        harness.heartbeat("local", users: [0], ended: [1], drawn: [25])
        #expect(harness.state.ending == .completed("no more than 25 iterations were to be begun, and these have ended"))
    }

    @Test func requestsAreLeasedBehindTheDataFiles() throws {
        var harness = try MasterHarness(
            users: 2, lease: nil, iterations: 10, requests: 50,
            changing: { $0.dataSources = [DataSource(file: "a.csv", rows: 7)] })
        harness.join("local")
        #expect(Self.takeAll(&harness, "local", source: 0) == 7)
        #expect(Self.takeAll(&harness, "local", source: 2) == 50)
        #expect(harness.state.dataUse.map(\.file) == ["a.csv"])
        harness.heartbeat("local", users: [0], ended: [2], drawn: [7, 3, 50])
        #expect(harness.state.ending == .completed("50 requests were to be made: no further iteration was begun"))
    }

    @Test func workersShareThem() throws {
        var harness = try MasterHarness(users: 4, workers: 2, iterations: 1000)
        harness.join("a")
        harness.join("b")
        harness.tell("a", .rowRequest(RowRequest(source: 0, number: 1, count: 1000)))
        guard case .rows(let block)? = harness.sent.first?.message else {
            Issue.record("no lease")
            return
        }
        // Nobody takes so much that the others have nothing.
        #expect(block.rows.count == 125)
        #expect(Self.takeAll(&harness, "b") == 875)
    }
}
