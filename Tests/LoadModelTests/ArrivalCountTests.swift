import Testing

@testable import LoadModel

struct ArrivalCountTests {
    private static let second: Int64 = 1_000_000_000

    private static let profiles: [LoadProfile] = [
        LoadProfile(constant: 100), LoadProfile(constant: 0.7), LoadProfile(constant: 3333.3),
        LoadProfile(stages: [(10 * second, nil, 200), (5 * second, nil, 0)]),
        LoadProfile(stages: [(3 * second, 0, 0), (7 * second, nil, 50), (5 * second, 0, 0), (0, nil, 20)]),
    ]

    /// Counted without going through them, there are as many starts as a cursor goes through, just before and just after each of them too.
    @Test(arguments: profiles.indices, ArrivalSchedule.Spacing.allCases)
    func countsWhatACursorGoesThrough(_ index: Int, _ spacing: ArrivalSchedule.Spacing) {
        let schedule = ArrivalSchedule(rate: Self.profiles[index], spacing: spacing, seed: 9)
        var cursor = ArrivalCursor(schedule, claim: ArrivalClaim(from: 0, until: 20 * Self.second))
        var dues: [Int64] = []
        while let start = cursor.pop() { dues.append(start.due) }
        dues.sort()
        var count = ArrivalCount(schedule)
        for position in stride(from: 0, to: dues.count, by: max(1, dues.count / 97)) {
            let before = dues.firstIndex(of: dues[position]) ?? 0
            #expect(count.starts(before: dues[position]) == before)
            #expect(schedule.due(after: position) == dues[position])
        }
        #expect(count.starts(before: 20 * Self.second) == dues.count)
    }

    @Test func aScheduleThatEndsHasNoMoreStarts() {
        let profile = LoadProfile(stages: [(2 * Self.second, 10, 10), (0, nil, 0)])
        for spacing in ArrivalSchedule.Spacing.allCases {
            let schedule = ArrivalSchedule(rate: profile, spacing: spacing, seed: 1)
            #expect(schedule.due(after: 10_000) == nil)
            var count = ArrivalCount(schedule)
            #expect((5...40).contains(count.starts(before: 1_000_000 * Self.second)))
        }
    }

    @Test(arguments: ArrivalSchedule.Spacing.allCases) func aClaimThatIsExtendedHasAllStarts(_ spacing: ArrivalSchedule.Spacing) {
        let schedule = ArrivalSchedule(rate: LoadProfile(stages: [(3 * Self.second, 0, 300), (0, nil, 40)]), spacing: spacing, seed: 4)
        for modulus in [1, 3, 64, 200] {
            let claim = ArrivalClaim(from: 500_000_000, until: 40 * Self.second, modulus: modulus, residue: modulus / 2)
            var whole = ArrivalCursor(schedule, claim: claim)
            var parts = ArrivalCursor(
                schedule, claim: ArrivalClaim(from: claim.from, until: claim.from, modulus: claim.modulus, residue: claim.residue))
            var until = claim.from
            while until < claim.until {
                until = min(claim.until, until + 333_333_333)
                parts.extend(until: until)
                parts.extend(until: until - 1)
                while let start = parts.pop() {
                    #expect(start == whole.pop())
                    #expect(start.due < until)
                }
                #expect(parts.next == nil)
            }
            #expect(whole.pop() == nil)
        }
    }
}
