import HTTPTransport
import LoadModel

/// What one engine thread needs to know before it starts.
package struct EngineSettings: Sendable {
    /// The script's classes, with the host and connection mode that hold in this run filled in.
    package var userClasses: [UserClass]
    /// Connections this thread may have open at once; further requests that need one wait. 0: no cap.
    package var connectionCap = 0
    package var transport = TransportOptions()
    /// Seed of the thread's random choices (task picks, waits).
    package var seed: UInt64

    package init(userClasses: [UserClass], seed: UInt64) {
        self.userClasses = userClasses
        self.seed = seed
    }
}

/// Users to start, evenly in time: user k of the order is due at `firstDue + k × interval`.
package struct SpawnOrder: Sendable, Equatable {
    /// On `MonotonicClock`, in nanoseconds.
    package var firstDue: Int64
    package var intervalNanoseconds: Int64
    /// The class of each user, as an index into `EngineSettings.userClasses`.
    package var userClasses: [UInt16]
    /// The number of each user is `firstNumber + k × numberStride`: numbers count over the whole run.
    package var firstNumber: Int
    package var numberStride: Int

    package init(firstDue: Int64, intervalNanoseconds: Int64, userClasses: [UInt16], firstNumber: Int, numberStride: Int) {
        self.firstDue = firstDue
        self.intervalNanoseconds = intervalNanoseconds
        self.userClasses = userClasses
        self.firstNumber = firstNumber
        self.numberStride = numberStride
    }
}

/// What an engine thread is told.
package enum EngineCommand: Sendable {
    case spawn(SpawnOrder)
    /// Send a report of the interval that ends now.
    case report
    /// Stop all users: running tasks get so long, requests already sent up to `StopDeadlines.sentRequestNanoseconds` more.
    case stop(graceNanoseconds: Int64)
    /// Stop all users and cut off all requests now.
    case cutOff
    /// Leave the loop at once, whatever is under way.
    case end
}
