import LoadModel
import Testing
import Wire

@testable import Cluster

struct MasterArrivalsTests {
    private static let second = MasterHarness.second

    private static func load(rate: Double = 100, users: Int = 12) -> Load {
        .arrivals(Load.Arrivals(schedule: ArrivalSchedule(rate: LoadProfile(constant: rate)), mostUsers: users))
    }

    private static func harness(load: Load = load(), workers: Int = 1, lease: Int64? = MasterSettings.lease, runTime: Int64? = nil)
        throws -> MasterHarness
    {
        try MasterHarness(runTime: runTime, workers: workers, lease: lease, load: load)
    }

    private static func orders(_ harness: MasterHarness) -> [(order: ArrivalsOrder, name: String)] {
        harness.sent.compactMap { if case .arrivals(let order) = $0.message { (order, $0.name) } else { nil } }
    }

    @Test func allUsersComeAtOnceAndStartsRightBehindThem() throws {
        var harness = try Self.harness(workers: 2)
        harness.join("a")
        harness.join("b")
        #expect(harness.told("a", "b") == [6, 6])
        let orders = Self.orders(harness)
        #expect(orders.map(\.name) == ["a", "b"])
        #expect(orders.map(\.order.claims) == [0, 1].map { [ArrivalClaim(from: 0, until: 5_500_000_000, modulus: 2, residue: $0)] })
        let kinds = harness.sent.filter { $0.name == "a" }.compactMap { sent in
            switch sent.message {
            case .targets: "users"
            case .arrivals: "starts"
            default: nil as String?
            }
        }
        #expect(kinds == ["users", "starts"])
    }

    @Test func aWorkerOfThisProcessHasThemAll() throws {
        var harness = try Self.harness(lease: nil)
        harness.join("local")
        #expect(Self.orders(harness).map(\.order.claims) == [[ArrivalClaim(from: 0)]])
        var timed = try Self.harness(lease: nil, runTime: 7 * Self.second)
        timed.join("local")
        #expect(Self.orders(timed).map(\.order.claims) == [[ArrivalClaim(from: 0, until: 7 * Self.second)]])
    }

    @Test func theyAreGivenALeaseAhead() throws {
        var harness = try Self.harness()
        harness.join("a")
        var ends: [Int64] = []
        for _ in 0..<8 {
            harness.advance(by: 500_000_000)
            ends += Self.orders(harness).flatMap(\.order.claims).map(\.until)
            harness.confirmStarts("a")
        }
        #expect(ends == [6_500_000_000, 7_500_000_000, 8_500_000_000, 9_500_000_000])
    }

    @Test func whatIsNotConfirmedIsSaidAgain() throws {
        var harness = try Self.harness()
        harness.join("a")
        harness.advance(by: 250_000_000)
        harness.heartbeat("a")
        #expect(Self.orders(harness).count == 1)
        harness.advance(by: 250_000_000)
        harness.confirmStarts("a")
        #expect(Self.orders(harness).isEmpty)
        harness.advance(by: 250_000_000)
        harness.heartbeat("a")
        #expect(Self.orders(harness).isEmpty)
    }

    @Test func aLostWorkersStartsGoToTheOthersFromTheEndOfItsLease() throws {
        var harness = try Self.harness(workers: 2)
        harness.join("a")
        harness.join("b")
        harness.confirmStarts("b")
        let lastWord = harness.now
        for _ in 0..<19 {
            harness.advance(by: 250_000_000)
            harness.confirmStarts("a")
        }
        #expect(harness.entry("b").phase == .lost)
        let claims = harness.state.arrivals?.claims(of: 0) ?? []
        // b had the odd ones, up to the horizon at that time: 4 s after its last word they are a's.
        let start = harness.state.startedAt ?? 0
        #expect(claims.contains { $0.from == lastWord - start + 4 * Self.second && $0.modulus == 2 && $0.residue == 1 }, "\(claims)")
        #expect(harness.told("a") == [12])
    }

    @Test func aRunOfSoManyIterationsEndsWhenTheyHaveEnded() throws {
        var harness = try Self.harness(load: Self.load(rate: 10), lease: nil)
        harness = try MasterHarness(lease: nil, load: Self.load(rate: 10), iterations: 25)
        harness.join("local")
        #expect(Self.orders(harness).map(\.order.claims) == [[ArrivalClaim(from: 0, until: 2_500_000_000)]])
        for _ in 0..<14 {
            harness.advance(by: 250_000_000)
            harness.confirmStarts("local", pending: 1)
            #expect(harness.state.ending == nil)
        }
        harness.confirmStarts("local", pending: 0)
        #expect(harness.state.ending == nil)
        harness.confirmStarts("local", pending: 0)
        #expect(harness.state.ending == .completed("all 25 iterations were begun and have ended"))
        #expect(harness.state.startAccount(now: harness.now)?.due == 25)
    }

    @Test func stagesEndTheRunUnlessItHasATimeOfItsOwn() throws {
        let profile = LoadProfile(stages: [(2 * Self.second, 10, 10)])
        for load in [Load.profile(profile), .arrivals(.init(schedule: ArrivalSchedule(rate: profile), mostUsers: 5))] {
            var harness = try Self.harness(load: load, lease: nil)
            harness.join("local")
            harness.advance(by: 1_900_000_000, hearing: ["local"])
            #expect(harness.state.ending == nil)
            harness.advance(by: 500_000_000)
            #expect(harness.state.ending == .runTimeOver && harness.state.elapsed(now: harness.now) == 2 * Self.second)
            var longer = try Self.harness(load: load, lease: nil, runTime: 3 * Self.second)
            longer.join("local")
            longer.advance(by: 2_500_000_000, hearing: ["local"])
            #expect(longer.state.ending == nil)
        }
    }

    /// Users of a profile come and go when it says so, within a step too.
    @Test func usersFollowAProfile() throws {
        let profile = LoadProfile(stages: [
            (2 * Self.second, 0, 10), (Self.second, nil, 10), (2 * Self.second, nil, 0), (Self.second, nil, 0),
        ])
        var harness = try Self.harness(load: .profile(profile), lease: nil)
        harness.join("local")
        var counts: [Int] = harness.told("local")
        var dues: [Int64] = harness.targets.map(\.targets.firstDueIn)
        for _ in 0..<6 {
            harness.advance(by: Self.second)
            harness.confirm("local")
            counts += harness.told("local")
            dues += harness.targets.map(\.targets.firstDueIn)
        }
        #expect(counts.prefix(6) == [5, 10, 10, 5, 0, 0])
        #expect(harness.targets.allSatisfy { $0.targets.intervalNanoseconds <= 200_000_000 })
    }

    @Test func aRescaleReplacesAProfile() throws {
        let profile = LoadProfile(stages: [(10 * Self.second, 0, 100)])
        var harness = try Self.harness(load: .profile(profile), lease: nil)
        harness.join("local")
        harness.advance(by: 3_500_000_000, hearing: ["local"])
        #expect(harness.told("local") == [40])
        harness.event(.rescale(users: 20, ratePerSecond: 10))
        harness.advance(by: 3 * Self.second, hearing: ["local"])
        #expect(harness.told("local") == [20] && harness.state.targetUsers == 20)
    }
}
