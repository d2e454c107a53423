/// A bound that a run is to keep: `p95 < 200ms`, `name("login").p99 < 1s over 30s abort`. Its grammar is in docs/thresholds.md.
package struct Threshold: Sendable, Equatable {
    /// As it was written, with what a script says beside it (`abort`) behind: reading it again gives the same threshold.
    package var text: String
    /// The part of the text that says what is measured: `name("login").p99`.
    package var figureText: String
    /// The part of the text that says what it is to be: `< 1s`.
    package var boundText: String
    /// Of what a figure is bounded.
    package var subject: ThresholdSubject
    /// Which of its figures.
    package var figure: ThresholdFigure
    package var comparison: Comparison
    /// In the figure's unit: nanoseconds, a share of 1, a count, per second, bytes.
    package var bound: Double
    /// The length of the sliding windows in each of which it is to hold; nil: it is to hold of the whole run.
    package var windowSeconds: Int?
    /// The run is stopped when it does not hold, but not before so much of it is over; nil: it is not stopped.
    package var abortAfterNanoseconds: Int64?

    /// How a measured value is to stand to the bound.
    package enum Comparison: String, Sendable, CaseIterable {
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case equal = "=="

        /// Whether a value is as it is to be.
        package func holds(_ value: Double, _ bound: Double) -> Bool {
            switch self {
            case .less: value < bound
            case .lessOrEqual: value <= bound
            case .greater: value > bound
            case .greaterOrEqual: value >= bound
            case .equal: value == bound
            }
        }

        /// Whether the first value is further from what is wanted than the second; of what is to be equal, whether it is further from the bound.
        func isWorse(_ value: Double, than other: Double, bound: Double) -> Bool {
            switch self {
            case .less, .lessOrEqual: value > other
            case .greater, .greaterOrEqual: value < other
            case .equal: abs(value - bound) > abs(other - bound)
            }
        }
    }

    /// Whether a value is as it is to be.
    package func holds(_ value: Double) -> Bool { comparison.holds(value, bound) }

    /// The longest window, in seconds: an hour.
    package static let longestWindow = 3600
    /// A run is not stopped before so much of it is over, unless the threshold says otherwise.
    package static let usualGrace: Int64 = 10_000_000_000
}
