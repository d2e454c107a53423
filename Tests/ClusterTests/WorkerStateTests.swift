import LoadEngine
import LoadModel
import Statistics
import Testing
import Wire

@testable import Cluster

struct WorkerStateTests {
    private static let second: Int64 = 1_000_000_000
    private static let lease = MasterSettings.lease

    /// A worker with all that it did, in virtual time.
    private struct Harness {
        var state: WorkerState
        var now: Int64 = second
        var readings = WorkerReadings()
        private(set) var done: [WorkerAction] = []
        let threads: Int
        let classes: [String]

        init(threads: Int = 2, classes: [String] = ["A"], settings: WorkerSettings = WorkerSettings()) {
            self.threads = threads
            self.classes = classes
            let identity = WorkerHello(
                version: "0.1.0", protocolVersion: Protocol.version, session: 1, host: "h", processIdentifier: 1, cores: 1, descriptors: 1,
                memoryBytes: 1)
            state = WorkerState(identity: identity, settings: settings, now: now)
        }

        mutating func event(_ event: WorkerEvent) { done = state.event(event, now: now) }
        mutating func hear(_ message: MasterMessage) { event(.message(message)) }
        mutating func tick() { event(.tick(readings)) }

        mutating func welcome(run: UInt64 = 5, acknowledged: Int = 0) {
            hear(
                .welcome(
                    Welcome(
                        index: 0, version: "0.1.0", protocolVersion: Protocol.version, run: run, planHash: SamplePlan.hash([1]),
                        planSize: 1,
                        acknowledged: acknowledged, leaseNanoseconds: lease)))
        }

        /// From the first hello to running engine threads.
        mutating func start() {
            event(.connected)
            welcome()
            beginRun()
        }

        /// From the plan to running engine threads.
        mutating func beginRun() {
            hear(.planChunk(PlanChunk(offset: 0, bytes: [1])))
            event(
                .enginesStarted(
                    EngineCrew(
                        threads: threads, classes: classes, graceNanoseconds: 7, connections: 100, capacity: 50, limit: "x")))
        }

        mutating func targets(
            _ counts: [Int], version: Int64, epoch: Int = 0, firstDueIn: Int64 = 0, interval: Int64 = 10, elapsed: Int64 = 0,
            connectRate: Double? = nil
        ) {
            hear(
                .targets(
                    UserTargets(
                        version: version, epoch: epoch, counts: zip(classes, counts).map { ClassCount($0, $1) }, firstDueIn: firstDueIn,
                        intervalNanoseconds: interval, runElapsedNanoseconds: elapsed, connectRate: connectRate)))
        }

        /// The rates of connections that engine threads were just told, by thread.
        var connectRates: [Int: Double?] {
            Dictionary(
                done.compactMap { if case .order(let thread, .connectRate(let rate)) = $0 { (thread, rate) } else { nil } },
                uniquingKeysWith: { $1 })
        }

        /// Lets time pass; whatever is done meanwhile is kept. With `isAnswered` the master answers each heartbeat at once.
        mutating func advance(by nanoseconds: Int64, isAnswered: Bool = true) {
            let end = now + nanoseconds
            var all: [WorkerAction] = []
            while state.nextDeadline <= end {
                now = max(now, state.nextDeadline)
                tick()
                all += done
                for case .send(.heartbeat(let heartbeat)) in done where isAnswered {
                    hear(.heartbeat(HeartbeatReply(sequence: heartbeat.sequence, run: heartbeat.run == 0 ? 5 : heartbeat.run)))
                    all += done
                }
            }
            now = end
            done = all
        }

        mutating func report(_ thread: Int, users: Int = 0, isStopped: Bool = false, issued: Int64 = 0, fault: String? = nil) {
            var snapshot = IntervalSnapshot()
            snapshot.issued = issued
            event(
                .report(
                    EngineReport(
                        thread: thread, snapshot: snapshot, users: users, openConnections: 0, lag: LoopLag(), isStopped: isStopped,
                        fault: fault)))
        }

