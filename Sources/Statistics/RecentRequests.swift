/// What each request did in the last 10 s, told from the totals of a run as they stand once a second.
///
/// A value without a clock. What came in between two looks belongs to the second of the later one.
package struct RecentRequests: Sendable {
    /// Length of the window.
    package static let seconds = 10

    /// One request in the window.
    private struct Course {
        var requests: Int64 = 0
        var failures: Int64 = 0
        var times = TimeHistogram(.threeDigits)
        var points: [HistoryPoint] = []
    }

    private let keepsTimes: Bool
    private var courses: [RequestKey: Course] = [:]
    private var second: Int?

    /// `keepsTimes`: percentiles can be asked for, which costs some microseconds a request and second.
    package init(keepsTimes: Bool = false) { self.keepsTimes = keepsTimes }

    /// Takes the totals at the end of a second of the run (0: the first). `times`: the response times of a request, asked for only where they are kept.
    ///
    /// Whoever begins to look when the run has been going on for a while learns from the second look on.
    package mutating func note(_ requests: [(request: RequestStatistics, times: () -> TimeStatistics)], second now: Int) {
        let isBehind = second == nil && now > Self.seconds
        for (request, times) in requests {
            guard let key = request.key else { continue }
            var course = courses[key] ?? Course()
            var point = HistoryPoint(second: now, span: 1)
            point.requests = max(0, request.requests - course.requests)
            point.failures = max(0, request.failures - course.failures)
            if keepsTimes, point.requests > 0 {
                let histogram = times().histogram
                point.histogram.add(histogram.coarseCounts(since: course.times))
                course.times = histogram
            }
            (course.requests, course.failures) = (request.requests, request.failures)
            course.points.removeAll { $0.second <= now - Self.seconds }
            if point.requests > 0, !isBehind { course.points.append(point) }
            courses[key] = course
        }
        second = now
    }

    /// Requests and failures of one request per second of the window; of the part of it that the run has lasted, while it is younger.
    package func perSecond(_ key: RequestKey) -> (requests: Double, failures: Double) {
        guard let second, let course = courses[key] else { return (0, 0) }
        let (sum, length) = (sum(course), Double(min(Self.seconds, second + 1)))
        return (Double(sum.requests) / length, Double(sum.failures) / length)
    }

    /// Percentiles of one request's response time (ascending), within 1 % and within `range`, the times of the whole run; nil without requests in
    /// the window, and for those that cannot be told since starts were dropped in it (`limit`, see `HistoryPoint.measurableBelow`).
    package func nanoseconds(
        atPercentiles percentiles: [Double], of key: RequestKey, within range: ClosedRange<Int64>, measurableBelow limit: Double?
    ) -> [Int64?] {
        let histogram = courses[key].map { sum($0).histogram }
        return Percentile.measurable(percentiles, below: limit) { begun in
            histogram?.microseconds(atPercentiles: begun)?.map { min(max($0 * 1000, range.lowerBound), range.upperBound) }
        }
    }

    private func sum(_ course: Course) -> HistoryPoint {
        let now = second ?? 0
        var sum = HistoryPoint(second: now, span: Self.seconds)
        for point in course.points where point.second > now - Self.seconds { sum.merge(point) }
        return sum
    }
}
