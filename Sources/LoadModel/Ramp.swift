/// How the number of users goes from one count to another: evenly, at a constant rate, up or down. All times are nanoseconds since the
/// start of the run.
package struct Ramp: Sendable, Equatable {
    /// Users when the ramp begins; 0 or more.
    package let from: Int
    /// Users in the end; 0 or more.
    package let to: Int
    /// Users that come or go per second; finite and above 0.
    package let ratePerSecond: Double
    /// When the first of them is due.
    package let startNanoseconds: Int64

    /// What changes, seen as users that start one by one; nil: nothing does.
    private let changes: SpawnSchedule?

    package init(from: Int, to: Int, ratePerSecond: Double, startNanoseconds: Int64 = 0) {
        self.from = from
        self.to = to
        self.ratePerSecond = ratePerSecond
        self.startNanoseconds = startNanoseconds
        changes = from == to ? nil : SpawnSchedule(users: abs(to - from), ratePerSecond: ratePerSecond)
    }

    /// Users due before a moment.
    package func users(before elapsedNanoseconds: Int64) -> Int {
        let changed = changes?.usersDue(before: elapsedNanoseconds - startNanoseconds) ?? 0
        return to >= from ? from + changed : from - changed
    }

    /// When the number of users goes from `count` to the next one towards `to`. `count` lies from `from` up to, but without, `to`.
    package func due(after count: Int) -> Int64 { startNanoseconds + (changes?.due(of: abs(count - from)) ?? 0) }

    /// Time between two users that come or go, at most 10^15 ns.
    package var intervalNanoseconds: Int64 { SpawnSchedule(users: 1, ratePerSecond: ratePerSecond).intervalNanoseconds }

    /// Whether all users that are due before a moment are all that there are to be.
    package func isComplete(before elapsedNanoseconds: Int64) -> Bool { users(before: elapsedNanoseconds) == to }
}