        var sent: [WorkerMessage] { done.compactMap { if case .send(let message) = $0 { message } else { nil } } }
        var orders: [(thread: Int, command: EngineCommand)] {
            done.compactMap { if case .order(let thread, let command) = $0 { (thread, command) } else { nil } }
        }
        var spawns: [SpawnOrder] { orders.compactMap { if case .spawn(let order) = $0.command { order } else { nil } } }
        var deltas: [WorkerDelta] { sent.compactMap { if case .delta(let delta) = $0 { delta } else { nil } } }
        var heartbeats: [Heartbeat] { sent.compactMap { if case .heartbeat(let heartbeat) = $0 { heartbeat } else { nil } } }
        var lastAnnounced: Int64? { heartbeats.last?.issued }
        var end: WorkerEnd? { done.compactMap { if case .end(let end) = $0 { end } else { nil } }.first }
        var leases: [Int64] { done.compactMap { if case .lease(let until, _) = $0 { until } else { nil } } }
        var hasHello: Bool { sent.contains { if case .hello = $0 { true } else { false } } }
        func asks(_ isWanted: (EngineCommand) -> Bool) -> Int { orders.count { isWanted($0.command) } }
    }

    // MARK: - Joining

    @Test func engineThreadsShareTheRateOfConnections() {
        var worker = Harness(threads: 2)
        worker.start()
        worker.targets([4], version: 1, connectRate: 50)
        #expect(worker.connectRates == [0: 25, 1: 25])
        // Told once, until it is another one.
        worker.targets([5], version: 2, connectRate: 50)
        #expect(worker.connectRates.isEmpty)
        worker.targets([5], version: 3, connectRate: 20)
        #expect(worker.connectRates == [0: 10, 1: 10])
    }

    @Test func theThreadsOfAnotherRunAreToldTheRateOfConnectionsToo() {
        var worker = Harness(threads: 1)
        worker.start()
        worker.targets([0], version: 1, connectRate: 50)
        #expect(worker.connectRates == [0: 50])
        // Its users go first.
        worker.welcome(run: 6)
        worker.report(0)
        worker.welcome(run: 6)
        worker.beginRun()
        worker.targets([4], version: 2, epoch: worker.state.epoch, connectRate: 50)
        #expect(worker.connectRates == [0: 50])
    }

    @Test func saysHelloUntilItIsWelcome() {
        var worker = Harness()
        worker.event(.connected)
        #expect(worker.hasHello)
        worker.advance(by: 2 * Self.second)
        #expect(worker.sent.count == 4 && worker.hasHello)
        worker.welcome()
        #expect(worker.sent == [.planRequest(offset: 0)])
        worker.advance(by: Self.second)
        #expect(worker.sent.contains(.planRequest(offset: 0)) && !worker.hasHello && worker.heartbeats.count == 4)
    }

    @Test func startsItsEnginesWithTheWholePlanAndSaysWhatItCarries() {
        var worker = Harness()
        worker.start()
        #expect(worker.sent == [.ready(WorkerReady(planHash: SamplePlan.hash([1]), capacity: 50, limit: "x", threads: 2))])
        // A master that asks again hears it again.
        worker.welcome()
        #expect(worker.sent.count == 1)
    }

    @Test func aDamagedPlanIsNotRun() {
        var worker = Harness()
        worker.event(.connected)
        worker.welcome()
        worker.hear(.planChunk(PlanChunk(offset: 0, bytes: [2])))
        #expect(worker.end == .failed("the plan arrived damaged"))
    }

    @Test func aRefusalEndsIt() {
        var worker = Harness()
        worker.event(.connected)
        worker.hear(.quit(reason: "no"))
        #expect(worker.end == .refused("no"))
    }

    @Test func oneThatIsKeptWaitingAsksOnAndSaysSoOnce() {
        var worker = Harness()
        worker.event(.connected)
        worker.hear(.wait(reason: "another one has the place"))
        let words = worker.done.compactMap { if case .say(let notice) = $0 { notice.text } else { nil } }
        #expect(words == ["not let in yet: another one has the place"])
        worker.hear(.wait(reason: "another one has the place"))
        #expect(worker.done.isEmpty)
        // It is no time without a master.
        for _ in 0..<200 {
            worker.advance(by: Self.second / 2)
            worker.hear(.wait(reason: "another one has the place"))
        }
        #expect(worker.state.phase == .seeking)
        worker.welcome()
        #expect(worker.state.phase == .fetching)
    }

    @Test func oneThatComesAfterTheEndHasNothingToDo() {
        var worker = Harness()
        worker.event(.connected)
        worker.hear(.quit(reason: nil))
        #expect(worker.end == .nothingToDo)
    }

