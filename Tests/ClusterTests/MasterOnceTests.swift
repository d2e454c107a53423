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
        #expect(cluster.state.ending == .notStarted("setup did not come to its end: shop.lua:3: boom (on worker a)"))
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
        #expect(cluster.notices.map(\.text) == ["teardown was skipped"] && cluster.state.phase == .teardown)
        cluster.advance(by: 300_000_000)
        #expect(cluster.notices.isEmpty && cluster.state.phase == .finishing)
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

    @Test func aTeardownThatIsSkippedStillDelivers() throws {
        var cluster = try Self.started()
        cluster.advance(by: 5 * Self.second, hearing: ["a", "b"])
        #expect(cluster.state.ending == .runTimeOver)
        Self.stopped(&cluster)
        #expect(cluster.notices.isEmpty)
        cluster.event(.interrupted)
        #expect(cluster.state.ending == .runTimeOver && cluster.sent.isEmpty)
        cluster.event(.interrupted)
        #expect(cluster.state.ending == .interrupted)
        #expect(cluster.hasSent(.stop(StopOrder(graceNanoseconds: 0, isImmediate: true)), to: "a"))
        cluster.tell("a", MasterHarness.delta(1, requests: 2))
        #expect(cluster.hasSent(.acknowledge(delta: 1), to: "a") && cluster.state.result.total().requests == 2)
        cluster.tell("a", .onceDone(OnceAnswer(step: .teardown, failure: "it was broken off")))
        #expect(cluster.notices.isEmpty && cluster.state.phase == .finishing)
        // The third time nothing is waited for.
        var hurried = try Self.started()
        hurried.event(.interrupted)
        Self.stopped(&hurried)
        hurried.event(.interrupted)
        hurried.event(.interrupted)
        #expect(hurried.state.phase == .finishing)
    }

    @Test func teardownAfterAnInterruptionIsTold() throws {
        var cluster = try Self.started()
        cluster.event(.interrupted)
        #expect(cluster.state.hasLoad)
        Self.stopped(&cluster)
        #expect(cluster.notices.map(\.text) == ["running teardown, 60 s at most (Ctrl-C again skips it)"] && !cluster.state.hasLoad)
    }

    @Test func aWorkerThatIsMissingAfterSetupIsWaitedForAndWhatSetupMeasuredIsKept() throws {
        func waiting() throws -> MasterHarness {
            var cluster = try MasterHarness(users: 4, rate: 100, workers: 2, longestWait: 60 * Self.second) {
                $0.hasSetup = true
                $0.hasTeardown = true
            }
            cluster.join("a")
            cluster.join("b")
            cluster.tell("b", .quit)
            cluster.tell("a", .onceDone(OnceAnswer(step: .setup, value: [49])))
            return cluster
        }
        var cluster = try waiting()
        #expect(cluster.notices.map(\.text) == ["setup is done; waiting for 1 more worker"] && cluster.state.phase == .waiting)
        cluster.tell("a", MasterHarness.delta(1, requests: 1))
        #expect(cluster.hasSent(.acknowledge(delta: 1), to: "a") && cluster.state.result.total().requests == 1)
        var interrupted = cluster
        interrupted.event(.interrupted)
        #expect(interrupted.sent.contains { if case .stop = $0.message { true } else { false } })
        interrupted.tell("a", .stopped)
        #expect(interrupted.hasSent(.once(.teardown), to: "a") && interrupted.state.ending == .interrupted)
        for _ in 0..<240 where cluster.state.phase == .waiting { cluster.advance(by: 250_000_000, hearing: ["a"]) }
        guard case .notStarted(let words)? = cluster.state.ending else {
            Issue.record("\(String(describing: cluster.state.ending))")
            return
        }
        cluster.tell("a", .stopped)
        #expect(words.contains("1 of 2 expected workers") && cluster.hasSent(.once(.teardown), to: "a"))
    }

    @Test func stopRunInSetupStartsNobody() throws {
        var cluster = try Self.cluster()
        cluster.join("a")
        cluster.join("b")
        cluster.tell("a", .endWanted(EndWish(reason: "shop is closed", userClass: "C0", isBreach: false)))
        #expect(cluster.sent.isEmpty && cluster.state.phase == .setup)
        cluster.tell("a", .onceDone(OnceAnswer(step: .setup, value: [])))
        let words = "stop_run in setup on worker a: shop is closed"
        #expect(cluster.state.ending == .ended(words) && cluster.notices.map(\.text) == [words])
        #expect(cluster.targets.isEmpty && cluster.state.startedAt == nil)
        Self.stopped(&cluster)
        #expect(cluster.hasSent(.once(.teardown), to: "a"))
    }

    @Test func aBreachInSetupOrTeardownIsAFailureOfItsOwn() throws {
        let breach = WorkerMessage.endWanted(EndWish(reason: "over 256 MiB", userClass: "C0", isBreach: true))
        let words = "user class \"C0\" on worker a: over 256 MiB"
        var setup = try Self.cluster()
        setup.join("a")
        setup.join("b")
        setup.tell("a", breach)
        #expect(setup.state.ending == .notStarted("setup did not come to its end: \(words)"))
        var teardown = try Self.started()
        teardown.advance(by: 5 * Self.second, hearing: ["a", "b"])
        Self.stopped(&teardown)
        teardown.tell("a", breach)
        #expect(teardown.state.ending == .failed(words) && teardown.notices.isEmpty)
        teardown.tell("a", .onceDone(OnceAnswer(step: .teardown, failure: "it was broken off: over 256 MiB")))
        #expect(teardown.notices.map(\.text) == ["teardown did not come to its end: it was broken off: over 256 MiB (on worker a)"])
    }

    @Test func whatRunsOnceGetsRowsToo() throws {
        let request = WorkerMessage.rowRequest(RowRequest(source: 0, number: 1, count: 1))
        let block = MasterMessage.rows(RowBlock(source: 0, number: 1, rows: 0..<1, isExhausted: false))
        var cluster = try MasterHarness(users: 4, rate: 100, runTime: 5 * Self.second) {
            $0.hasSetup = true
            $0.hasTeardown = true
            $0.dataSources = [DataSource(file: "a.csv", rows: 100)]
        }
        cluster.join("a")
        cluster.tell("a", request)
        #expect(cluster.state.phase == .setup && cluster.hasSent(block, to: "a"))
        cluster.tell("a", .onceDone(OnceAnswer(step: .setup, value: [49])))
        cluster.event(.interrupted)
        cluster.tell("a", .stopped)
        cluster.tell("a", .rowRequest(RowRequest(source: 0, number: 2, count: 1)))
        #expect(cluster.state.phase == .teardown && cluster.sent.contains { if case .rows = $0.message { true } else { false } })
    }

    @Test func aRunThatIsTakenUpLateLastedNoLongerThanItsTime() throws {
        let resumption = Resumption(
            startedAt: Self.second - 9 * Self.second, result: .init(), lastDeltas: [:],
            course: UserCourse(Ramp(from: 0, to: 4, ratePerSecond: 100)))
        let cluster = try MasterHarness(users: 4, rate: 100, runTime: 4 * Self.second, resuming: resumption)
        #expect(cluster.state.elapsed(now: cluster.now) == 4 * Self.second)
    }

    @Test func aMasterThatTakesTheRunUpRunsNoSetup() throws {
        var resumption = Resumption(
            startedAt: Self.second, result: .init(), lastDeltas: [:], course: UserCourse(Ramp(from: 0, to: 4, ratePerSecond: 100)))
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
