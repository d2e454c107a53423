/// The pause between two tasks of a user.
package enum WaitTime: Sendable, Equatable {
    /// Always the same; zero: no pause.
    case constant(nanoseconds: Int64)
    /// Uniform between two bounds, both included.
    case between(nanoseconds: ClosedRange<Int64>)

    /// The next pause, in nanoseconds, 0 or more.
    package func next(using generator: inout some RandomNumberGenerator) -> Int64 {
        switch self {
        case .constant(let nanoseconds): nanoseconds
        case .between(let range): range.lowerBound == range.upperBound ? range.lowerBound : Int64.random(in: range, using: &generator)
        }
    }
}