    // MARK: - Users

    @Test func takesEachOrderOnce() {
        var worker = Harness()
        worker.start()
        worker.targets([4], version: 10, firstDueIn: 100)
        #expect(worker.spawns.map(\.userClasses.count) == [2, 2] && worker.spawns.map(\.firstDue).min() == worker.now + 100)
        worker.targets([4], version: 10)
        #expect(worker.done.isEmpty)
        worker.targets([9], version: 9)
        #expect(worker.done.isEmpty)
        worker.targets([9], version: 11, epoch: 1)
        #expect(worker.done.isEmpty)
        worker.targets([1], version: 11)
        #expect(worker.asks { if case .retire = $0 { true } else { false } } == 2 && worker.spawns.isEmpty)
    }

    @Test func anOrderShowsWhenItsLeavingsAreDue() {
        var worker = Harness(threads: 1)
        worker.start()
        worker.targets([4], version: 10, interval: 300_000_000)
        worker.readings.users = [1]
        worker.advance(by: 250_000_000)
        #expect(worker.heartbeats.map(\.targetsVersion) == [10] && worker.heartbeats.map(\.activity) == [.spawning])
        // Two are to leave while three are still to come: until all of these are due there may be more than is said.
        worker.targets([2], version: 11, interval: 100_000_000)
        worker.readings.users = [2]
        worker.advance(by: 500_000_000)
        #expect(worker.heartbeats.map(\.targetsVersion) == [10, 10])
        worker.advance(by: 500_000_000)
        #expect(worker.heartbeats.last?.targetsVersion == 11 && worker.heartbeats.last?.activity == .running)
    }

    @Test func aWorkerTellsWhenTheRunBeganAndWhatItsClockIsWorth() throws {
        var worker = Harness()
        worker.start()
        worker.advance(by: Self.second / 2, isAnswered: false)
        #expect(worker.heartbeats.last?.clock == nil)
        worker.targets([1], version: 10, elapsed: 300_000_000)
        let began = worker.now - 300_000_000
        worker.advance(by: 250_000_000, isAnswered: false)
        let sequence = try #require(worker.heartbeats.last?.sequence)
        let sentAt = worker.now
        // Half of the time lies before the answer, and the master's clock is 5 s behind.
        worker.now += 2_000_000
        worker.hear(.heartbeat(HeartbeatReply(sequence: sequence, run: 5, clockNanoseconds: sentAt + 1_000_000 - 5 * Self.second)))
        worker.advance(by: 250_000_000, isAnswered: false)
        let clock = try #require(worker.heartbeats.last?.clock)
        #expect(clock.beganNanoseconds == began && clock.offsetNanoseconds == -5 * Self.second)
        #expect(clock.uncertaintyNanoseconds == 1_000_000 + (sentAt + 2_000_000 - began) / 10_000)
        // Whoever answers over another connection may be another master.
        worker.event(.connected)
        worker.advance(by: 250_000_000, isAnswered: false)
        #expect(worker.heartbeats.last?.clock == nil)
    }

    @Test func healthGoesWithHeartbeats() {
        var worker = Harness()
        worker.start()
        #expect(!worker.state.hasLoad)
        worker.targets([1], version: 10)
        #expect(worker.state.hasLoad && worker.state.longestPause == MasterSettings.lease)
        var health = WorkerHealth()
        health.pausedNanoseconds = 7
        worker.readings.health = health
        worker.advance(by: 250_000_000)
        #expect(worker.heartbeats.last?.health == health)
        // The engine threads have gone, and the watch with them.
        worker.readings.health = nil
        worker.advance(by: 250_000_000)
        #expect(worker.heartbeats.last?.health == health)
    }

    @Test func intervalsEndOnWholeSecondsOfTheRun() {
        var worker = Harness()
        worker.start()
        worker.targets([1], version: 10, elapsed: 300_000_000)
        worker.advance(by: 699_999_999)
        #expect(worker.asks { if case .report = $0 { true } else { false } } == 0)
        worker.advance(by: 1)
        #expect(worker.asks { if case .report = $0 { true } else { false } } == 2)
    }

    // MARK: - The lease

