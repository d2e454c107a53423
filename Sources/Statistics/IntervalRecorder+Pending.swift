import LoadModel

/// A task's iterations in one recorder.
package struct IterationID: Sendable, Hashable {}

extension IntervalRecorder {
    /// For the iterations of these classes.
    package convenience init(userClasses: [UserClass]) { self.init() }
    /// The number of a task's iterations.
    package func iteration(userClass: Int, task: Int) -> IterationID { IterationID() }
    /// Counts an iteration that has ended.
    package func record(iteration: IterationID, responseNanoseconds: Int64, durationNanoseconds: Int64, failed: Bool) {}
    /// Counts for how long users were inside an iteration.
    package func countBusy(nanoseconds: Int64) {}
    /// Counts a start that a user began with.
    package func countStart() {}
    /// Counts a start that was given up.
    package func countDroppedStart() {}
    /// Counts how late the loop was.
    package func record(lag nanoseconds: Int64) {}
}

/// What was left out.
package struct WarmUpAccount: Sendable {
    /// Starts with which a user began.
    package var startsBegun: Int64 = 0
    /// Starts that were given up.
    package var startsDropped: Int64 = 0
}

extension RunResult {
    /// What was left out.
    package var warmUp: WarmUpAccount { WarmUpAccount() }
    /// Starts with which a user began.
    package var startsBegun: Int64 { 0 }
    /// Starts that were given up.
    package var startsDropped: Int64 { 0 }
    /// Takes what a worker measured in an interval of the warm-up.
    package mutating func mergeWarmUp(_ snapshot: IntervalSnapshot, fromWorker worker: String, second: Int) {}
}
