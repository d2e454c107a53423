import LoadEngine
import Statistics

/// How many users of each class a worker is to have, from when on.
package struct UserTargets: Sendable, Equatable {
    /// Absolute numbers, one per user class of the plan.
    package var counts: [Int]
    /// When the first of the additional users is due, on `MonotonicClock`.
    package var firstDue: Int64
    /// Time between two of the additional users.
    package var intervalNanoseconds: Int64

    package init(counts: [Int], firstDue: Int64, intervalNanoseconds: Int64) {
        self.counts = counts
        self.firstDue = firstDue
        self.intervalNanoseconds = intervalNanoseconds
    }
}

/// What a master tells a worker.
package enum MasterMessage: Sendable {
    /// Prepare for this run, then say `ready`.
    case plan(RunPlan)
    case targets(UserTargets)
    /// Stop all users, deliver what is left, then say `stopped`.
    case stop(graceNanoseconds: Int64)
    /// Cut off all that is under way, deliver what is left, then say `stopped`.
    case cutOff
    /// End, whatever is under way.
    case quit
}

/// What one worker measured in one interval. Numbered from 1 without gaps; the master applies each number once.
package struct WorkerDelta: Sendable {
    package var number: Int
    package var snapshot: IntervalSnapshot
    /// Users active at the end of the interval.
    package var users: Int
    package var openConnections: Int
    package var lag: LoopLag

    package init(number: Int, snapshot: IntervalSnapshot, users: Int, openConnections: Int, lag: LoopLag) {
        self.number = number
        self.snapshot = snapshot
        self.users = users
        self.openConnections = openConnections
        self.lag = lag
    }
}

/// What a worker tells the master.
package enum WorkerMessage: Sendable {
    case ready
    case delta(WorkerDelta)
    /// All users have ended and the last delta has been sent.
    case stopped
    /// The worker cannot go on; the words say why.
    case failed(String)
}
