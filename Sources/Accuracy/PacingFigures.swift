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

/// What arrivals at a server say of a rate that grows from nothing along a straight line.
package enum RampFigures {
    /// The greatest difference between how many came before each whole second of the ramp and the area below its line: rate·t²/2T, rounded up, since the first
    /// start is due at once. `arrivals` are nanoseconds, ascending; the ramp begins with the first.
    package static func greatestCountError(arrivals: [Int64], finalRate: Double, seconds: Int) -> Int {
        guard let begin = begin(arrivals, finalRate: finalRate, seconds: seconds) else { return .max }
        return (1...seconds).map { second in
            let time = Double(second)
            let expected = (finalRate * time * time / 2 / Double(seconds)).rounded(.up)
            let counted = arrivals.count { Double($0) < begin + time * 1e9 }
            return abs(counted - Int(expected))
        }.max() ?? .max
    }

    /// Start k is due at √(2·T·k/rate): the middle of when the ramp began by each arrival.
    private static func begin(_ arrivals: [Int64], finalRate: Double, seconds: Int) -> Double? {
        let begins = arrivals.enumerated().map { Double($1) - (2 * Double(seconds) * Double($0) / finalRate).squareRoot() * 1e9 }.sorted()
        return begins.isEmpty ? nil : begins[begins.count / 2]
    }
}

/// Little's law: N = X·R.
package enum LittlesLaw {
    /// Requests under way by throughput and service time, over the users that were busy; 1 when both were measured right.
    package static func ratio(requestsPerSecond: Double, averageSeconds: Double, users: Double) -> Double {
        requestsPerSecond * averageSeconds / users
    }
}
