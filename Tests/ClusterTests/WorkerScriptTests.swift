import LoadEngine
import LoadModel
import Statistics
import Testing
import Wire

@testable import Cluster

/// What a worker does for a script beside its users.
struct WorkerScriptTests {
    private static let second: Int64 = 1_000_000_000

    private struct Harness {
        var state: WorkerState
        var now: Int64 = second
        var readings = WorkerReadings()
        private(set) var done: [WorkerAction] = []

        init(threads: Int = 2, hasSetup: Bool = true, hasTeardown: Bool = true) {
            let identity = WorkerHello(
                version: "0.1.0", protocolVersion: Protocol.version, session: 1, host: "h", processIdentifier: 1, cores: 1, descriptors: 1,
                memoryBytes: 1)
            state = WorkerState(identity: identity, now: now)
            event(.connected)
            hear(
                .welcome(
                    Welcome(
                        index: 0, version: "0.1.0", protocolVersion: Protocol.version, run: 5, planHash: SamplePlan.hash([1]), planSize: 1,
                        acknowledged: 0, leaseNanoseconds: MasterSettings.lease)))
            hear(.planChunk(PlanChunk(offset: 0, bytes: [1])))
            var crew = EngineCrew(threads: threads, classes: ["A"], graceNanoseconds: 7, connections: 100, capacity: 50, limit: "x")
            crew.dataSources = 1
            crew.needsSharedValue = hasSetup
            crew.hasTeardown = hasTeardown
            event(.enginesStarted(crew))
        }

        mutating func event(_ event: WorkerEvent) { done = state.event(event, now: now) }
        mutating func hear(_ message: MasterMessage) { event(.message(message)) }

        mutating func targets(_ count: Int, version: Int64) {
            hear(.targets(UserTargets(version: version, epoch: 0, counts: [ClassCount("A", count)], firstDueIn: 0, intervalNanoseconds: 1)))
        }

        mutating func advance(by nanoseconds: Int64) {
            let end = now + nanoseconds
            var all: [WorkerAction] = []
            while state.nextDeadline <= end {
                now = max(now, state.nextDeadline)
                event(.tick(readings))
                all += done
                for case .send(.heartbeat(let heartbeat)) in done {
                    hear(.heartbeat(HeartbeatReply(sequence: heartbeat.sequence, run: 5)))
                    all += done
                }
            }
            now = end
            done = all
        }

        mutating func report(_ thread: Int, isStopped: Bool = false, issued: Int64 = 0) {
            var snapshot = IntervalSnapshot()
            snapshot.issued = issued
            event(
                .report(
                    EngineReport(thread: thread, snapshot: snapshot, users: 0, openConnections: 0, lag: LoopLag(), isStopped: isStopped)))
        }

        /// All users have ended and all is delivered.
        mutating func stop() {
            hear(.stop(StopOrder(graceNanoseconds: 0)))
            for thread in 0..<2 { report(thread, isStopped: true) }
        }

        var sent: [WorkerMessage] { done.compactMap { if case .send(let message) = $0 { message } else { nil } } }
        var commands: [(thread: Int, command: EngineCommand)] {
            done.compactMap { if case .order(let thread, let command) = $0 { (thread, command) } else { nil } }
        }
        var onces: [UserStep] { commands.compactMap { if case .runOnce(let step) = $0.command { step } else { nil } } }
        var end: WorkerEnd? { done.compactMap { if case .end(let end) = $0 { end } else { nil } }.first }
        var grants: [RowGrant] { commands.compactMap { if case .rows(let grant) = $0.command { grant } else { nil } } }
        func has(_ command: (EngineCommand) -> Bool) -> Int { commands.count { command($0.command) } }
    }

    @Test func setupIsRunOnceAndAnsweredAsOftenAsItIsAskedFor() {
        var worker = Harness()
        worker.hear(.once(.setup))
        #expect(worker.onces == [.setup] && worker.commands.first?.thread == 0)
        worker.hear(.once(.setup))
        #expect(worker.done.isEmpty)
        worker.event(.engine(.onceEnded(thread: 0, .done(value: [49]))))
        let answer = WorkerMessage.onceDone(OnceAnswer(step: .setup, value: [49]))
        #expect(worker.sent == [answer])
        worker.hear(.once(.setup))
        #expect(worker.sent == [answer] && worker.onces.isEmpty)
    }

    @Test func aFailureOfSetupHasItsPlaceAndIsCounted() {
        var worker = Harness(threads: 1)
        worker.hear(.once(.setup))
        worker.event(.engine(.onceEnded(thread: 0, .failed(ScriptException(place: "shop.lua:3", message: "boom")))))
        #expect(worker.sent == [.onceDone(OnceAnswer(step: .setup, failure: "shop.lua:3: boom"))])
        #expect(worker.state.snapshot.exceptions.map(\.example.place) == ["shop.lua:3"])
    }

