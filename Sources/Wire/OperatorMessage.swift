import Statistics

/// What somebody at the master's machine asks of a running master (`cicada scale`, `cicada workers`).
package enum OperatorMessage: Sendable, Equatable {
    /// Go to so many users, at this rate; nil: as it is. `scale`
    case scale(users: Int?, ratePerSecond: Double?)
    /// Tell about the workers. `workers`
    case workers
}

/// The master's answer.
package enum OperatorReply: Sendable, Equatable {
    /// `scaled`: what holds now, and what held before.
    case scaled(users: Int, ratePerSecond: Double, usersBefore: Int, rateBefore: Double)
    /// `workers`
    case workers([WorkerRow])
    /// Not done; the words say why. `refused`
    case refused(String)
}
