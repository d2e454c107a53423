import Statistics

/// How late the loop of an engine thread was for what was due: the generator's own delay.
package struct LoopLag: Sendable, Equatable {
    /// The worst delay, in nanoseconds.
    package var maximumNanoseconds: Int64 = 0

    package init() {}

    /// Notes that something due at `due` was dealt with at `now`.
    package mutating func note(due: Int64, now: Int64) { maximumNanoseconds = max(maximumNanoseconds, now - due) }

    /// The worse of two.
    package mutating func fold(_ other: LoopLag) { maximumNanoseconds = max(maximumNanoseconds, other.maximumNanoseconds) }
}

/// What an engine thread sends at the end of each interval.
package struct EngineReport: Sendable {
    /// Which thread, from 0.
    package var thread: Int
    /// What was measured since the report before.
    package var snapshot: IntervalSnapshot
    /// Users active now.
    package var users: Int
    /// Users that have ended for good of their own accord since the thread began, by class.
    package var endedUsers: [Int]
    package var openConnections: Int
    package var lag: LoopLag
    /// True when the thread was told to stop and its last user has gone: no report follows but those that are asked for, and that of a step
    /// that is run once afterwards (`EngineCommand.runOnce`).
    package var isStopped: Bool
    /// Why the thread could not go on; nil: it could.
    package var fault: String?

    package init(
        thread: Int, snapshot: IntervalSnapshot, users: Int, endedUsers: [Int] = [], openConnections: Int, lag: LoopLag, isStopped: Bool,
        fault: String? = nil
    ) {
        self.thread = thread
        self.snapshot = snapshot
        self.users = users
        self.endedUsers = endedUsers
        self.openConnections = openConnections
        self.lag = lag
        self.isStopped = isStopped
        self.fault = fault
    }
}