    @Test func withoutTheMastersWordAllUsersAreDropped() {
        var worker = Harness()
        worker.start()
        worker.targets([4], version: 10)
        worker.readings.users = [4]
        worker.advance(by: Self.second)
        let expiry = worker.state.lease.expiry
        worker.advance(by: expiry - worker.now - 1, isAnswered: false)
        #expect(worker.asks { if case .release = $0 { true } else { false } } == 0)
        worker.advance(by: 1, isAnswered: false)
        #expect(worker.asks { if case .release = $0 { true } else { false } } == 2)
        worker.readings.users = [0]
        // The old order is void, and a new one waits until every thread has said that its users are gone.
        worker.targets([4], version: 10)
        worker.targets([4], version: 11, epoch: 1)
        #expect(worker.done.isEmpty)
        worker.advance(by: 250_000_000)
        let heartbeat = worker.heartbeats.last
        #expect(heartbeat?.targetsVersion == 0 && heartbeat?.epoch == 1 && worker.leases.isEmpty)
        // Each still had a report to make from before.
        for thread in [0, 1, 0] { worker.report(thread) }
        #expect(worker.leases.isEmpty)
        worker.report(1)
        #expect(worker.leases.count == 1)
        worker.targets([4], version: 11, epoch: 1)
        #expect(worker.spawns.count == 2)
    }

    @Test func aStoppedProcessLosesItsUsersButNotItsPatience() {
        var worker = Harness()
        worker.start()
        worker.targets([4], version: 10)
        worker.advance(by: Self.second)
        worker.now += 100 * Self.second
        worker.targets([9], version: 11)
        #expect(worker.asks { if case .release = $0 { true } else { false } } == 2 && worker.spawns.isEmpty)
        worker.tick()
        #expect(worker.end == nil)
    }

    @Test func looksForASilentMasterAndGivesUpAfterAMinute() {
        var worker = Harness()
        worker.start()
        worker.advance(by: 3 * Self.second, isAnswered: false)
        #expect(worker.done.contains { if case .reconnect = $0 { true } else { false } } && worker.hasHello)
        worker.advance(by: 56 * Self.second, isAnswered: false)
        #expect(worker.end == nil)
        worker.advance(by: Self.second, isAnswered: false)
        #expect(worker.end == .noMaster)
    }

    // MARK: - Figures

    @Test func foldsAllThreadsIntoOneNumberedDelta() {
        var worker = Harness()
        worker.start()
        worker.targets([5], version: 10)
        for round in 1...3 {
            worker.advance(by: WorkerState.intervalNanoseconds)
            worker.report(0, users: 3, issued: 5)
            #expect(worker.deltas.isEmpty)
            worker.report(1, users: 2, issued: 7)
            let delta = worker.deltas.first
            #expect(delta?.number == round && delta?.users == 5 && delta?.snapshot.issued == 12)
            worker.hear(.acknowledge(delta: round))
        }
    }

    @Test func aThreadThatDoesNotAnswerIsNotWaitedFor() {
        var worker = Harness()
        worker.start()
        worker.targets([5], version: 10)
        worker.advance(by: Self.second)
        worker.report(0, users: 3, issued: 5)
        worker.advance(by: Self.second)
        #expect(worker.deltas.map(\.snapshot.issued) == [5])
        #expect(worker.asks { if case .report = $0 { true } else { false } } == 1)
    }

    @Test func whatWasNotAcknowledgedComesAgain() {
        var worker = Harness(threads: 1)
        worker.start()
        worker.targets([1], version: 10)
        worker.advance(by: Self.second)
        worker.report(0, users: 1, issued: 5)
        #expect(worker.deltas.map(\.number) == [1])
        worker.advance(by: Self.second)
        #expect(worker.deltas.map(\.number) == [1] && worker.deltas.first?.snapshot.issued == 5)
        // A new connection gets it at once; a welcome that says that the master has it does as well as an acknowledgement.
        worker.event(.connected)
        worker.tick()
        #expect(worker.deltas.map(\.number) == [1])
        worker.welcome(acknowledged: 1)
        #expect(worker.state.outbox.isEmpty)
    }

    @Test func whatWasIssuedStaysIssuedWhenTheThreadsHaveEnded() {
        var worker = Harness(threads: 1)
        worker.start()
        worker.readings.issued = 9
        worker.tick()
        worker.readings.issued = 0
        worker.advance(by: 250_000_000)
        #expect(worker.heartbeats.last?.issued == 9)
    }

