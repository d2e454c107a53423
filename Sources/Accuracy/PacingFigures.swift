/// What arrivals at a server say of a constant rate.
package struct PacingFigures: Sendable, Equatable {
    /// The 99th percentile of how far an arrival is from its own moment of the schedule, in seconds.
    package var deviationAtP99: Double
    /// The least and greatest number of arrivals in any window of 100 ms that lies within them.
    package var inWindow: ClosedRange<Int>

    /// Of arrivals, in nanoseconds ascending, at least two. The schedule's phase is the middle of what the arrivals say it is.
    package init(arrivals: [Int64], ratePerSecond: Double, window: Int64 = 100_000_000) {
        let interval = 1e9 / ratePerSecond
        let first = arrivals[0]
        let offsets = arrivals.enumerated().map { Double($1 - first) - Double($0) * interval }
        let middle = offsets.sorted()[offsets.count / 2]
        let deviations = offsets.map { abs($0 - middle) }.sorted()
        deviationAtP99 = deviations[min(deviations.count - 1, deviations.count * 99 / 100)] / 1e9
        inWindow = Self.countsInWindows(arrivals, window)
    }

    /// How far the number in any window is from what it should be.
    package func windowDeviation(from count: Int) -> Int { max(inWindow.upperBound - count, count - inWindow.lowerBound) }

    /// Counts change only where an arrival enters or leaves a half-open window: those that begin at an arrival hold the most, those that begin
    /// just behind one the fewest.
    private static func countsInWindows(_ arrivals: [Int64], _ window: Int64) -> ClosedRange<Int> {
        var (least, most, end) = (Int.max, 0, 0)
        var endBehind = 0
        for (index, start) in arrivals.enumerated() {
            while end < arrivals.count, arrivals[end] < start + window { end += 1 }
            while endBehind < arrivals.count, arrivals[endBehind] <= start + window { endBehind += 1 }
            // The last windows reach beyond the arrivals.
            if endBehind == arrivals.count, end == arrivals.count { break }
            most = max(most, end - index)
            least = min(least, endBehind - index - 1)
        }
        return least <= most ? least...most : most...most
    }
}
