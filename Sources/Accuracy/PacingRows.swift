/// The bars of a constant rate as a server sees it.
///
/// They hold where the machine's timers allow it: what comes to a server has waited for two threads to be given a core, the generator's and the server's, so
/// neither bar is below twice what a thread that only sleeps deviates at the same time. Where that widens a bar, the row says so.
package enum PacingRows {
    /// Rows of arrivals in nanoseconds. `control`: the thread that only sleeps, at the same time; nil: none, and nothing is widened.
    package static func rows(
        _ check: String, _ arrivals: [Int64], ratePerSecond: Int, control: PacingFigures?, bars: (seconds: Double, starts: Int)
    ) -> [AccuracyRow] {
        guard arrivals.count > 1000 else { return [.failed(check, "\(arrivals.count) arrivals only")] }
        let figures = PacingFigures(arrivals: arrivals, ratePerSecond: Double(ratePerSecond))
        let each = ratePerSecond / 10
        let deviation = figures.windowDeviation(from: each)
        let (ownSeconds, ownStarts) = (control?.deviationAtP99 ?? 0, control?.windowDeviation(from: each) ?? 0)
        let (seconds, starts) = (max(bars.seconds, 2 * ownSeconds), max(bars.starts, 2 * ownStarts))
        return [
            AccuracyRow(
                check, "distance from the schedule, p99 of \(arrivals.count)",
                expected: control == nil ? "0" : "0; a bare timer: \(Figures.time(ownSeconds))",
                measured: Figures.time(figures.deviationAtP99), deviation: "–",
                bar: "≤ \(Figures.time(seconds))\(seconds > bars.seconds ? ", twice a bare timer's" : "")",
                isHeld: figures.deviationAtP99 <= seconds, isWidened: figures.deviationAtP99 > bars.seconds),
            AccuracyRow(
                check, "starts in any 100 ms", expected: control == nil ? "\(each)" : "\(each); a bare timer: ± \(ownStarts)",
                measured: "\(figures.inWindow.lowerBound) … \(figures.inWindow.upperBound)", deviation: "\(deviation)",
                bar: "± \(starts)\(starts > bars.starts ? ", twice a bare timer's" : "")", isHeld: deviation <= starts,
                isWidened: deviation > bars.starts),
        ]
    }
}