    @Test func aValueThatIsTooLargeIsAFailure() {
        var worker = Harness()
        worker.hear(.once(.setup))
        worker.event(.engine(.onceEnded(thread: 0, .done(value: [UInt8](repeating: 49, count: (1 << 20) + 1)))))
        guard case .onceDone(let answer)? = worker.sent.first else {
            Issue.record("no answer")
            return
        }
        #expect(answer.value.isEmpty && answer.failure?.contains("1048577 bytes") == true)
    }

    @Test func noUsersComeBeforeTheValue() {
        var worker = Harness()
        worker.targets(4, version: 10)
        #expect(worker.done.isEmpty)
        worker.hear(.share([49]))
        #expect(worker.has { if case .share([49]) = $0 { true } else { false } } == 2)
        worker.hear(.share([50]))
        #expect(worker.done.isEmpty)
        worker.targets(4, version: 10)
        #expect(worker.has { if case .spawn = $0 { true } else { false } } == 2)
        worker.advance(by: 250_000_000)
        #expect(worker.sent.contains { if case .heartbeat(let heartbeat) = $0 { heartbeat.hasSharedValue } else { false } })
    }

    @Test func teardownRunsAfterAllHasBeenDeliveredAndItsFiguresComeBeforeTheAnswer() {
        var worker = Harness()
        worker.hear(.once(.teardown))
        #expect(worker.done.isEmpty)
        worker.stop()
        // The engine threads are needed once more.
        #expect(worker.state.phase == .stopped && !worker.done.contains { if case .endEngines = $0 { true } else { false } })
        worker.hear(.once(.teardown))
        #expect(worker.onces == [.teardown] && !worker.state.areThreadsIdle)
        worker.report(0, isStopped: true, issued: 2)
        worker.event(.engine(.onceEnded(thread: 0, .done(value: []))))
        #expect(!worker.sent.contains { if case .onceDone = $0 { true } else { false } })
        #expect(worker.sent.contains { if case .delta(let delta) = $0 { delta.snapshot.issued == 2 } else { false } })
        worker.hear(.acknowledge(delta: 1))
        #expect(worker.sent.last == .onceDone(OnceAnswer(step: .teardown)) && worker.state.areThreadsIdle)
        worker.hear(.once(.teardown))
        #expect(worker.sent == [.onceDone(OnceAnswer(step: .teardown))])
        worker.hear(.quit(reason: nil))
        #expect(worker.done.contains { if case .endEngines = $0 { true } else { false } })
    }

    @Test func teardownHasAMinute() {
        var worker = Harness()
        worker.stop()
        worker.hear(.once(.teardown))
        worker.advance(by: 59 * Self.second)
        #expect(worker.has { if case .cutOff = $0 { true } else { false } } == 0)
        worker.advance(by: 2 * Self.second)
        #expect(worker.has { if case .cutOff = $0 { true } else { false } } == 1)
        worker.event(.engine(.onceEnded(thread: 0, .cutOff)))
        #expect(worker.sent.last == .onceDone(OnceAnswer(step: .teardown, failure: "it was broken off after 60 s")))
    }

    @Test func aTeardownThatIsBrokenOffIsDeliveredBeforeTheEnd() {
        var worker = Harness()
        worker.stop()
        worker.hear(.once(.teardown))
        worker.event(.terminated)
        #expect(worker.has { if case .cutOff = $0 { true } else { false } } == 1 && worker.sent.isEmpty)
        worker.report(0, isStopped: true, issued: 2)
        worker.event(.engine(.onceEnded(thread: 0, .cutOff)))
        #expect(worker.sent.contains { if case .delta(let delta) = $0 { delta.snapshot.issued == 2 } else { false } })
        #expect(worker.end == nil)
        worker.hear(.acknowledge(delta: 1))
        let failure = "it was broken off, for its worker was told to end"
        #expect(worker.sent.suffix(2) == [.onceDone(OnceAnswer(step: .teardown, failure: failure)), .quit] && worker.end == .terminated)
        // A master whose people are in a hurry has it broken off too.
        var hurried = Harness()
        hurried.stop()
        hurried.hear(.once(.teardown))
        hurried.hear(.stop(StopOrder(graceNanoseconds: 0)))
        #expect(hurried.has { if case .cutOff = $0 { true } else { false } } == 0)
        hurried.hear(.stop(StopOrder(graceNanoseconds: 0, isImmediate: true)))
        #expect(hurried.has { if case .cutOff = $0 { true } else { false } } == 1)
    }

    @Test func aWorkerThatIsToldToEndInSetupSaysSoAndEndsAsTold() {
        var worker = Harness()
        worker.hear(.once(.setup))
        worker.event(.terminated)
        worker.event(.engine(.onceEnded(thread: 0, .cutOff)))
        #expect(worker.sent == [.onceDone(OnceAnswer(step: .setup, failure: "it was broken off, for its worker was told to end"))])
        worker.hear(.quit(reason: "the run was not started"))
        #expect(worker.end == .terminated)
    }

