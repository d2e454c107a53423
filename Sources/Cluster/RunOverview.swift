import Statistics

/// How a run stands, whatever it is doing: what is shown to those who look from outside.
package struct RunOverview {
    /// What the master is doing.
    package enum Phase: Sendable {
        /// It waits for workers.
        case waiting
        /// There is load, or `setup` prepares it.
        case running
        /// The stop was ordered; what is under way comes to its end.
        case ending
    }

    package var phase: Phase
    /// Everything measured so far.
    package var result: RunResult
    /// When the first user was due, in nanoseconds since 1970; now, if none was.
    package var startNanosecondsSince1970: Int64
    /// From then to the stop, or to now.
    package var elapsedNanoseconds: Int64
    /// Whole seconds from then to now, after the stop too, of which all that was measured has had the time to come in.
    package var wholeSeconds: Int
    /// Users that the run goes to.
    package var targetUsers: Int
    /// Users that are active.
    package var users: Int
    /// Those of each class, in the plan's order.
    package var usersByClass: [Int]
    /// In the order of joining.
    package var workers: [WorkerRow]
}
