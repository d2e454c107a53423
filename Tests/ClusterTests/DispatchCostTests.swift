import LoadModel
import Testing
import Wire

@testable import Cluster

/// What dealing costs. The bar of 50 ms is that of a release build; debug builds get forty times as long.
@Suite(.serialized) struct DispatchCostTests {
    private static let workers = 1000
    private static let users = 100_000

    private static var bar: Duration {
        #if DEBUG
        return .milliseconds(2000)
        #else
        return .milliseconds(50)
        #endif
    }

    private static func measure(_ what: String, _ body: () -> Void) {
        let time = ContinuousClock().measure(body)
        print("\(what): \(time)")
        #expect(time < bar, "\(what) took \(time)")
    }

    @Test func aStepAJoinAndALossOfManyWorkers() {
        var dispatch = Dispatch(classes: [("A", 3), ("B", 1)])
        for number in 0..<Self.workers { dispatch.join(dispatch.add(name: "host\(number / 8)_\(number)"), capacity: 1000) }
        let late = dispatch.add(name: "late")
        Self.measure("100,000 users dealt to 1,000 workers") { dispatch.setCount(Self.users) }
        Self.measure("a worker more") { dispatch.join(late, capacity: 1000) }
        Self.measure("a worker less") { dispatch.leave(17) }
        Self.measure("100,000 users taken back") { dispatch.setCount(0) }
    }

    @Test func aWholeStepOfTheMaster() throws {
        let plan = try SamplePlan.make(users: Self.users, rate: 1e9, weights: [3, 1])
        var settings = MasterSettings(run: 1, version: "0.1.0", planBytes: [1], planHash: SamplePlan.hash([1]))
        settings.expectedWorkers = Self.workers
        settings.leaseNanoseconds = MasterSettings.lease
        var cluster = MasterHarness(plan: plan, settings: settings)
        for number in 0..<(Self.workers - 1) { cluster.join("host\(number / 8)_\(number)", capacity: 1000) }
        cluster.hello("last")
        Self.measure("the first step of a run") { cluster.ready("last", capacity: 1000) }
        #expect(cluster.targets.count == Self.workers)
        for peer in cluster.peers { cluster.confirm(peer.name) }
        cluster.advance(by: 300_000_000)
        cluster.hello("late")
        Self.measure("a worker more") { cluster.ready("late", capacity: 1000) }
        Self.measure("a heartbeat while others are to leave") { cluster.heartbeat("late") }
        Self.measure("a worker less") { cluster.tell("host0_1", .quit) }
    }
}
