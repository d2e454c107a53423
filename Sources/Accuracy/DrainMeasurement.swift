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
