/// Lets connections be opened at a steady rate. Pure.
///
/// What was opened, or is about to be, moves the next turn by one interval each. What could not be used in the last moments is made up for, so that a
/// loop's granularity does not lower the rate; what could not be used before that is gone, so that a pause is not followed by a storm.
struct ConnectPacer {
    /// So far back unused turns are made up for.
    private static let catchUpNanoseconds: Int64 = 10_000_000
    /// Beyond this nobody is made to wait for what others have opened at once.
    private static let longestDebtNanoseconds: Int64 = 60_000_000_000

    private var interval: Int64
    /// When the next connection may be opened.
    private(set) var next: Int64 = 0
    /// Connections that are accounted for.
    private var counted: Int

    /// - Parameters:
    ///   - ratePerSecond: above 0.
    ///   - committed: connections opened, or about to be, so far.
    init(ratePerSecond: Double, committed: Int) {
        interval = Self.interval(ratePerSecond)
        counted = committed
    }

    private static func interval(_ ratePerSecond: Double) -> Int64 { Int64(max(1, min(1e18, 1e9 / ratePerSecond))) }

    /// Another rate from now on. Who waits for a turn waits no longer than one of the new ones takes.
    mutating func change(ratePerSecond: Double, now: Int64) {
        interval = Self.interval(ratePerSecond)
        next = min(next, now + interval)
    }

    /// Whether a connection may be opened now. `committed`: connections opened, or about to be, so far; fewer than before where some turned out not to be needed.
    mutating func mayOpen(now: Int64, committed: Int) -> Bool {
        let more = committed - counted
        counted = committed
        if more > 0 {
            let (cost, isTooLong) = interval.multipliedReportingOverflow(by: Int64(more))
            let due = max(next, now - Self.catchUpNanoseconds)
            next = min(due + min(isTooLong ? .max : cost, 2_000_000_000_000_000_000), now + max(interval, Self.longestDebtNanoseconds))
        } else if more < 0, next > now {
            let (refund, isTooLong) = interval.multipliedReportingOverflow(by: Int64(-more))
            next = isTooLong ? now : max(now, next - min(next - now, refund))
        }
        return now >= next
    }
}