    // MARK: - The end

    @Test func deliversTheLastIntervalBeforeItSaysStopped() {
        var worker = Harness()
        worker.start()
        worker.targets([2], version: 10)
        worker.hear(.stop(StopOrder(graceNanoseconds: 7)))
        #expect(worker.asks { if case .stop(7) = $0 { true } else { false } } == 2)
        worker.hear(.stop(StopOrder(graceNanoseconds: 7)))
        #expect(worker.done.isEmpty)
        worker.targets([9], version: 11)
        #expect(worker.done.isEmpty)
        // One thread stops during an interval's collection, the other is still busy.
        worker.advance(by: Self.second)
        worker.report(0, isStopped: true, issued: 1)
        #expect(worker.deltas.isEmpty)
        worker.report(1, users: 1, issued: 1)
        worker.report(1, isStopped: true, issued: 1)
        let first = worker.deltas.map(\.snapshot.issued).reduce(0, +)
        #expect(!worker.sent.contains(.stopped))
        worker.hear(.acknowledge(delta: 1))
        let second = worker.deltas.map(\.snapshot.issued).reduce(0, +)
        worker.hear(.acknowledge(delta: 2))
        #expect(worker.sent.last == .stopped && worker.lastAnnounced == 3 || first + second == 3)
        #expect(worker.state.phase == .stopped && worker.state.outbox.isEmpty)
        worker.advance(by: 250_000_000)
        #expect(worker.sent.contains(.stopped))
        worker.hear(.quit(reason: nil))
        #expect(worker.sent == [.quit] && worker.end == .runOver)
    }

    /// It was away while the master ended the run.
    @Test func figuresThatComeTooLateAreNotCalledDelivered() {
        var worker = Harness()
        worker.start()
        worker.targets([9], version: 11)
        worker.advance(by: Self.second)
        worker.report(0, users: 1, issued: 3)
        worker.report(1, users: 1, issued: 2)
        worker.hear(.quit(reason: nil))
        #expect(worker.sent.last == .quit && worker.end == .tooLate(requests: 5))
    }

    @Test func anImmediateStopCutsOff() {
        var worker = Harness()
        worker.start()
        worker.hear(.stop(StopOrder(graceNanoseconds: 7)))
        worker.hear(.stop(StopOrder(graceNanoseconds: 7, isImmediate: true)))
        #expect(worker.asks { if case .cutOff = $0 { true } else { false } } == 2)
    }

    @Test func aThreadThatCannotGoOnStillDeliversItsFigures() {
        var worker = Harness()
        worker.start()
        worker.targets([2], version: 10)
        worker.report(0, users: 1, issued: 4, fault: "no memory")
        // The others' requests are cut off, and counted.
        #expect(worker.asks { if case .cutOff = $0 { true } else { false } } == 2 && worker.end == nil)
        #expect(worker.deltas.map(\.snapshot.issued) == [4])
        worker.report(0, isStopped: true, fault: "no memory")
        #expect(worker.done.isEmpty)
        worker.report(1, isStopped: true, issued: 3)
        worker.hear(.acknowledge(delta: 1))
        #expect(worker.deltas.map(\.snapshot.issued) == [3] && worker.end == nil)
        worker.hear(.acknowledge(delta: 2))
        #expect(worker.lastAnnounced == 7 && worker.sent.last == .failed("no memory") && worker.end == .failed("no memory"))
    }

    @Test func aTerminatedWorkerDeliversAndLeaves() {
        var worker = Harness(threads: 1)
        worker.start()
        worker.targets([2], version: 10)
        worker.event(.terminated)
        #expect(worker.asks { if case .stop(0) = $0 { true } else { false } } == 1)
        worker.report(0, isStopped: true, issued: 4)
        worker.hear(.acknowledge(delta: 1))
        #expect(worker.lastAnnounced == 4 && worker.sent.last == .quit && worker.end == .terminated)
    }

    @Test func aTerminatedWorkerDoesNotWaitForEver() {
        var worker = Harness(threads: 1)
        worker.start()
        worker.event(.terminated)
        worker.advance(by: WorkerState.departureNanoseconds)
        #expect(worker.end == .terminated)
        var hurried = Harness(threads: 1)
        hurried.start()
        hurried.event(.terminated)
        hurried.event(.terminated)
        #expect(hurried.end == .terminated)
    }

