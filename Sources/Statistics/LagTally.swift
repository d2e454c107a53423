/// Counts how late an engine loop did what was due. Dense, so that one more costs an addition: a loop notes every timer. Owned by one thread.
struct LagTally: ~Copyable {
    private let counts: UnsafeMutablePointer<UInt32>
    private var extent = TimeExtent()
    /// The greatest bucket touched; -1: none.
    private var last = -1

    /// Without times.
    init() {
        counts = .allocate(capacity: TimeBuckets.twoDigits.count)
        counts.initialize(repeating: 0, count: TimeBuckets.twoDigits.count)
    }

    deinit { counts.deallocate() }

    /// Counts one time.
    mutating func record(_ nanoseconds: Int64) {
        extent.add(nanoseconds)
        let bucket = TimeBuckets.twoDigits.index(ofMicroseconds: TimeBuckets.microseconds(ofNanoseconds: nanoseconds))
        counts[bucket] &+= 1
        if bucket > last { last = bucket }
    }

    /// What was counted since the last call.
    /// - Complexity: O(buckets up to the greatest touched): 3,300 at most
    mutating func take() -> LagInterval {
        var interval = LagInterval()
        if last < 0 { return interval }
        for bucket in 0...last where counts[bucket] > 0 {
            interval.cells.append(HistogramCell(request: 0, series: .delay, bucket: bucket, count: counts[bucket]))
            counts[bucket] = 0
        }
        interval.times = extent
        extent = TimeExtent()
        last = -1
        return interval
    }
}

/// How late engine loops did what was due in one interval.
package struct LagInterval: Sendable, Equatable {
    /// Exact figures.
    package var times = TimeExtent()
    /// How many fell into which bucket of 2 digits, as request 0 in the series `.delay`; ascending.
    package var cells: [HistogramCell] = []

    package init() {}

    /// Adds the figures of another snapshot.
    mutating func merge(_ other: LagInterval) {
        times.merge(other.times)
        cells.merge(other.cells)
    }
}
