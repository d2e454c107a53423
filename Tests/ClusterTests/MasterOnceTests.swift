import LoadModel
import Testing
import Wire

@testable import Cluster

struct MasterOnceTests {
    private static let second = MasterHarness.second

    private static func cluster(workers: Int = 2, resuming: Resumption? = nil) throws -> MasterHarness {
        try MasterHarness(users: 4, rate: 100, runTime: 5 * second, workers: workers, resuming: resuming) {
            $0.hasSetup = true
            $0.hasTeardown = true
        }
    }

    /// Both workers have stopped and delivered.
    private static func stopped(_ cluster: inout MasterHarness) {
        for name in ["a", "b"] { cluster.tell(name, .stopped) }
    }

    private static func started() throws -> MasterHarness {
        var cluster = try cluster()
        cluster.join("a")
        cluster.join("b")
        cluster.tell("a", .onceDone(OnceAnswer(step: .setup, value: [49])))
        return cluster
    }

    @Test func setupRunsOnTheFirstWorkerBeforeAllUsersAndItsValueGoesToAll() throws {
        var cluster = try Self.cluster()
        cluster.join("a")
        #expect(!cluster.hasSent(.once(.setup), to: "a"))
        cluster.join("b")
        #expect(cluster.hasSent(.once(.setup), to: "a") && cluster.targets.isEmpty)
        cluster.advance(by: 300_000_000)
        cluster.heartbeat("a")
        #expect(cluster.hasSent(.once(.setup), to: "a"))
        // Nobody else is believed.
        cluster.tell("b", .onceDone(OnceAnswer(step: .setup, value: [50])))
        #expect(cluster.sent.isEmpty && cluster.state.startedAt == nil)
        cluster.tell("a", .onceDone(OnceAnswer(step: .setup, value: [49])))
        #expect(cluster.hasSent(.share([49]), to: "a") && cluster.hasSent(.share([49]), to: "b"))
        #expect(cluster.targets.count == 2 && cluster.state.startedAt == cluster.now)
        let share = cluster.sent.firstIndex { $0.message == .share([49]) && $0.name == "b" }
        let order = cluster.sent.firstIndex { $0.message.targets != nil && $0.name == "b" }
        #expect(share ?? .max < order ?? -1)
        cluster.tell("a", .onceDone(OnceAnswer(step: .setup, value: [51])))
        #expect(cluster.sent.isEmpty && cluster.state.onceRecord.value == [49])
    }

    @Test func whoComesLateOrLacksTheValueGetsIt() throws {
        var cluster = try Self.started()
        cluster.join("c")
        #expect(cluster.hasSent(.share([49]), to: "c"))
        cluster.advance(by: 1_500_000_000)
        cluster.heartbeat("c", hasSharedValue: true)
        #expect(!cluster.hasSent(.share([49]), to: "c"))
        cluster.heartbeat("c")
        #expect(cluster.hasSent(.share([49]), to: "c"))
        cluster.heartbeat("c")
        #expect(!cluster.hasSent(.share([49]), to: "c"))
    }

    @Test func aSetupThatFailsOrIsLostStartsNoRun() throws {
        var cluster = try Self.cluster()
        cluster.join("a")
        cluster.join("b")
        cluster.tell("a", .onceDone(OnceAnswer(step: .setup, failure: "shop.lua:3: boom")))
        #expect(cluster.state.ending == .notStarted("setup did not come to its end: shop.lua:3: boom"))
        var lost = try Self.cluster()
        lost.join("a")
        lost.join("b")
        lost.tell("a", .quit)
        guard case .notStarted(let words)? = lost.state.ending else {
            Issue.record("\(String(describing: lost.state.ending))")
            return
        }
        #expect(words.contains("worker a") && words.contains("not run a second time") && !lost.hasSent(.once(.setup), to: "b"))
    }

    @Test func anInterruptionOfSetupStopsInOrder() throws {
        var cluster = try Self.cluster()
        cluster.join("a")
        cluster.join("b")
        cluster.event(.interrupted)
        #expect(cluster.sent.count == 2 && cluster.state.ending == .interrupted)
        Self.stopped(&cluster)
        #expect(!cluster.hasSent(.once(.teardown), to: "a") && cluster.hasSent(.quit(reason: nil), to: "a"))
    }

    @Test func teardownRunsOnceWhenAllHaveStopped() throws {
        var cluster = try Self.started()
        cluster.event(.interrupted)
        cluster.tell("a", .stopped)
        #expect(cluster.sent.isEmpty)
        cluster.tell("b", .stopped)
        #expect(cluster.hasSent(.once(.teardown), to: "a") && !cluster.isFinished)
        cluster.advance(by: 300_000_000)
        cluster.heartbeat("a", activity: .stopping)
        #expect(cluster.hasSent(.once(.teardown), to: "a"))
        cluster.tell("a", .onceDone(OnceAnswer(step: .teardown, failure: "a.lua:1: no")))
        #expect(cluster.notices.first?.text.contains("a.lua:1: no") == true && cluster.hasSent(.quit(reason: nil), to: "b"))
        #expect(cluster.state.ending == .interrupted)
    }

    @Test func anotherWorkerRunsTeardownIfTheFirstHasGoneAndNobodyASecondTime() throws {
        var cluster = try Self.started()
        cluster.tell("a", .quit)
        cluster.event(.interrupted)
        cluster.tell("b", .stopped)
        #expect(cluster.hasSent(.once(.teardown), to: "b"))
        cluster.advance(by: 6 * Self.second)
        #expect(cluster.notices.contains { $0.text.contains("teardown was broken off: worker b") })
        #expect(cluster.state.phase == .finishing || cluster.isFinished)
    }

    @Test func aSecondInterruptionSkipsTeardownAndAnEndIsGivenIt() throws {
        var cluster = try Self.started()
        cluster.event(.interrupted)
        Self.stopped(&cluster)
        cluster.event(.interrupted)
        #expect(cluster.notices.map(\.text) == ["teardown was skipped"] && cluster.state.phase == .finishing)
        var slow = try Self.started()
        slow.event(.interrupted)
        Self.stopped(&slow)
        for _ in 0..<60 {
            slow.advance(by: Self.second)
            for name in ["a", "b"] { slow.heartbeat(name, activity: .stopping) }
        }
        #expect(slow.state.phase == .teardown)
        slow.advance(by: 4 * Self.second)
        #expect(slow.notices.map(\.text).contains("teardown was given up after 60 s") && slow.isFinished)
    }

    @Test func aMasterThatTakesTheRunUpRunsNoSetup() throws {
        var resumption = Resumption(
            startedAt: Self.second, result: .init(), lastDeltas: [:], ramp: Ramp(from: 0, to: 4, ratePerSecond: 100))
        resumption.once.setupWorker = Peer(name: "a", session: 1)
        resumption.once.value = [49]
        resumption.once.teardownWorker = Peer(name: "a", session: 1)
        var cluster = try Self.cluster(workers: 1, resuming: resumption)
        cluster.join("b")
        #expect(!cluster.hasSent(.once(.setup), to: "b") && cluster.hasSent(.share([49]), to: "b"))
        cluster.event(.interrupted)
        cluster.tell("b", .stopped)
        #expect(!cluster.hasSent(.once(.teardown), to: "b"))
        #expect(cluster.notices.contains { $0.text.contains("teardown was begun on worker a") })
    }
}
