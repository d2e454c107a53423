import Wire

/// How much of everything a message of Locust's may hold. Checked before anything is believed, so that whatever was decoded can be added up and shown.
package enum LocustBounds {
    /// Bytes of a message that a worker may send.
    package static let largestWorkerMessage = 64 << 20
    /// Bytes of an id; at least one.
    static let nodeID = WireBounds.nodeID
    /// Bytes of names, texts of errors, tracebacks and log lines, as they come; they are cut to what is kept later.
    static let text = 1 << 20
    /// Names in a report.
    static let entries = 100_000
    /// Errors in a report.
    static let errors = 100_000
    /// User classes.
    static let userClasses = 1000
    /// Times of a histogram, and seconds of a report.
    static let counts = 10_000
    /// Lines of a log.
    static let logLines = 10_000
    /// Each count.
    static let count: ClosedRange<Int64> = 0...1 << 36
    /// Users of a class.
    static let users: ClosedRange<Int64> = 0...(1 << 31 - 1)
    /// Times in milliseconds, either side of zero, and their sums: 31 years.
    static let milliseconds: ClosedRange<Double> = -1e12...1e12
    /// Moments in seconds since 1970.
    static let moment: ClosedRange<Double> = -1e12...1e12
    /// Bytes of bodies in a report.
    static let bytes: ClosedRange<Int64> = 0...1 << 53
}
