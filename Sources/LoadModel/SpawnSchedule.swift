/// When users start in the closed model: evenly, at a constant rate, until all are there.
///
/// User k (from 0) is due k / rate seconds after the start of the run.
package struct SpawnSchedule: Sendable, Equatable {
    /// Users in the end; 1 or more.
    package let users: Int
    /// Users per second; finite and above 0.
    package let ratePerSecond: Double

    /// 10^18 ns, about 32 years: more than any run lasts.
    private static let longest = 1e18

    package init(users: Int, ratePerSecond: Double) {
        self.users = users
        self.ratePerSecond = ratePerSecond
    }

    /// How many users are due before `elapsedNanoseconds` have passed.
    package func usersDue(before elapsedNanoseconds: Int64) -> Int {
        guard elapsedNanoseconds > 0 else { return 0 }
        let due = (Double(elapsedNanoseconds) / 1e9 * ratePerSecond).rounded(.up)
        if due > Double(users) { return users }
        // The product may be a little beside a whole number: what is due when is said in one place.
        let count = Int(due)
        if count > 0, self.due(of: count - 1) >= elapsedNanoseconds { return count - 1 }
        return count < users && self.due(of: count) < elapsedNanoseconds ? count + 1 : count
    }

    /// When user `index` is due, in nanoseconds from the start of the run.
    ///
    /// At most `longest`: rates of one user in centuries are allowed, but times are not to overflow.
    package func due(of index: Int) -> Int64 { Int64(min((Double(index) / ratePerSecond * 1e9).rounded(), Self.longest)) }

    /// From one user to the next, in nanoseconds; at most 10^15, about 12 days.
    package var intervalNanoseconds: Int64 { Int64(min(1e9 / ratePerSecond, 1e15)) }

    /// When the last user is due, in nanoseconds from the start of the run.
    package var completeAfter: Int64 { due(of: users - 1) }
}
