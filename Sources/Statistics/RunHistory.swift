/// What happened in one span of the run.
package struct HistoryPoint: Sendable, Equatable {
    /// Start, in whole seconds since the start of the run.
    package internal(set) var second: Int
    /// Length in seconds.
    package internal(set) var span: Int
    /// The greatest number of users noted within the span; nil if none was.
    package internal(set) var users: Int?
    package internal(set) var requests: Int64 = 0
    package internal(set) var failures: Int64 = 0
    package internal(set) var receivedBytes: Int64 = 0
    package internal(set) var responseTime = TimeExtent()
    /// Starts of the open model that users began with, and that were given up.
    package internal(set) var startsBegun: Int64 = 0
    /// See `startsBegun`.
    package internal(set) var startsDropped: Int64 = 0
    /// Response times, 2 significant digits.
    package internal(set) var histogram = SparseHistogram()
    /// How percentiles are read.
    private(set) var reading: TimeReading

    /// An empty point.
    package init(second: Int, span: Int, reading: TimeReading = .house) {
        self.second = second
        self.span = span
        self.reading = reading
    }

    /// The greatest percentile (0…100) that can be told, since starts were dropped; nil: all can.
    package var measurableBelow: Double? { Percentile.measurableBelow(begun: startsBegun, dropped: startsDropped) }

    /// Percentiles of the response time (ascending), within 1 % or 1 µs and within [min, max]; nil without requests.
    package func nanoseconds(atPercentiles percentiles: [Double]) -> [Int64]? {
        histogram.microseconds(atPercentiles: percentiles, reading: reading)?.enumerated().map { index, microseconds in
            if reading == .locust { return microseconds * 1000 }
            if percentiles[index] >= 100 { return responseTime.maxNanoseconds }
            return min(max(microseconds * 1000, responseTime.minNanoseconds), responseTime.maxNanoseconds)
        }
    }

    /// The same of all that was due in the span, with what was dropped counted as longer than everything; nil for those that cannot be told.
    package func measurableNanoseconds(atPercentiles percentiles: [Double]) -> [Int64?] {
        Percentile.measurable(percentiles, below: measurableBelow) { nanoseconds(atPercentiles: $0) }
    }

    /// Adds what happened in another span.
    package mutating func merge(_ other: HistoryPoint) {
        if let others = other.users { users = max(users ?? 0, others) }
        if other.reading != .house { reading = other.reading }
        requests += other.requests
        failures += other.failures
        receivedBytes.addSaturating(other.receivedBytes)
        startsBegun += other.startsBegun
        startsDropped += other.startsDropped
        responseTime.merge(other.responseTime)
        histogram.merge(other.histogram)
    }
}

/// The course of a run, with points that widen with age: 1 s for the last 15 min, 10 s for the last 2.5 h, 1 min before that; for runs
/// over a week the oldest points widen to 2 min, 4 min and so on, so that there are never more than about 12,000.
///
/// What it holds depends on what was added and on the newest second, not on the order of adding.
package struct RunHistory: Sendable, Equatable {
    var fine = HistoryTier(span: 1)
    var middle = HistoryTier(span: 10)
    var coarse = HistoryTier(span: 60)
    /// The newest second, rounded down to a minute: thinning happens once a minute.
    var newestMinute = 0

    private static let fineSeconds = 900
    private static let middleSeconds = 9000
    private static let coarsePoints = 10_080

    package init() {}

    /// All points, oldest first; spans in which nothing happened may be missing.
    package var points: [HistoryPoint] { coarse.points + middle.points + fine.points }

    /// Adds what happened in a second.
    package mutating func add(_ point: HistoryPoint) {
        let minute = point.second / 60 * 60
        if minute > newestMinute {
            newestMinute = minute
            thin()
        }
        if point.second < coarseLimit {
            coarse.add(point)
        } else if point.second < middleLimit {
            middle.add(point)
        } else {
            fine.add(point)
        }
    }

    /// One point of everything from `second` on, up to but without `end`. Whole points only.
    package func sum(from second: Int, before end: Int) -> HistoryPoint {
        var sum = HistoryPoint(second: second, span: max(end - second, 0))
        for tier in [coarse, middle, fine] { tier.forEach(from: second, before: end) { sum.merge($0) } }
        return sum
    }

    /// Seconds before these are in the tier of 10 s, or of 60 s and more. Neither limit ever falls: the second is rounded up so that
    /// this holds when the span doubles.
    private var middleLimit: Int { max(0, newestMinute - Self.fineSeconds) / 60 * 60 }
    private var coarseLimit: Int { (max(0, newestMinute - Self.middleSeconds) + coarse.span - 1) / coarse.span * coarse.span }

    private mutating func thin() {
        while newestMinute / coarse.span > Self.coarsePoints { coarse.widen() }
        fine.move(before: middleLimit, to: &middle)
        middle.move(before: coarseLimit, to: &coarse)
    }
}

/// Points of one span.
struct HistoryTier: Sendable, Equatable {
    /// Of each point, in seconds.
    private(set) var span: Int
    /// Ascending by second; seconds are multiples of `span`.
    private(set) var points: [HistoryPoint] = []

    /// Without points.
    init(span: Int) { self.span = span }

    /// Puts a point in as it is; one of the same second takes it in.
    mutating func restore(_ point: HistoryPoint) {
        let index = lowerBound(point.second)
        if index < points.count, points[index].second == point.second {
            points[index].merge(point)
            points[index].span = max(points[index].span, point.span)
        } else {
            points.insert(point, at: index)
        }
    }

    /// The span that the points to come have.
    mutating func restore(span: Int) { self.span = span }

    /// Adds to the point that holds the second.
    mutating func add(_ point: HistoryPoint) {
        let second = point.second / span * span
        let index = lowerBound(second)
        if index == points.count || points[index].second != second {
            points.insert(HistoryPoint(second: second, span: span), at: index)
        }
        points[index].merge(point)
    }

    /// Hands the points before a second to a tier of wider ones.
    mutating func move(before limit: Int, to wider: inout HistoryTier) {
        let end = lowerBound(limit)
        for point in points[..<end] { wider.add(point) }
        points.removeFirst(end)
    }

    /// Doubles the span.
    mutating func widen() {
        span *= 2
        let old = points
        points = []
        for point in old { add(point) }
    }

    /// Calls back with each point that begins within these seconds.
    func forEach(from second: Int, before end: Int, _ body: (HistoryPoint) -> Void) {
        var index = lowerBound(second)
        while index < points.count, points[index].second < end {
            body(points[index])
            index += 1
        }
    }

    private func lowerBound(_ second: Int) -> Int {
        if let last = points.last, last.second < second { return points.count }
        var low = 0
        var high = points.count
        while low < high {
            let middle = (low + high) / 2
            if points[middle].second < second { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
