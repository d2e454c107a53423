import LoadModel
import Testing

@testable import LoadEngine

struct ArrivalDeskTests {
    private static let second: Int64 = 1_000_000_000

    private static func desk(rate: Double = 10, lateness: Int64? = nil, weights: [Double] = [1]) -> ArrivalDesk {
        ArrivalDesk(
            Load.Arrivals(
                schedule: ArrivalSchedule(rate: LoadProfile(constant: rate), seed: 5), mostUsers: 1, mostLatenessNanoseconds: lateness),
            weights: weights)
    }

    @Test func startsAreDueOnTheClockOfTheThread() {
        var desk = Self.desk()
        #expect(desk.nextDeadline == nil)
        desk.take(ArrivalOrder(runStart: 1000, claims: [ArrivalClaim(from: 0)]))
        #expect(desk.nextDeadline == 1000)
        #expect(desk.popDue(now: 999) == nil)
        #expect(desk.popDue(now: 1000)?.due == 1000 && desk.nextDeadline == 100_001_000)
        // Who hears of the start of the run later believes that it was later.
        desk.take(ArrivalOrder(runStart: 900, claims: []))
        #expect(desk.nextDeadline == 100_000_900)
        desk.take(ArrivalOrder(runStart: 2000, claims: []))
        #expect(desk.nextDeadline == 100_000_900)
    }

    /// However often and in whichever order it is told, each start is there once.
    @Test func ordersMayComeTwiceAndLate() {
        let claims = (1...5).map { ArrivalClaim(from: 0, until: Int64($0) * Self.second, modulus: 2, residue: 1) }
        let other = ArrivalClaim(from: 2 * Self.second, until: 4 * Self.second, modulus: 4, residue: 2)
        var random = SplitMix64(seed: 3)
        for _ in 0..<50 {
            var desk = Self.desk()
            var dues: [Int64] = []
            var orders = (claims + claims).map { ArrivalOrder(runStart: 0, claims: [$0]) }
            orders += [ArrivalOrder(runStart: 0, claims: [other, claims[1]]), ArrivalOrder(runStart: 0, claims: [claims[4], other])]
            for order in orders.shuffled(using: &random) {
                desk.take(order)
                let now = Int64.random(in: 0...6 * Self.second, using: &random)
                while let start = desk.popDue(now: now) { dues.append(start.due) }
            }
            while let start = desk.popDue(now: 10 * Self.second) { dues.append(start.due) }
            let numbers = dues.sorted().map { $0 / 100_000_000 }
            #expect(numbers == ((0..<50).filter { $0 % 2 == 1 } + [22, 26, 30, 34, 38]).sorted())
        }
    }

    @Test func aStartThatWaitsKeepsItsTimeAndTheLongestWaitingComesFirst() {
        var desk = Self.desk()
        desk.wait(.init(userClass: 0, due: 5))
        desk.wait(.init(userClass: 0, due: 7))
        #expect(desk.waitingCount == 2)
        #expect([desk.popWaiting(of: 0), desk.popWaiting(of: 0), desk.popWaiting(of: 0)] == [5, 7, nil])
        #expect(desk.waitingCount == 0)
    }

    @Test func startsThatWaitedForTooLongAreGivenUp() {
        var desk = Self.desk(lateness: Self.second, weights: [1, 1])
        for due in [0, Self.second, 2 * Self.second] { desk.wait(.init(userClass: Int(due / Self.second) % 2, due: due)) }
        #expect(desk.removeTooLate(now: Self.second) == 0)
        #expect(desk.removeTooLate(now: Self.second + 1) == 1)
        #expect(desk.waitingCount == 2)
        #expect(desk.removeTooLate(now: 9 * Self.second) == 2)
        // Without a limit none is.
        var patient = Self.desk()
        patient.wait(.init(userClass: 0, due: 0))
        #expect(patient.removeTooLate(now: .max / 2) == 0)
    }

    @Test func theEndCountsWhatWasDueAndHasNotBegun() {
        var desk = Self.desk()
        desk.take(ArrivalOrder(runStart: 0, claims: [ArrivalClaim(from: 0)]))
        _ = desk.popDue(now: 0)
        desk.wait(.init(userClass: 0, due: 0))
        // Those of 0.1 s to 1 s, and the one that waits.
        #expect(desk.removeAll(now: Self.second) == 11)
        #expect(desk.nextDeadline == nil && desk.waitingCount == 0 && desk.removeAll(now: .max) == 0)
    }

    /// Classes are drawn by weight, and the same whoever carries a start out.
    @Test func whoCarriesOutAStartDoesNotChangeItsClass() {
        func classes(shares: Int) -> [Int64: Int] {
            var found: [Int64: Int] = [:]
            for share in 0..<shares {
                var desk = Self.desk(rate: 1000, weights: [1, 3])
                desk.take(ArrivalOrder(runStart: 0, claims: [ArrivalClaim(from: 0, until: 10 * Self.second).share(share, of: shares)]))
                while let start = desk.popDue(now: .max) { found[start.due] = start.userClass }
            }
            return found
        }
        let whole = classes(shares: 1)
        #expect(whole.count == 10_000 && classes(shares: 7) == whole)
        #expect((7300...7700).contains(whole.values.reduce(0, +)))
    }

    @Test func theUserThatRestedLastIsTakenFirst() {
        var desk = Self.desk(weights: [1, 1])
        for slot in 0..<3 { desk.rest(DueStep(slot: Int32(slot), generation: 0), userClass: 0) }
        #expect([desk.popIdle(of: 0)?.slot, desk.popIdle(of: 1)?.slot, desk.popIdle(of: 0)?.slot] == [2, nil, 1])
    }
}

struct BusyTimeTests {
    @Test func addsUpTheTimesOfAllUsers() {
        var busy = BusyTime()
        busy.begin(at: 10)
        busy.begin(at: 20)
        #expect(busy.take(at: 30) == 30)
        busy.end(at: 40)
        #expect(busy.take(at: 50) == 30)
        busy.end(at: 50)
        #expect(busy.take(at: 1000) == 0 && busy.users == 0)
    }

    /// Times of a machine that has been up for years, times many users, go beyond 64 bits.
    @Test func doesNotMindLargeClocks() {
        var busy = BusyTime()
        let start: Int64 = 300_000_000_000_000_000
        for _ in 0..<100_000 { busy.begin(at: start) }
        #expect(busy.take(at: start + 1000) == 100_000_000)
    }
}
