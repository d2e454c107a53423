/// Lets connections be opened at a steady rate. Pure.
///
/// Connection k may be opened at t0 + k·interval; what could not be used in the last moments is made up for, so that a loop's granularity does not lower
/// the rate, and what could not be used before that is gone, so that a pause is not followed by a storm.
struct ConnectPacer {
    /// So far back unused turns are made up for.
    private static let catchUpNanoseconds: Int64 = 10_000_000

    private let interval: Int64
    /// When the next connection may be opened.
    private(set) var next = Int64.min

    /// - Parameter ratePerSecond: above 0.
    init(ratePerSecond: Double) { interval = Int64(max(1, min(1e18, 1e9 / ratePerSecond))) }

    func mayOpen(now: Int64) -> Bool { now >= next }

    /// A connection is opened now.
    mutating func spend(now: Int64) { next = max(next, now - Self.catchUpNanoseconds) + interval }
}
