/// How much of everything a message of Locust's may hold, checked before anything is believed: whatever was decoded can be added up and shown.
package enum LocustBounds {
    /// Bytes of a master's message: it brings orders, not data.
    package static let masterMessage = 4 << 20
    /// Bytes of a worker's message: a thousand names with full histograms have about 10 MB.
    package static let workerMessage = 64 << 20
    /// Bytes of names, errors, tracebacks and lines, as they are written.
    package static let text = 65_536
    /// Bytes of the same as a worker may send them; they are cut to what is kept later.
    package static let longText = 1 << 20
    /// User classes.
    package static let userClasses = 1000
    /// Names of requests, and errors, in a report.
    package static let entries = 100_000
    /// Keys of a histogram, or seconds.
    package static let counts = 10_000
    /// Options of a test: Locust 2.47 has 56 of its own.
    package static let options = 1000
    /// Lines of a log: Locust keeps 500.
    package static let logLines = 10_000
    /// Users of a class.
    package static let users: ClosedRange<Int64> = 0...10_000_000
    /// Seconds, since 1970 or of a duration.
    package static let seconds: ClosedRange<Double> = 0...1e12
    /// Each count.
    package static let count: ClosedRange<Int64> = 0...1 << 36
    /// Times in milliseconds, either side of zero, and their sums: 31 years.
    package static let milliseconds: ClosedRange<Double> = -1e12...1e12
    /// The greatest time that is a whole number of milliseconds.
    static let wholeMilliseconds: Int64 = 1_000_000_000_000
    /// Bytes of bodies in a report.
    package static let bytes: ClosedRange<Int64> = 0...1 << 53
}
