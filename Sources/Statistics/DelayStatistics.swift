/// Scheduling delays: by how much the response times of requests exceed their service times.
package struct DelayStatistics: Sendable, Equatable {
    /// Counts by bucket of 2 digits. A delay that does not move a request into another bucket of 3 digits counts as 0: it is below a thousandth of its
    /// time, or below 1 µs.
    package private(set) var histogram = TimeHistogram(.twoDigits)
    private var sumNanoseconds: Int128 = 0

    /// Of `requests` requests; `late` holds the delays of those that have one.
    init(late: TimeHistogram, requests: Int64, sumNanoseconds: Int128) {
        histogram = late
        if requests > late.count { histogram.add(bucket: 0, count: requests - late.count) }
        self.sumNanoseconds = sumNanoseconds
    }

    /// Number of requests.
    package var count: Int64 { histogram.count }
    /// Exact; nil without requests.
    package var averageNanoseconds: Double? { count == 0 ? nil : Double(sumNanoseconds) / Double(count) }

    /// A percentile (0…100), within 1 % or 1 µs; nil without requests.
    package func nanoseconds(atPercentile percentile: Double) -> Int64? { nanoseconds(atPercentiles: [percentile])?[0] }

    /// Several percentiles in ascending order, in one pass; 100 is the greatest delay within 1 %.
    package func nanoseconds(atPercentiles percentiles: [Double]) -> [Int64]? {
        histogram.microseconds(atPercentiles: percentiles)?.map { $0 * 1000 }
    }
}
