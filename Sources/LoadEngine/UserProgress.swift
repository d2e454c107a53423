import LoadModel
import Statistics

/// Where one user stands in its loop: `on_start`, then task, wait, task, wait … Plain state; the engine thread does what it says.
package struct UserProgress: Sendable {
    /// What the user is doing.
    package enum Activity: UInt8, Sendable {
        /// The slot is free.
        case gone
        /// Between two steps, until `due`.
        case waiting
        /// In a step, awaiting the outcome of a request.
        case requesting
        /// In a step, in the script's `sleep`.
        case sleeping
        /// In a step, with a request that waits for a connection to become free.
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
    package var userClass: UInt16 = 0
    /// False until `on_start` has run to its end.
    package var hasStarted = false
    /// True while the running step is `on_start`.
    package var isInStart = false
    /// True when the user was told to leave and is still inside a step.
    package var isLeaving = false
    /// Which timer is the user's: older ones are ignored.
    package var generation: UInt32 = 0
    /// When the next request, or step, is meant to start.
    package var due: Int64 = 0
    /// The name under which the request under way is counted.
    package var request: RequestID?

    package init() {}

    /// A user of this class begins its life, due at `due`.
    package mutating func spawn(userClass: Int, hasOnStart: Bool, due: Int64) {
        activity = .waiting
        self.userClass = UInt16(userClass)
        hasStarted = !hasOnStart
        isInStart = false
        isLeaving = false
        generation &+= 1
        self.due = due
    }

    /// The user begins a step; true: it is `on_start`, not a task.
    package mutating func beginStep() -> Bool {
        isInStart = !hasStarted
        return isInStart
    }

    /// A step has ended. An `on_start` that failed is repeated after the wait: a user that is not set up cannot go on.
    package mutating func stepEnded(failed: Bool) -> NextStep {
        defer { isInStart = false }
        guard isInStart, !failed else { return .afterWait }
        hasStarted = true
        return .taskNow
    }
}
