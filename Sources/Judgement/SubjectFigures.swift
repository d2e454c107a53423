import Statistics

/// What was counted of one subject, in a whole run or in a part of it.
struct SubjectCounts: Sendable, Equatable {
    /// Requests, iterations or measurements that ended.
    var ended: Int64 = 0
    var failures: Int64 = 0
    var interrupted: Int64 = 0
    var receivedBytes: Int64 = 0
    var exceptions: Int64 = 0
    var dropped: Int64 = 0
    /// A counter's sum.
    var sum = 0.0

    /// Adds what was counted in another part.
    mutating func merge(_ other: SubjectCounts) {
        ended += other.ended
        failures += other.failures
        interrupted += other.interrupted
        receivedBytes = receivedBytes.addingReportingOverflow(other.receivedBytes).overflow ? .max : receivedBytes + other.receivedBytes
        exceptions += other.exceptions
        dropped += other.dropped
        sum += other.sum
    }
}

/// One kind of times of a subject.
struct SubjectTimes: Sendable, Equatable {
    /// Exact; nil: only the histogram is known.
    var extent: TimeExtent?
    /// Exact; nil: it is not known.
    var average: Double?
    var histogram: TimeHistogram
    /// How percentiles are read.
    var reading = TimeReading.house

    /// With an average of their own only where it does not follow from the extent.
    init(extent: TimeExtent?, average: Double? = nil, histogram: TimeHistogram) {
        self.extent = extent
        self.histogram = histogram
        self.average = extent.flatMap { histogram.count == 0 ? nil : Double($0.sumNanoseconds) / Double(histogram.count) } ?? average
    }

    /// A percentile below 100 by the rule of the house; nil without times.
    func nanoseconds(atPercentile percentile: Double) -> Double? {
        guard let microseconds = histogram.microseconds(atPercentiles: [percentile], reading: reading)?[0] else { return nil }
        if reading == .locust { return Double(microseconds * 1000) }
        guard let extent else { return Double(microseconds * 1000) }
        return Double(min(max(microseconds * 1000, extent.minNanoseconds), extent.maxNanoseconds))
    }
}

/// Starts of the open model, in a whole run or in a part of it.
struct SubjectStarts: Sendable, Equatable {
    var begun: Int64 = 0
    var dropped: Int64 = 0

    /// The greatest percentile that can be told; nil: all can.
    var measurableBelow: Double? { dropped == 0 ? nil : 100 * Double(begun) / Double(begun + dropped) }
}

/// What thresholds on one subject are judged by, of a whole run or of a window.
struct SubjectFigures: Sendable, Equatable {
    var counts = SubjectCounts()
    var times: [MeasuredTime: SubjectTimes] = [:]
    /// All starts of that time, whatever the subject is.
    var starts = SubjectStarts()

    /// A figure's value, or why there is none.
    enum Measure: Equatable {
        case value(Double)
        case missing(String)
    }

    /// A figure. `seconds`: the time that the counts are of.
    func measure(_ figure: ThresholdFigure, seconds: Double, of subject: ThresholdSubject) -> Measure {
        switch figure {
        case .time(let time, let statistic): return measure(statistic, of: time, subject)
        case .failures: return .value(Double(counts.failures))
        case .requests, .count: return .value(Double(counts.ended))
        case .interrupted: return .value(Double(counts.interrupted))
        case .exceptions: return .value(Double(counts.exceptions))
        case .dropped: return .value(Double(counts.dropped))
        case .sum: return .value(counts.sum)
        case .failureRate:
            return counts.ended == 0
                ? .missing("nothing of \(subject.words) ended") : .value(Double(counts.failures) / Double(counts.ended))
        case .averageSize:
            return counts.ended == 0
                ? .missing("nothing of \(subject.words) ended") : .value(Double(counts.receivedBytes) / Double(counts.ended))
        case .throughput, .rate:
            guard seconds > 0 else { return .missing("no time passed") }
            return .value((figure == .rate ? counts.sum : Double(counts.ended)) / seconds)
        }
    }

    private func measure(_ statistic: ThresholdFigure.Statistic, of time: MeasuredTime, _ subject: ThresholdSubject) -> Measure {
        guard let times = times[time], times.histogram.count > 0 else {
            return .missing("no \(time.words) of \(subject.words) was measured")
        }
        let count = times.histogram.count
        switch statistic {
        case .percentile(let percentile):
            let below = starts.measurableBelow
            if let below, percentile > below { return .missing(notMeasurable(statistic)) }
            let needed = Self.leastCount(percentile)
            guard count >= needed else {
                return .missing("\(count == 1 ? "1 time is" : "\(count) times are") too few for \(statistic.name), which needs \(needed)")
            }
            // Of all that was due: what was dropped counts as longer than everything.
            return times.nanoseconds(atPercentile: min(100, percentile * 100 / (below ?? 100))).map { .value($0) }
                ?? .missing("nothing was measured")
        case .average:
            return times.average.map { .value($0) } ?? .missing("the average is not known")
        case .least: return times.extent.map { .value(Double($0.minNanoseconds)) } ?? .missing("the least is not known")
        case .greatest:
            if starts.dropped > 0 { return .missing(notMeasurable(statistic)) }
            if let extent = times.extent { return .value(Double(extent.maxNanoseconds)) }
            return times.nanoseconds(atPercentile: 100).map { .value($0) } ?? .missing("nothing was measured")
        }
    }

    private func notMeasurable(_ statistic: ThresholdFigure.Statistic) -> String {
        "\(statistic.name) is not measurable: \(starts.dropped == 1 ? "1 start was" : "\(starts.dropped) starts were") dropped, and nobody knows how long they would have taken"
    }

    /// So many times are needed for a percentile that at least one can lie above it: 20 for p95, 100 for p99.
    static func leastCount(_ percentile: Double) -> Int64 {
        let above = 1_000_000 - Int64((percentile * 10_000).rounded())
        return above <= 0 ? 1 : (1_000_000 + above - 1) / above
    }
}
