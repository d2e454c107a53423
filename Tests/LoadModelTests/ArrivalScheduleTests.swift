import Testing

@testable import LoadModel

struct ArrivalScheduleTests {
    private static let second: Int64 = 1_000_000_000

    private static let profiles: [LoadProfile] = [
        LoadProfile(constant: 100), LoadProfile(constant: 0.7), LoadProfile(constant: 12_345.678),
        LoadProfile(stages: [(10 * second, nil, 200), (20 * second, nil, 200), (10 * second, nil, 0)]),
        LoadProfile(stages: [(5 * second, 30, 30), (0, nil, 300), (5 * second, nil, 300), (5 * second, nil, 10)]),
        LoadProfile(stages: [(3 * second, 0, 0), (7 * second, nil, 50), (5 * second, 0, 0), (0, nil, 20)]),
    ]

    private static func dues(_ schedule: ArrivalSchedule, _ claims: [ArrivalClaim]) -> [ArrivalCursor.Start] {
        var starts: [ArrivalCursor.Start] = []
        for claim in claims {
            var cursor = ArrivalCursor(schedule, claim: claim)
            while let start = cursor.pop() { starts.append(start) }
        }
        return starts.sorted { ($0.due, $0.number) < ($1.due, $1.number) }
    }

    /// However a schedule is divided, over shares and in time, all starts together are those of one that carries out all.
    @Test(arguments: profiles.indices, ArrivalSchedule.Spacing.allCases)
    func sharesTogetherAreTheWhole(_ index: Int, _ spacing: ArrivalSchedule.Spacing) {
        let schedule = ArrivalSchedule(rate: Self.profiles[index], spacing: spacing, seed: 7)
        let end = 40 * Self.second
        let whole = Self.dues(schedule, [ArrivalClaim(from: 0, until: end)])
        #expect(!whole.isEmpty)
        for shares in [1, 2, 3, 7, 64, 100] {
            // The span is cut at odd places, also just at starts.
            let cuts = [0, 1, 3_333_333_333, whole[whole.count / 2].due, whole[whole.count / 3].due + 1, 17 * Self.second, end].sorted()
            var claims: [ArrivalClaim] = []
            for (number, (from, until)) in zip(cuts, cuts.dropFirst()).enumerated() {
                let part = ArrivalClaim(from: from, until: until)
                let count = number % 2 == 0 ? shares : 2
                for share in 0..<count {
                    let mine = part.share(share, of: count)
                    claims += share == 0 ? (0..<3).map { mine.share($0, of: 3) } : [mine]
                }
            }
            #expect(Self.dues(schedule, claims) == whole, "\(shares)")
        }
    }

    /// Start k of an even schedule is due when the area has grown to k, to the nanosecond's rounding.
    @Test(arguments: profiles.indices) func evenStartsFollowTheFormula(_ index: Int) {
        let profile = Self.profiles[index]
        let starts = Self.dues(ArrivalSchedule(rate: profile), [ArrivalClaim(from: 0, until: 40 * Self.second)])
        #expect(starts.map(\.number) == Array(0..<starts.count))
        for start in starts where start.due > 0 {
            #expect(abs(profile.area(until: start.due) - Double(start.number)) < 1e-4, "\(start)")
        }
        #expect(abs(Double(starts.count) - profile.area(until: 40 * Self.second)) <= 1)
    }

    /// Gaps of a Poisson process are exponential: the Kolmogorov-Smirnov distance at a level of 10⁻⁴ is 2.23 / √n.
    @Test func poissonGapsAreExponential() {
        let rate = 1000.0
        let schedule = ArrivalSchedule(rate: LoadProfile(constant: rate), spacing: .poisson, seed: 42)
        let starts = Self.dues(schedule, [ArrivalClaim(from: 0, until: 60 * Self.second)])
        #expect(abs(Double(starts.count) - 60_000) < 4 * 60_000.0.squareRoot())
        let gaps = zip(starts, starts.dropFirst()).map { Double($1.due - $0.due) / 1e9 * rate }.sorted()
        var distance = 0.0
        for (index, gap) in gaps.enumerated() {
            let expected = 1 - exponential(-gap)
            distance = max(
                distance, abs(expected - Double(index) / Double(gaps.count)), abs(expected - Double(index + 1) / Double(gaps.count)))
        }
        #expect(distance < 2.23 / Double(gaps.count).squareRoot())
        // Another seed is another process; the same one is the same.
        let other = ArrivalSchedule(rate: LoadProfile(constant: rate), spacing: .poisson, seed: 43)
        #expect(
            Self.dues(other, [ArrivalClaim(from: 0, until: Self.second)])
                != Self.dues(schedule, [ArrivalClaim(from: 0, until: Self.second)]))
    }

    private func exponential(_ value: Double) -> Double {
        var (sum, term) = (1.0, 1.0)
        let halved = value / 1024
        for step in 1..<20 { (term, sum) = (term * halved / Double(step), sum + term * halved / Double(step)) }
        return (0..<10).reduce(sum) { result, _ in result * result }
    }

    @Test func cursorThatEndsEarlierLeavesTheRest() {
        let schedule = ArrivalSchedule(rate: LoadProfile(constant: 10))
        var cursor = ArrivalCursor(schedule, claim: ArrivalClaim(from: 0))
        #expect(cursor.pop() == ArrivalCursor.Start(number: 0, due: 0))
        cursor.end(at: 250_000_000)
        #expect([cursor.pop()?.due, cursor.pop()?.due, cursor.pop()?.due] == [100_000_000, 200_000_000, nil])
    }

    @Test func aLateBeginningIsFoundAtOnce() {
        for spacing in ArrivalSchedule.Spacing.allCases {
            let schedule = ArrivalSchedule(rate: LoadProfile(constant: 10_000), spacing: spacing, seed: 1)
            let week = 7 * 86_400 * Self.second
            var cursor = ArrivalCursor(schedule, claim: ArrivalClaim(from: week, modulus: 128, residue: 77))
            let first = cursor.pop()
            #expect(first.map { $0.due >= week && $0.due < week + Self.second && $0.number % 128 == 77 } ?? false)
        }
    }
}
