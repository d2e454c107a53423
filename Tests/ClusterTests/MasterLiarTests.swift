import LoadModel
import Statistics
import Testing
import Wire

@testable import Cluster

/// What a worker can do that takes part and says what cannot be: it costs itself its place, and nobody else anything.
struct MasterLiarTests {
    private static let second = MasterHarness.second
    private static let greatest: Int64 = 1 << 48

    private static func delta(_ number: Int, issued: Int64, requests: Int64) -> WorkerMessage {
        var snapshot = IntervalSnapshot()
        snapshot.issued = issued
        var figures = RequestInterval(key: RequestKey(method: .get, name: "a"))
        figures.requests = requests
        snapshot.requests = [figures]
        return .delta(WorkerDelta(number: number, run: 5, snapshot: snapshot, users: 1, openConnections: 1, lagNanoseconds: 0))
    }

    /// The greatest counts that a heartbeat can have, and many users of workers that are lost: all sums still hold.
    @Test func noCountIsTooLargeForTheSums() throws {
        var master = try MasterHarness(users: 100_000, rate: 100_000, workers: 2)
        master.join("liar", capacity: 1 << 31 - 1)
        master.join("honest", capacity: 100_000)
        master.advance(by: Self.second, hearing: ["honest", "liar"])
        master.heartbeat("liar", users: [1])
        master.now += 200_000_000
        master.heartbeat("liar", users: [1], issued: Self.greatest)
        master.advance(by: Self.second, hearing: ["honest"])
        _ = master.state.standings(now: master.now)
        master.advance(by: 6 * Self.second)
        #expect(master.state.ending == .failed("the last worker was lost"))
        let unheard = master.state.result.workers.reduce(0) { $0 + $1.unheard }
        #expect(unheard > 0 && unheard <= 2 * 2 * WorkerStanding.mostRequests, "\(unheard)")
        for standing in master.state.standings(now: master.now) {
            #expect(standing.rate <= WorkerStanding.greatestRate && standing.userRate <= WorkerStanding.greatestUserRate)
        }
    }

    @Test func moreUsersThanItCanHaveCostItsPlace() throws {
        var master = try MasterHarness(users: 20, workers: 2)
        for name in ["a", "liar"] { master.join(name, capacity: 50) }
        master.advance(by: 2 * Self.second, hearing: ["a", "liar"])
        master.heartbeat("liar", users: [1 << 31 - 1])
        #expect(master.entry("liar").phase == .failed && master.hasSent(.quit(reason: nil), to: "liar"))
        master.advance(by: 3 * Self.second, hearing: ["a"])
        #expect(master.told("a") == [20])
    }

    @Test func moreRequestsThanItHasSentCostItsPlace() throws {
        var master = try MasterHarness(users: 20, workers: 2)
        for name in ["a", "liar"] { master.join(name) }
        master.tell("liar", Self.delta(1, issued: 10, requests: 10))
        #expect(master.hasSent(.acknowledge(delta: 1), to: "liar"))
        let delta = Self.delta(2, issued: 10, requests: 20_000)
        if case .delta(let delta) = delta { #expect(!master.state.isNew(delta, from: Peer(name: "liar", session: 1))) }
        master.tell("liar", delta)
        #expect(master.entry("liar").phase == .failed && !master.hasSent(.acknowledge(delta: 2), to: "liar"))
        #expect(master.state.result.workers.map(\.merged) == [10])
    }

    /// Heartbeats tell of requests before the deltas that hold them.
    @Test func requestsOfAnEarlierIntervalAreNoLie() throws {
        var master = try MasterHarness()
        master.join("a")
        master.tell("a", Self.delta(1, issued: 10, requests: 2))
        master.tell("a", Self.delta(2, issued: 0, requests: 8))
        #expect(master.state.result.workers.map(\.merged) == [10] && master.entry("a").phase == .ready)
    }

    @Test func accountsBelongToOneProcessEach() throws {
        var master = try MasterHarness(workers: 3)
        master.join("w")
        master.join("b")
        master.join("b#2")
        master.advance(by: 6 * Self.second, hearing: ["w", "b#2"])
        master.join("b", session: 2)
        #expect(Set(master.state.entries.map(\.account)) == ["w", "b", "b#2", "b#3"])
    }

    @Test func oneThatCannotGoOnDoesNotEndTheWait() throws {
        var master = try MasterHarness(workers: 2)
        master.hello("x")
        master.tell("x", .failed("no"))
        #expect(master.state.phase == .waiting && master.state.ending == nil)
        for name in ["a", "b"] { master.join(name) }
        #expect(master.state.phase == .running)
    }

    /// Its own word that it was in this run is not enough: the log has to know it.
    @Test func nobodyIsOfThisRunByItsOwnWord() throws {
        let resumption = Resumption(
            startedAt: Self.second, result: RunResult(), lastDeltas: [:], course: UserCourse(Ramp(from: 0, to: 10, ratePerSecond: 10)))
        var master = try MasterHarness(users: 10, resuming: resumption)
        let standing = RunStanding(run: 5, planHash: SamplePlan.hash([1]), acknowledged: 0, issued: Self.greatest, delivered: 0)
        master.hello("x", run: standing)
        guard case .quit(.some) = master.sent.first?.message else {
            Issue.record("\(master.sent)")
            return
        }
        // Neither after an honest hello.
        master.hello("x")
        master.hello("x", run: standing)
        master.join("a")
        master.advance(by: 6 * Self.second, hearing: ["a"])
        #expect(master.told("a") == [10] && master.state.result.workers.allSatisfy { $0.issued == 0 })
    }

    @Test func partsOfThePlanAreRationed() throws {
        var master = try MasterHarness()
        master.hello("x")
        var parts = 0
        for _ in 0..<1000 {
            master.tell("x", .planRequest(offset: 0))
            parts += master.sent.count
        }
        #expect((1...20).contains(parts), "\(parts)")
        // From then on as many as ten a second.
        for _ in 0..<5 {
            master.now += Self.second / 10
            master.tell("x", .planRequest(offset: 0))
            #expect(master.sent.count == 1)
            master.tell("x", .planRequest(offset: 0))
            #expect(master.sent.isEmpty)
        }
    }
}
