import Cluster
import LoadEngine
import LoadModel
import Scripting
import Statistics
import Testing

struct WorkerStateTests {
    static func plan(users: Int = 10, rate: Double = 10, threads: Int = 2, weights: [Double] = [1], runTime: Int64? = nil) throws -> RunPlan
    {
        let classes = weights.enumerated().map { UserClass(name: "C\($0.offset)", weight: $0.element, tasks: [ScenarioTask(name: "t")]) }
        var plan = RunPlan(
            script: try Script(name: "test.lua", source: []), scenario: Scenario(scriptName: "test.lua", userClasses: classes),
            load: SpawnSchedule(users: users, ratePerSecond: rate), engineThreads: threads, connectionCap: 100, seed: 1)
        plan.runTimeNanoseconds = runTime
        return plan
    }

    static func report(_ thread: Int, users: Int = 0, isStopped: Bool = false, issued: Int = 0) -> EngineReport {
        let recorder = IntervalRecorder()
        for _ in 0..<issued { recorder.countIssued() }
        return EngineReport(
            thread: thread, snapshot: recorder.takeSnapshot(), users: users, openConnections: users, lag: LoopLag(), isStopped: isStopped,
            fault: nil)
    }

    private static func orders(_ actions: [WorkerAction]) -> [(thread: Int, order: SpawnOrder)] {
        actions.compactMap { if case .order(let thread, .spawn(let order)) = $0 { (thread, order) } else { nil } }
    }

    private static func deltas(_ actions: [WorkerAction]) -> [WorkerDelta] {
        actions.compactMap { if case .send(.delta(let delta)) = $0 { delta } else { nil } }
    }

    @Test func spreadsUsersEvenlyOverThreadsAndTime() throws {
        var worker = WorkerState()
        _ = worker.event(.message(.plan(try Self.plan(threads: 3, weights: [1, 1]))), now: 0)
        _ = worker.event(.enginesStarted, now: 0)
        let actions = worker.event(.message(.targets(UserTargets(counts: [6, 4], firstDue: 100, intervalNanoseconds: 10))), now: 0)
        let orders = Self.orders(actions)
        #expect(orders.map(\.order.userClasses.count) == [4, 3, 3])
        var due: [Int64] = []
        var numbers: [Int] = []
        for (_, order) in orders {
            for k in order.userClasses.indices {
                due.append(order.firstDue + Int64(k) * order.intervalNanoseconds)
                numbers.append(order.firstNumber + k * order.numberStride)
            }
        }
        #expect(due.sorted() == (0..<10).map { 100 + Int64($0) * 10 })
        #expect(numbers.sorted() == Array(0..<10))
        #expect(orders.flatMap(\.order.userClasses).filter { $0 == 0 }.count == 6)
        // The next step goes on where this one ended; equal targets ask for nobody.
        let more = Self.orders(
            worker.event(.message(.targets(UserTargets(counts: [7, 4], firstDue: 900, intervalNanoseconds: 10))), now: 0))
        #expect(more.count == 1 && more.first?.thread == 1 && more.first?.order.firstNumber == 10)
        let again = worker.event(.message(.targets(UserTargets(counts: [7, 4], firstDue: 900, intervalNanoseconds: 10))), now: 0)
        #expect(again.isEmpty)
    }

    @Test func foldsAllThreadsIntoOneNumberedDelta() throws {
        var worker = WorkerState()
        _ = worker.event(.message(.plan(try Self.plan())), now: 0)
        _ = worker.event(.enginesStarted, now: 0)
        #expect(worker.nextDeadline == WorkerState.intervalNanoseconds)
        for round in 1...3 {
            let now = Int64(round) * WorkerState.intervalNanoseconds
            let asked = worker.event(.tick, now: now)
            #expect(asked.count == 2 && worker.nextDeadline == nil)
            let half = worker.event(.report(Self.report(0, users: 3, issued: 5)), now: now)
            #expect(Self.deltas(half).isEmpty)
            let delta = Self.deltas(worker.event(.report(Self.report(1, users: 2, issued: 7)), now: now)).first
            #expect(delta?.number == round && delta?.users == 5 && delta?.snapshot.issued == 12)
        }
    }

    @Test func deliversTheLastIntervalBeforeItSaysStopped() throws {
        var worker = WorkerState()
        _ = worker.event(.message(.plan(try Self.plan())), now: 0)
        _ = worker.event(.enginesStarted, now: 0)
        let stop = worker.event(.message(.stop(graceNanoseconds: 7)), now: 5)
        let stopAgain = worker.event(.message(.stop(graceNanoseconds: 7)), now: 6)
        let late = worker.event(.message(.targets(UserTargets(counts: [9], firstDue: 0, intervalNanoseconds: 1))), now: 6)
        #expect(stop.count == 2 && stopAgain.isEmpty && late.isEmpty)
        // One thread stops during an interval's collection, the other is still busy.
        let asked = worker.event(.tick, now: WorkerState.intervalNanoseconds)
        let half = worker.event(.report(Self.report(0, isStopped: true, issued: 1)), now: 0)
        #expect(asked.count == 2 && half.isEmpty)
        _ = worker.event(.report(Self.report(1, users: 1, issued: 1)), now: 0)
        let last = worker.event(.report(Self.report(1, isStopped: true, issued: 1)), now: 0)
        #expect(Self.deltas(last).count == 1)
        guard case .send(.stopped)? = last.last else {
            Issue.record("the worker did not say stopped")
            return
        }
        #expect(worker.nextDeadline == nil)
    }

    @Test func aThreadThatCannotGoOnStillDeliversItsFigures() throws {
        var worker = WorkerState()
        _ = worker.event(.message(.plan(try Self.plan())), now: 0)
        _ = worker.event(.enginesStarted, now: 0)
        var report = Self.report(0, users: 1, issued: 4)
        report.fault = "no memory"
        let actions = worker.event(.report(report), now: 0)
        #expect(Self.deltas(actions).map(\.snapshot.issued) == [4])
        let reasons = actions.compactMap { if case .send(.failed(let reason)) = $0 { reason } else { nil } }
        #expect(reasons == ["no memory"])
    }
}
