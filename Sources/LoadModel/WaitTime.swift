/// The pause between two tasks of a user.
package enum WaitTime: Sendable, Equatable {
    /// Always the same; zero: no pause.
    case constant(nanoseconds: Int64)
    /// Uniform between two bounds, both included.
    case between(nanoseconds: ClosedRange<Int64>)
    /// Exponentially distributed with this mean: the tasks of many such users start as a Poisson process.
    case exponential(meanNanoseconds: Int64)
    /// No pause but a schedule: task k of a user is due at t0 + k × interval, t0 being when its first task was due.
    ///
    /// A late task starts at once; with `catchesUp` it keeps its intended time, and the next is due one interval after that; without, the
    /// schedule begins anew with each start, as Locust has it.
    case schedule(intervalNanoseconds: Int64, catchesUp: Bool)
    /// The script's function says it each time (`VirtualUsers.pause`).
    case scripted

    /// The next pause, in nanoseconds, 0 or more; 0 for those that are no distribution.
    package func next(using generator: inout some RandomNumberGenerator) -> Int64 {
        switch self {
        case .constant(let nanoseconds): nanoseconds
        case .between(let range): range.lowerBound == range.upperBound ? range.lowerBound : Int64.random(in: range, using: &generator)
        case .exponential, .schedule, .scripted: 0
        }
    }
}
