import Cluster
import LoadModel
import Statistics
import Testing

struct MasterStateTests {
    private static let second: Int64 = 1_000_000_000

    private static func targets(_ actions: [MasterAction]) -> UserTargets? {
        actions.compactMap { if case .send(.targets(let targets)) = $0 { targets } else { nil } }.first
    }

    private static func isStop(_ actions: [MasterAction]) -> Bool {
        actions.contains { if case .send(.stop) = $0 { true } else { false } }
    }

    private static func isFinished(_ actions: [MasterAction]) -> Bool {
        actions.contains { if case .finish = $0 { true } else { false } }
    }

    private static func delta(_ number: Int, issued: Int) -> WorkerMessage {
        .delta(
            WorkerDelta(
                number: number, snapshot: WorkerStateTests.report(0, issued: issued).snapshot, users: 1, openConnections: 0,
                lag: WorkerStateTests.report(0).lag))
    }

    @Test func dealsUsersInStepsOfASecondByTheirWeights() {
        var master = MasterState(plan: WorkerStateTests.plan(users: 25, rate: 10, weights: [3, 1]))
        let start: Int64 = 1000
        let first = Self.targets(master.event(.message(.ready), now: start))
        #expect(first?.counts.reduce(0, +) == 10 && first?.firstDue == start && first?.intervalNanoseconds == 100_000_000)
        #expect(master.nextDeadline == start + Self.second)
        let second = Self.targets(master.event(.tick, now: start + Self.second))
        #expect(second?.counts == [15, 5] && second?.firstDue == start + Self.second)
        // A tick that comes late by some steps makes up for them.
        let third = Self.targets(master.event(.tick, now: start + 9 * Self.second))
        #expect(third?.counts.reduce(0, +) == 25)
        #expect(master.nextDeadline == nil)
    }

    @Test func slowRampsSkipEmptySteps() {
        var master = MasterState(plan: WorkerStateTests.plan(users: 3, rate: 0.5))
        #expect(Self.targets(master.event(.message(.ready), now: 0))?.counts == [1])
        #expect(Self.targets(master.event(.tick, now: Self.second)) == nil)
        #expect(Self.targets(master.event(.tick, now: 2 * Self.second))?.counts == [2])
    }

    @Test func stopsWhenTheRunTimeIsOver() {
        var master = MasterState(plan: WorkerStateTests.plan(users: 1, runTime: 5 * Self.second))
        _ = master.event(.message(.ready), now: 0)
        #expect(master.nextDeadline == 5 * Self.second)
        #expect(!Self.isStop(master.event(.tick, now: 5 * Self.second - 1)))
        #expect(Self.isStop(master.event(.tick, now: 5 * Self.second)))
        #expect(master.elapsed(now: 9 * Self.second) == 5 * Self.second)
        #expect(Self.isFinished(master.event(.message(.stopped), now: 6 * Self.second)))
        #expect(master.ending == .runTimeOver)
    }

    @Test func appliesEachDeltaOnce() {
        var master = MasterState(plan: WorkerStateTests.plan())
        _ = master.event(.message(.ready), now: 0)
        for number in [1, 2, 2, 1, 3] { _ = master.event(.message(Self.delta(number, issued: 10)), now: Int64(number) * Self.second) }
        #expect(master.result.workers.first?.issued == 30)
    }

    @Test func doesNotWaitForEverForTheLastDelta() {
        var master = MasterState(plan: WorkerStateTests.plan())
        _ = master.event(.message(.ready), now: 0)
        #expect(Self.isStop(master.event(.interrupted, now: Self.second)))
        #expect(!Self.isStop(master.event(.interrupted, now: Self.second)))
        let deadline = master.nextDeadline ?? .max
        #expect(deadline == 13 * Self.second)
        #expect(Self.isFinished(master.event(.tick, now: deadline)))
        guard case .failed? = master.ending else {
            Issue.record("the loss of the last delta is not said")
            return
        }
    }

    @Test func endsWhenTheWorkerFailsOrNeverStarts() {
        var failed = MasterState(plan: WorkerStateTests.plan())
        #expect(Self.isFinished(failed.event(.message(.failed("no memory")), now: 0)))
        #expect(failed.ending == .failed("no memory"))
        var early = MasterState(plan: WorkerStateTests.plan())
        #expect(Self.isFinished(early.event(.interrupted, now: 0)))
        #expect(early.ending == .interrupted)
    }
}
