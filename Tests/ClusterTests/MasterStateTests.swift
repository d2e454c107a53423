import Cluster
import LoadModel
import Statistics
import Testing

struct MasterStateTests {
    private static let second: Int64 = 1_000_000_000

    private static func targets(_ actions: [MasterAction]) -> UserTargets? {
        actions.compactMap { if case .send(.targets(let targets)) = $0 { targets } else { nil } }.first
    }

    private static func stops(_ master: inout MasterState, _ event: MasterEvent, _ now: Int64) -> Bool {
        master.event(event, now: now).contains { if case .send(.stop) = $0 { true } else { false } }
    }

    private static func finishes(_ master: inout MasterState, _ event: MasterEvent, _ now: Int64) -> Bool {
        master.event(event, now: now).contains { if case .finish = $0 { true } else { false } }
    }

    private static func delta(_ number: Int, issued: Int) -> WorkerMessage {
        .delta(
            WorkerDelta(
                number: number, snapshot: WorkerStateTests.report(0, issued: issued).snapshot, users: 1, openConnections: 0,
                lag: WorkerStateTests.report(0).lag))
    }

    @Test func dealsUsersInStepsOfASecondByTheirWeights() throws {
        var master = MasterState(plan: try WorkerStateTests.plan(users: 25, rate: 10, weights: [3, 1]))
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

    @Test func slowRampsSkipEmptySteps() throws {
        var master = MasterState(plan: try WorkerStateTests.plan(users: 3, rate: 0.5))
        let first = Self.targets(master.event(.message(.ready), now: 0))
        let second = Self.targets(master.event(.tick, now: Self.second))
        let third = Self.targets(master.event(.tick, now: 2 * Self.second))
        #expect(first?.counts == [1] && second == nil && third?.counts == [2])
    }

    @Test func stopsWhenTheRunTimeIsOver() throws {
        var master = MasterState(plan: try WorkerStateTests.plan(users: 1, runTime: 5 * Self.second))
        _ = master.event(.message(.ready), now: 0)
        #expect(master.nextDeadline == 5 * Self.second)
        let outcome1 = Self.stops(&master, .tick, 5 * Self.second - 1)
        #expect(!outcome1)
        let outcome2 = Self.stops(&master, .tick, 5 * Self.second)
        #expect(outcome2)
        #expect(master.elapsed(now: 9 * Self.second) == 5 * Self.second)
        let outcome3 = Self.finishes(&master, .message(.stopped), 6 * Self.second)
        #expect(outcome3)
        #expect(master.ending == .runTimeOver)
    }

    @Test func appliesEachDeltaOnce() throws {
        var master = MasterState(plan: try WorkerStateTests.plan())
        _ = master.event(.message(.ready), now: 0)
        for number in [1, 2, 2, 1, 3] { _ = master.event(.message(Self.delta(number, issued: 10)), now: Int64(number) * Self.second) }
        #expect(master.result.workers.first?.issued == 30)
    }

    @Test func doesNotWaitForEverForTheLastDelta() throws {
        var master = MasterState(plan: try WorkerStateTests.plan())
        _ = master.event(.message(.ready), now: 0)
        let outcome4 = Self.stops(&master, .interrupted, Self.second)
        #expect(outcome4)
        let deadline = master.nextDeadline ?? .max
        #expect(deadline == 13 * Self.second)
        let outcome6 = Self.finishes(&master, .tick, deadline)
        #expect(outcome6)
        guard case .failed? = master.ending else {
            Issue.record("the loss of the last delta is not said")
            return
        }
    }

    @Test func endsWhenTheWorkerFailsOrNeverStarts() throws {
        var failed = MasterState(plan: try WorkerStateTests.plan())
        let outcome7 = Self.finishes(&failed, .message(.failed("no memory")), 0)
        #expect(outcome7)
        #expect(failed.ending == .failed("no memory"))
        var early = MasterState(plan: try WorkerStateTests.plan())
        let outcome8 = Self.finishes(&early, .interrupted, 0)
        #expect(outcome8)
        #expect(early.ending == .interrupted)
    }

    @Test func aSecondInterruptionCutsOffAndAwaitsTheLastFiguresOnlyBriefly() throws {
        var master = MasterState(plan: try WorkerStateTests.plan())
        _ = master.event(.message(.ready), now: 0)
        let stops = Self.stops(&master, .interrupted, Self.second)
        let cuts = master.event(.interrupted, now: 2 * Self.second).contains { if case .send(.cutOff) = $0 { true } else { false } }
        #expect(stops && cuts)
        _ = master.event(.message(Self.delta(1, issued: 3)), now: 2 * Self.second + 1)
        #expect(master.result.workers.first?.issued == 3)
        #expect(master.nextDeadline == 2 * Self.second + MasterState.cutOffNanoseconds)
        let finishes = Self.finishes(&master, .tick, 2 * Self.second + MasterState.cutOffNanoseconds)
        #expect(finishes && master.ending == .interrupted && !master.isWorkerStopped)
    }
}
