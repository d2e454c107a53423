/// Failures of one request for one reason.
package struct FailureStatistics: Sendable, Equatable {
    package let key: FailureKey
    package internal(set) var count: Int64 = 0
    /// Seconds since the start of the run of the first and last interval with such a failure.
    package internal(set) var seen: ClosedRange<Int>
}

/// Exceptions at one place.
package struct ExceptionStatistics: Sendable, Equatable {
    /// Count and example.
    package internal(set) var total: ExceptionInterval
    /// Seconds since the start of the run of the first and last interval with such an exception.
    package internal(set) var seen: ClosedRange<Int>
    /// Workers on which it was raised, in alphabetical order.
    package internal(set) var workers: [String]
}
