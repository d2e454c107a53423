import LoadModel
import Testing

struct SpawnScheduleTests {
    @Test(arguments: [(10, 3.0), (100_000, 100), (7, 0.5), (1000, 12_345.6), (1, 1)])
    func countAndDueTimesAgree(users: Int, rate: Double) {
        let schedule = SpawnSchedule(users: users, ratePerSecond: rate)
        #expect(schedule.usersDue(before: 0) == 0)
        #expect(schedule.due(of: 0) == 0)
        for index in stride(from: 0, to: users, by: max(1, users / 50)) {
            let due = schedule.due(of: index)
            // The user counts as due just after its moment.
            #expect(schedule.usersDue(before: due + 1) == index + 1)
            #expect(schedule.usersDue(before: due) == index)
        }
        #expect(schedule.usersDue(before: schedule.completeAfter + 1) == users)
        #expect(schedule.usersDue(before: .max) == users)
    }

    /// Where the product of time and rate is a little above a whole number, nobody comes early.
    @Test(arguments: 1..<600) func wholeSecondsAreExact(seconds: Int) {
        for users in [7, 60, 499, 500, 501, 1000] {
            let schedule = SpawnSchedule(users: 10_000, ratePerSecond: Double(users) / Double(seconds))
            #expect(schedule.usersDue(before: Int64(seconds) * 1_000_000_000) == users)
        }
    }

    @Test(arguments: [1e-10, 1e-300, .leastNonzeroMagnitude]) func theSlowestRateDoesNotOverflow(rate: Double) {
        let schedule = SpawnSchedule(users: 10_000_000, ratePerSecond: rate)
        #expect(schedule.due(of: 0) == 0)
        #expect(schedule.due(of: 1) > 1_000_000_000_000_000 && schedule.completeAfter < .max / 4)
        #expect(schedule.intervalNanoseconds < .max / 256)
        #expect(schedule.usersDue(before: 3_600_000_000_000) == 1)
    }

    @Test func startsEvenly() {
        let schedule = SpawnSchedule(users: 1000, ratePerSecond: 100)
        #expect((1..<1000).allSatisfy { schedule.due(of: $0) - schedule.due(of: $0 - 1) == 10_000_000 })
    }
}
