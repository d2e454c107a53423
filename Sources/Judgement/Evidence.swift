import Statistics

/// All that a measurement is judged by, as plain values; what is not known is nil and judged by nobody.
package struct Evidence: Sendable, Equatable {
    /// From the start of the load to the stop.
    package var elapsedNanoseconds: Int64 = 0
    /// Finished requests, failures included.
    package var requests: Int64 = 0
    package var serviceTime: TimeFigures?
    /// Response time less service time, over all requests.
    package var delay: TimeFigures?
    /// How late the engine threads' loops were for what was due.
    package var lag: TimeFigures?
    /// Requests that failed because this side had no port, or no descriptor, left.
    package var portFailures: Int64 = 0
    package var descriptorFailures: Int64 = 0
    /// Whether a start may have to wait for something beside the generator: a free user, a connection below a cap, the end of the task before it.
    package var startsMayWait = true
    /// Users that the plan allows at most.
    package var mostUsers = 0
    /// Tasks that have ended, if they are counted.
    package var iterations: Iterations?
    /// Time that users spent inside tasks, over all users; nil: not measured.
    package var busyNanoseconds: Int64?
    /// Of the open model.
    package var starts: Starts?
    package var workers: [WorkerEvidence] = []

    package init() {}

    /// Tasks that have ended, from their beginning to their end.
    package struct Iterations: Sendable, Equatable {
        package var count: Int64
        package var durationNanoseconds: Double
        package var leastNanoseconds: Int64
        package var greatestNanoseconds: Int64

        /// `durationNanoseconds`: the sum of all.
        package init(count: Int64, durationNanoseconds: Double, leastNanoseconds: Int64, greatestNanoseconds: Int64) {
            self.count = count
            self.durationNanoseconds = durationNanoseconds
            self.leastNanoseconds = leastNanoseconds
            self.greatestNanoseconds = greatestNanoseconds
        }

        /// Of one; 0 where there is none.
        var averageNanoseconds: Double { count > 0 ? durationNanoseconds / Double(count) : 0 }
    }

    /// Starts that the schedule of an open load had, and what became of them.
    package struct Starts: Sendable, Equatable {
        /// Of the schedule, up to the stop.
        package var due: Int64
        package var begun: Int64
        /// Too late, or still waiting at the end.
        package var dropped: Int64

        package init(due: Int64, begun: Int64, dropped: Int64) {
            self.due = due
            self.begun = begun
            self.dropped = dropped
        }
    }
}

/// A distribution of times, as far as it is judged by; in nanoseconds.
package struct TimeFigures: Sendable, Equatable {
    package var count: Int64
    package var least: Int64
    package var median: Int64
    package var p90: Int64
    package var p95: Int64
    package var p99: Int64

    package init(count: Int64, least: Int64, median: Int64, p90: Int64, p95: Int64, p99: Int64) {
        self.count = count
        self.least = least
        self.median = median
        self.p90 = p90
        self.p95 = p95
        self.p99 = p99
    }

    /// Of a histogram; nil when it is empty.
    package init?(_ histogram: TimeHistogram) {
        guard let times = histogram.microseconds(atPercentiles: [0, 50, 90, 95, 99]) else { return nil }
        self.init(
            count: histogram.count, least: times[0] * 1000, median: times[1] * 1000, p90: times[2] * 1000, p95: times[3] * 1000,
            p99: times[4] * 1000)
    }

    /// The greatest percentile at or below which a decision can rest, so that at least ten samples lie above it; nil: there are too few.
    var tail: (percentile: Int, nanoseconds: Int64)? {
        if count >= 1000 { return (99, p99) }
        if count >= 200 { return (95, p95) }
        return count >= 100 ? (90, p90) : nil
    }

    /// One of 90, 95 and 99.
    func nanoseconds(atPercentile percentile: Int) -> Int64 { percentile == 99 ? p99 : percentile == 95 ? p95 : p90 }
}

/// What is known of one worker at the end of a run.
package struct WorkerEvidence: Sendable, Equatable {
    package var name: String
    /// Whether it was lost or could not go on, and never came back.
    package var isLost = false
    package var issued: Int64 = 0
    /// Issued, but neither in the result nor interrupted; below 0 when the result has more than was issued.
    package var unaccounted: Int64 = 0
    /// May have been sent after its last word.
    package var unheard: Int64 = 0
    /// How its process fared; nil: it did not say.
    package var health: WorkerHealth?
    /// The most of one core that its process used, in percent, where that is all that is known of it; nil: its health tells more.
    package var greatestCPUPercent: Double?
    /// The master's clock less its own; nil: not known.
    package var clockOffset: Int64?
    /// When it took the run to begin, less when the master did; nil: not known.
    package var startError: StartError?

    package init(name: String) { self.name = name }

    /// A difference of two clocks, and how far off it may be either side.
    package struct StartError: Sendable, Equatable {
        package var nanoseconds: Int64
        package var uncertainty: Int64

        package init(nanoseconds: Int64, uncertainty: Int64) {
            self.nanoseconds = nanoseconds
            self.uncertainty = uncertainty
        }
    }
}
