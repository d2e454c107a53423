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
