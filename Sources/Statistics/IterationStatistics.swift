/// Everything measured of the iterations of one task, or of all together.
package struct IterationStatistics: Sendable, Equatable {
    /// Nil for the total.
    package let key: IterationKey?
    /// Ended, failed ones included.
    package internal(set) var count: Int64 = 0
    /// Ended by an exception.
    package internal(set) var failed: Int64 = 0
    /// Response times and durations.
    var times = TimePair()

    /// Without iterations.
    package init(key: IterationKey?) { self.key = key }

    /// From the moment when an iteration was due to its end.
    /// - Complexity: O(buckets)
    package var responseTime: TimeStatistics { times.response }
    /// From when an iteration did begin to its end.
    /// - Complexity: O(buckets)
    package var duration: TimeStatistics { times.service }
    /// Average of response time minus duration; nil without iterations. Exact.
    package var averageDelayNanoseconds: Double? { count == 0 ? nil : Double(times.delaySumNanoseconds) / Double(count) }

    /// Adds an interval's figures.
    mutating func merge(_ interval: IterationInterval) {
        count += interval.count
        failed += interval.failed
        times.merge(response: interval.responseTime, service: interval.duration)
        interval.cells.withUnsafeBufferPointer { cells in
            var start = 0
            while start < cells.count {
                let series = cells[start].series
                var end = start
                while end < cells.count, cells[end].series == series { end += 1 }
                times.add(UnsafeBufferPointer(rebasing: cells[start..<end]), series: series)
                start = end
            }
        }
    }

    /// Adds all figures of another task.
    package mutating func merge(_ other: IterationStatistics) {
        count += other.count
        failed += other.failed
        times.merge(other.times)
    }
}
