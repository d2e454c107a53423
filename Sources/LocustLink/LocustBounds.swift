/// How much of everything a message of Locust's may hold, checked before anything is believed.
package enum LocustBounds {
    /// Bytes of a master's message: it brings orders, not data.
    package static let masterMessage = 4 << 20
    /// Bytes of a worker's message: a thousand names with full histograms have about 10 MB.
    package static let workerMessage = 64 << 20
    /// Bytes of names, errors, tracebacks and lines.
    package static let text = 65_536
    /// User classes.
    package static let userClasses = 1000
    /// Names of requests, and errors, in a report.
    package static let entries = 10_000
    /// Keys of a histogram, or seconds.
    package static let counts = 10_000
    /// Options of a test: Locust 2.47 has 56 of its own.
    package static let options = 1000
    /// Users of a class.
    package static let users: ClosedRange<Int64> = 0...10_000_000
    /// Seconds, since 1970 or of a duration.
    package static let seconds: ClosedRange<Double> = 0...1e12
}