    @Test func aLeaseThatLapsesInSetupIsTheReason() {
        var worker = Harness()
        worker.hear(.once(.setup))
        worker.now += MasterSettings.lease
        worker.event(.engine(.onceEnded(thread: 0, .cutOff)))
        let failure = "it was broken off, for its worker had no word from the master for 4 s"
        #expect(worker.sent.last == .onceDone(OnceAnswer(step: .setup, failure: failure)))
    }

    @Test func whatRunsOnceAsksForRows() {
        var worker = Harness()
        worker.stop()
        worker.hear(.once(.teardown))
        worker.event(.engine(.rowsWanted(thread: 0, source: 0, count: 1)))
        let request = WorkerMessage.rowRequest(RowRequest(source: 0, number: 1, count: 1))
        #expect(worker.sent == [request])
        worker.advance(by: 600_000_000)
        #expect(worker.sent.contains(request))
        worker.hear(.rows(RowBlock(source: 0, number: 1, rows: 3..<4, isExhausted: false)))
        #expect(worker.grants == [RowGrant(source: 0, rows: 3..<4)])
    }

    @Test func thatSetupHasEndedTheRunComesWithItsAnswer() {
        var worker = Harness()
        worker.hear(.once(.setup))
        worker.event(.engine(.stopWanted(thread: 0, userClass: 0, reason: "closed")))
        worker.event(.engine(.onceEnded(thread: 0, .done(value: []))))
        let wish = WorkerMessage.endWanted(EndWish(reason: "closed", userClass: "A", isBreach: false))
        #expect(worker.sent == [wish, .onceDone(OnceAnswer(step: .setup))])
    }

    @Test func thatTheRunIsToEndIsSaidUntilItDoes() {
        var worker = Harness(hasSetup: false)
        worker.targets(1, version: 10)
        worker.event(.engine(.stopWanted(thread: 1, userClass: 0, reason: "enough")))
        let wish = WorkerMessage.endWanted(EndWish(reason: "enough", userClass: "A", isBreach: false))
        #expect(worker.sent == [wish])
        worker.event(.engine(.stopWanted(thread: 0, userClass: 0, reason: "too")))
        #expect(worker.done.isEmpty)
        worker.advance(by: 500_000_000)
        #expect(worker.sent.count { $0 == wish } == 2)
        worker.hear(.stop(StopOrder(graceNanoseconds: 0)))
        worker.advance(by: 500_000_000)
        #expect(!worker.sent.contains(wish))
    }

    @Test func aBreachIsSaidAndTheWorkerStays() {
        var worker = Harness(hasSetup: false, hasTeardown: false)
        worker.targets(1, version: 10)
        worker.event(.engine(.breached(thread: 0, userClass: 0, reason: "over 256 MiB")))
        #expect(worker.sent == [.endWanted(EndWish(reason: "over 256 MiB", userClass: "A", isBreach: true))])
        let report = EngineReport(
            thread: 0, snapshot: IntervalSnapshot(), users: 0, openConnections: 0, lag: LoopLag(), isStopped: false, fault: "user class…")
        worker.event(.report(report))
        #expect(worker.commands.isEmpty && worker.state.departure == .ordered)
        worker.hear(.stop(StopOrder(graceNanoseconds: 0)))
        worker.advance(by: 500_000_000)
        #expect(worker.sent.contains { if case .endWanted = $0 { true } else { false } })
        worker.stop()
        #expect(worker.state.phase == .stopped)
    }

    @Test func rowsAreAskedForAndPassedOn() {
        var worker = Harness(hasSetup: false)
        worker.targets(1, version: 10)
        worker.event(.engine(.rowsWanted(thread: 1, source: 0, count: 2)))
        let request = WorkerMessage.rowRequest(RowRequest(source: 0, number: 1, count: 2))
        #expect(worker.sent == [request])
        worker.advance(by: 600_000_000)
        #expect(worker.sent.contains(request))
        worker.hear(.rows(RowBlock(source: 0, number: 1, rows: 3..<5, isExhausted: false)))
        #expect(worker.grants == [RowGrant(source: 0, rows: 3..<5)] && worker.commands.first?.thread == 1)
        worker.hear(.rows(RowBlock(source: 0, number: 1, rows: 3..<5, isExhausted: false)))
        #expect(worker.done.isEmpty)
    }

    @Test func oneWhoWasToLeaveAndHasEndedIsMadeUpFor() {
        var worker = Harness(hasSetup: false)
        worker.targets(2, version: 10)
        worker.targets(1, version: 11)
        let leaving = worker.commands.first { if case .retire = $0.command { true } else { false } }?.thread ?? 0
        worker.readings.users = [1]
        worker.readings.endedUsers = leaving == 0 ? [[1], [0]] : [[0], [1]]
        worker.advance(by: 250_000_000)
        #expect(worker.has { if case .retire = $0 { true } else { false } } == 1)
        worker.readings.users = [0]
        worker.advance(by: 250_000_000)
        let heartbeat = worker.sent.compactMap { if case .heartbeat(let heartbeat) = $0 { heartbeat } else { nil } }.last
        #expect(heartbeat?.endedUsers == [1] && heartbeat?.users == [0] && heartbeat?.activity == .running)
    }
}
