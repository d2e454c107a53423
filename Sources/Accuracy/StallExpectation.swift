/// What a server that stands still for a while does to response times under a constant rate: in closed form.
///
/// Starts that are due while the server stands still wait for its end, and those after it until the backlog is served. With a catch-up factor k (the
/// server serves k times the rate then), `affected` = R·S·k/(k−1) starts have response times spread evenly over 0 … S, and no other has.
package struct StallExpectation: Sendable, Equatable {
    /// S, in seconds.
    package var stallSeconds: Double
    /// R, starts per second.
    package var ratePerSecond: Double
    /// k, above 1; infinite: the backlog is gone at once.
    package var drainFactor: Double
    /// N: all starts of the result.
    package var samples: Double
    /// So many stalls of that kind lie in the run.
    package var stalls = 1

    package init(stallSeconds: Double, ratePerSecond: Double, drainFactor: Double, samples: Double, stalls: Int = 1) {
        self.stallSeconds = stallSeconds
        self.ratePerSecond = ratePerSecond
        self.drainFactor = drainFactor
        self.samples = samples
        self.stalls = stalls
    }

    /// Starts that wait.
    package var affected: Double {
        Double(stalls) * ratePerSecond * stallSeconds * (drainFactor.isInfinite ? 1 : drainFactor / (drainFactor - 1))
    }

    /// The response time at quantile `q` (0 … 1), in seconds, without what a request takes by itself; 0: the stall is not seen there.
    package func responseSeconds(atQuantile q: Double) -> Double { max(0, stallSeconds * (1 - (1 - q) * samples / affected)) }

    /// The share of starts whose response takes longer than a time.
    package func share(above seconds: Double) -> Double { max(0, affected / samples * (1 - seconds / stallSeconds)) }
}

/// How fast a backlog was served, from when a server read its requests.
package enum DrainMeasurement {
    /// The catch-up factor k; infinite when the backlog was gone at once. `arrivals`, in ascending order, came at a constant rate but for the stall. Times are
    /// nanoseconds. Nil: there is no backlog, or it never ends.
    ///
    /// Since a start that is due x after the stall's beginning is served at S + x/k, the backlog has gone when S + x/k = x: at S·k/(k−1). That moment is the
    /// first after the stall at which as many have come as were due.
    package static func factor(arrivals: [Int64], stall: ClosedRange<Int64>, ratePerSecond: Double) -> Double? {
        let before = arrivals.prefix { $0 < stall.lowerBound }
        guard before.count > 10, let last = before.last else { return nil }
        // The schedule's phase: the middle of what it looks like from each of the last hundred.
        let interval = 1e9 / ratePerSecond
        let offsets = before.suffix(100).enumerated().map { Double($1 - last) + Double(min(100, before.count) - 1 - $0) * interval }
            .sorted()
        let phase = Double(last) + offsets[offsets.count / 2]
        for index in before.count..<arrivals.count {
            let due = phase + Double(index - before.count + 1) * interval
            if arrivals[index] < stall.upperBound { return nil }
            // Less than an interval late: it is up to date.
            guard Double(arrivals[index]) - due < interval else { continue }
            let served = Double(index - before.count)
            let backlog = Double(stall.upperBound - stall.lowerBound) / interval
            return served > backlog ? served / (served - backlog) : .infinity
        }
        return nil
    }
}
