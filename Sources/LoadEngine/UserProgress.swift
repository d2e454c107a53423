import LoadModel
import Statistics

/// Where one user stands in its loop: `on_start`, then task, wait, task, wait … and `on_stop`. Plain state; the engine thread does what it says.
package struct UserProgress: Sendable {
    /// What the user is doing.
    package enum Activity: UInt8, Sendable {
        /// The slot is free.
        case gone
        /// Between two steps, until `due`.
        case waiting
        /// Between two steps, until a start of the open model falls to it.
        case idle
        /// Between two steps, the next of which is `on_stop`, due now.
        case ending
        /// In a step, awaiting the outcome of a request.
        case requesting
        /// In a step, awaiting the outcomes of a batch, some of which may still wait for a connection.
        case batching
        /// In a step, in the script's `sleep`.
        case sleeping
        /// In a step, awaiting rows of a data source.
        case parked
        /// In a step, with a request or batch that waits for connections to become free.
        case queued
    }

    /// What comes after a step.
    package enum NextStep: Equatable, Sendable {
        /// The first task, at once.
        case taskNow
        /// A step after the class's wait.
        case afterWait
    }

    package var activity = Activity.gone
    /// True while a task has what it needs for its first request, where the run is to make so many.
    var hasRequestLeft = false
    package var userClass: UInt16 = 0
    /// False until `on_start` has run to its end.
    package var hasStarted = false
    /// True when the user was told to leave and is still inside a step.
    package var isLeaving = false
    /// True when the user has ended itself for good and is still inside its `on_stop`.
    package var hasEndedItself = false
    /// True while a task is under way.
    var isInIteration = false
    /// The running step, or else the last one.
    var step = StepCode.start
    /// Which timer is the user's: older ones are ignored.
    package var generation: UInt32 = 0
    /// When the next request, or step, is meant to start.
    package var due: Int64 = 0
    /// When the running step was meant to start; with a schedule that does not catch up, when it did; in the open model, when the start that fell to the
    /// user was due.
    package var began: Int64 = 0
    /// When the task under way did begin.
    var taskBegan: Int64 = 0
    /// The name under which the request under way is counted.
    package var request: RequestID?

    package init() {}

    /// A user of this class begins its life, due at `due`.
    package mutating func spawn(userClass: Int, hasOnStart: Bool, due: Int64) {
        activity = .waiting
        self.userClass = UInt16(userClass)
        hasStarted = !hasOnStart
        isLeaving = false
        hasEndedItself = false
        isInIteration = false
        step = .start
        generation &+= 1
        self.due = due
    }

    /// True when the user could go at once.
    var isBetweenSteps: Bool { activity == .waiting || activity == .idle }

    /// True when the next step is `on_start`, not a task.
    package var isToStart: Bool { !hasStarted }

    /// A step has ended. An `on_start` that failed is repeated after the wait: a user that is not set up cannot go on.
    package mutating func stepEnded(failed: Bool) -> NextStep {
        guard step == .start, !failed else { return .afterWait }
        hasStarted = true
        return .taskNow
    }

    /// The user is to end, between two steps: whether with `on_stop`, which its class may have. Only who has started is stopped, and once.
    package mutating func isToStop(hasOnStop: Bool) -> Bool {
        guard hasOnStop, hasStarted, !step.isLast else { return false }
        activity = .ending
        step = .stop
        generation &+= 1
        return true
    }
}
