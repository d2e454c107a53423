import Glibc

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

    /// The longest pause, in nanoseconds: 10^18, more than any run lasts.
    package static let longestNanoseconds: Int64 = 1_000_000_000_000_000_000

    /// The next pause, in nanoseconds, 0 or more; 0 for those that are no distribution.
    package func next(using generator: inout some RandomNumberGenerator) -> Int64 {
        switch self {
        case .constant(let nanoseconds): nanoseconds
        case .between(let range): range.lowerBound == range.upperBound ? range.lowerBound : Int64.random(in: range, using: &generator)
        case .exponential(let mean):
            // The inverse of the distribution function at a number in 0..<1: at most 36.8 times the mean.
            Int64(min(-log1p(-Double(generator.next() >> 11) * 0x1p-53) * Double(mean), Double(Self.longestNanoseconds)))
        case .schedule, .scripted: 0
        }
    }

    /// When a user's next step is due, after a step that began at `began` and ended at `ended`.
    ///
    /// `began`: with a schedule that catches up when the step was due, otherwise when it did begin. The answer may lie before `ended` only
    /// where a schedule catches up: the step is then late, and begins at once.
    package func due(ended: Int64, began: Int64, using generator: inout some RandomNumberGenerator) -> Int64 {
        switch self {
        case .schedule(let interval, let catchesUp): catchesUp ? began + interval : max(ended, began + interval)
        case .constant, .between, .exponential, .scripted: ended + next(using: &generator)
        }
    }
}