    // MARK: - Another master

    @Test func aMasterWithoutMemoryBeginsAnew() {
        var worker = Harness(threads: 1)
        worker.start()
        worker.targets([2], version: 10)
        worker.readings.issued = 9
        worker.tick()
        worker.hear(.heartbeat(HeartbeatReply(sequence: 0, run: 6)))
        let hello = worker.sent.compactMap { if case .hello(let hello) = $0 { hello } else { nil } }.first
        #expect(hello?.run == RunStanding(run: 5, planHash: SamplePlan.hash([1]), acknowledged: 0, issued: 9, delivered: 0))
        worker.welcome(run: 6)
        // Its users go first.
        #expect(worker.asks { if case .release = $0 { true } else { false } } == 1)
        #expect(!worker.done.contains { if case .endEngines = $0 { true } else { false } })
        worker.report(0, issued: 11)
        let again = worker.sent.compactMap { if case .hello(let hello) = $0 { hello } else { nil } }.first
        #expect(again?.run?.issued == 11 && worker.leases.isEmpty)
        worker.welcome(run: 6)
        let notices = worker.done.compactMap { if case .say(let notice) = $0 { notice.text } else { nil } }
        #expect(
            notices == [
                "the master began a new run; 11 requests of the old one were not delivered", "found the master, taking part in its run",
            ])
        #expect(worker.done.contains { if case .endEngines = $0 { true } else { false } } && worker.sent == [.planRequest(offset: 0)])
    }

    @Test func aThreadThatDoesNotLetItsUsersGoEndsTheWorker() {
        var worker = Harness(threads: 2)
        worker.start()
        worker.targets([2], version: 10)
        worker.welcome(run: 6)
        worker.report(0)
        worker.welcome(run: 6)
        #expect(!worker.done.contains { if case .endEngines = $0 { true } else { false } })
        for _ in 0..<9 {
            worker.advance(by: Self.second)
            #expect(worker.end == nil)
            // The other master answers.
            worker.hear(.heartbeat(HeartbeatReply(sequence: 1000, run: 6)))
        }
        worker.advance(by: 2 * Self.second)
        guard case .failed(let reason) = worker.end else { return #expect(worker.end != nil) }
        #expect(reason.contains("does not end") && !worker.state.areThreadsIdle)
    }

    @Test func aWorkerWithoutUsersTurnsAtOnce() {
        var worker = Harness(threads: 1)
        worker.start()
        worker.welcome(run: 6)
        #expect(worker.done.contains { if case .endEngines = $0 { true } else { false } } && worker.sent == [.planRequest(offset: 0)])
    }

    @Test func aWorkerThatIsLeavingDoesNotBeginAnew() {
        var worker = Harness(threads: 1)
        worker.start()
        worker.targets([2], version: 10)
        worker.event(.terminated)
        worker.welcome(run: 6)
        #expect(worker.end == .terminated)
    }

    @Test func aStoppedWorkerTellsAMasterThatTookTheRunUp() {
        var worker = Harness(threads: 1)
        worker.start()
        worker.hear(.stop(StopOrder(graceNanoseconds: 0)))
        worker.report(0, isStopped: true)
        #expect(worker.state.phase == .stopped)
        worker.event(.connected)
        worker.welcome()
        #expect(worker.sent.contains { if case .ready = $0 { true } else { false } })
    }

    /// Who waits for last figures only a moment gets what was measured by then, whatever is still under way.
    @Test func afterAStopWhatWasMeasuredIsDeliveredSoon() {
        for soon in [nil, Self.second / 5] {
            var settings = WorkerSettings()
            settings.reportAfterStopNanoseconds = soon
            var worker = Harness(settings: settings)
            worker.start()
            worker.targets([4], version: 1)
            worker.advance(by: Self.second / 10)
            worker.hear(.stop(StopOrder(graceNanoseconds: 5 * Self.second)))
            #expect(worker.asks { if case .report = $0 { true } else { false } } == 0)
            worker.advance(by: Self.second / 5)
            #expect(worker.asks { if case .report = $0 { true } else { false } } == (soon == nil ? 0 : 2))
        }
    }
}
