/// Times: sum, least and greatest exact, the rest from a histogram, of 3 significant digits unless said otherwise.
package struct TimeStatistics: Sendable, Equatable {
    /// Exact figures.
    package private(set) var extent = TimeExtent()
    /// Counts by bucket.
    package private(set) var histogram: TimeHistogram
    /// How percentiles are read.
    package let reading: TimeReading

    /// Without times.
    package init(_ buckets: TimeBuckets = .threeDigits, reading: TimeReading = .house) {
        histogram = TimeHistogram(buckets)
        self.reading = reading
    }

    /// With these figures, of the house's reading.
    init(extent: TimeExtent, histogram: TimeHistogram) {
        self.extent = extent
        self.histogram = histogram
        reading = .house
    }

    /// Number of times.
    package var count: Int64 { histogram.count }
    /// Nil when there is no time.
    package var minNanoseconds: Int64? { count == 0 ? nil : extent.minNanoseconds }
    /// Nil when there is no time.
    package var maxNanoseconds: Int64? { count == 0 ? nil : extent.maxNanoseconds }
    /// Sum over count; nil when there is no time.
    package var averageNanoseconds: Double? { count == 0 ? nil : Double(extent.sumNanoseconds) / Double(count) }

    /// A percentile (0…100), within 0.1 % or 1 µs, whichever is larger, and within [min, max]; 100 is the exact maximum.
    /// Nil when there is no time. A percentile among times above one hour is told as one hour.
    package func nanoseconds(atPercentile percentile: Double) -> Int64? { nanoseconds(atPercentiles: [percentile])?[0] }

    /// Several percentiles in ascending order, in one pass.
    package func nanoseconds(atPercentiles percentiles: [Double]) -> [Int64]? {
        histogram.microseconds(atPercentiles: percentiles, reading: reading)?.enumerated().map { index, microseconds in
            if reading == .locust { return microseconds * 1000 }
            if percentiles[index] >= 100 { return extent.maxNanoseconds }
            return min(max(microseconds * 1000, extent.minNanoseconds), extent.maxNanoseconds)
        }
    }

    /// Several percentiles in ascending order of all that was due, where none above `limit` can be told (`RunResult.measurableBelow`): what was dropped counts as
    /// longer than everything. Nil for those that cannot be told, and when there is no time.
    package func nanoseconds(atPercentiles percentiles: [Double], measurableBelow limit: Double?) -> [Int64?] {
        Percentile.measurable(percentiles, below: limit) { nanoseconds(atPercentiles: $0) }
    }

    /// The time in the middle, within the least and the greatest; nil where it cannot be told, and without times.
    package func median(measurableBelow limit: Double?) -> Int64? {
        nanoseconds(atPercentiles: [50], measurableBelow: limit)[0].map { min(max($0, extent.minNanoseconds), extent.maxNanoseconds) }
    }

    /// The longest time, exact; nil where it cannot be told, and without times.
    package func greatest(measurableBelow limit: Double?) -> Int64? {
        Percentile.isMeasurable(100, below: limit) ? maxNanoseconds : nil
    }

    /// Adds an interval's exact figures; its cells are to be added with `add(_:)`.
    mutating func merge(_ interval: TimeExtent) { extent.merge(interval) }

    /// Adds an interval's cells.
    mutating func add(_ cells: UnsafeBufferPointer<HistogramCell>) { histogram.add(cells) }

    /// With more times, whose exact figures are counted here already.
    func adding(_ times: TimeHistogram) -> TimeStatistics {
        if times.count == 0 { return self }
        var sum = self
        if histogram.count == 0 { sum.histogram = times } else { sum.histogram.merge(times) }
        return sum
    }

    /// Adds another's times.
    package mutating func merge(_ other: TimeStatistics) {
        extent.merge(other.extent)
        histogram.merge(other.histogram)
    }
}
