import Statistics

/// What a Cicada worker measures, added up as Locust's workers report it: all that came since the last report. Pure.
///
/// Seconds are known as well as intervals are: those end on whole seconds of the worker's clock, and all of an interval counts for the second that its
/// middle is in.
package struct LocustTally {
    /// One name's figures.
    private struct Figures {
        var requests: Int64 = 0
        var failures: Int64 = 0
        var receivedBytes: Int64 = 0
        var times = TimeExtent()
        /// Response times by the numbers of Locust's keys.
        var counts: [Int: Int64] = [:]
        var requestsBySecond: [Int64: Int64] = [:]
        var failuresBySecond: [Int64: Int64] = [:]
        var start: Double
        var last = 0.0

        init(start: Double) { self.start = start }

        mutating func merge(_ other: Figures) {
            guard other.requests > 0 else { return }
            if requests == 0 { start = other.start }
            requests += other.requests
            failures += other.failures
            receivedBytes += other.receivedBytes
            times.merge(other.times)
            counts.merge(other.counts, uniquingKeysWith: +)
            requestsBySecond.merge(other.requestsBySecond, uniquingKeysWith: +)
            failuresBySecond.merge(other.failuresBySecond, uniquingKeysWith: +)
            start = min(start, other.start)
            last = max(last, other.last)
        }
    }

    private struct Occurrences {
        var count: Int64 = 0
        var first: Double
        var last: Double
    }

    private var figures: [RequestKey: Figures] = [:]
    private var total: Figures
    private var errors: [FailureKey: Occurrences] = [:]
    /// When the last interval ended, in seconds since 1970.
    private var intervalEnd: Double

    /// Nothing, from a time on, in seconds since 1970.
    package init(start: Double) {
        total = Figures(start: start)
        intervalEnd = start
    }

    /// Requests that are not reported yet.
    package var requests: Int64 { total.requests }

    /// Adds what was measured in an interval that ended just then, in seconds since 1970.
    /// - Complexity: O(names + cells)
    package mutating func add(_ snapshot: IntervalSnapshot, end: Double) {
        // An interval is a second long; one that nothing happened in does not come.
        let start = min(max(intervalEnd, end - 1), end)
        intervalEnd = end
        let second = Int64(((start + end) / 2).rounded(.down))
        // The last request was at its end or before, and in its second.
        let last = max(start, min(end, Double(second) + 0.999_999))
        for request in snapshot.requests where request.requests > 0 {
            Self.add(request, to: &figures[request.key, default: Figures(start: start)], second: second, last: last)
            Self.add(request, to: &total, second: second, last: last)
        }
        for cell in snapshot.cells where cell.series == .response {
            let count = Int64(cell.count)
            figures[snapshot.requests[cell.request].key]?.counts[cell.bucket, default: 0] += count
            total.counts[cell.bucket, default: 0] += count
        }
        for failure in snapshot.failures {
            var occurrences = errors[failure.key] ?? Occurrences(first: start, last: last)
            occurrences.count += failure.count
            occurrences.last = last
            errors[failure.key] = occurrences
        }
    }

    private static func add(_ request: RequestInterval, to figures: inout Figures, second: Int64, last: Double) {
        figures.requests += request.requests
        figures.failures += request.failures
        figures.receivedBytes += request.receivedBytes
        figures.times.merge(request.responseTime)
        figures.requestsBySecond[second, default: 0] += request.requests
        if request.failures > 0 { figures.failuresBySecond[second, default: 0] += request.failures }
        figures.last = max(figures.last, last)
    }

    /// The report of all that came since the last one; afterwards there is nothing. `now`: in seconds since 1970.
    package mutating func take(users: [LocustUsers], now: Double) -> LocustReport {
        // Where there was nothing the interval's start says nothing: it may lie before the test's.
        if total.requests == 0 { total.start = now }
        var report = LocustReport(total: Self.entry(total, name: "Aggregated", method: ""))
        report.entries = figures.sorted { $0.key < $1.key }.map { key, figures in
            Self.entry(figures, name: key.name, method: key.method.text)
        }
        report.errors = errors.sorted { $0.key < $1.key }.map { key, occurrences in
            LocustError(
                name: key.request.name, method: key.request.method.text, text: key.reason, occurrences: occurrences.count,
                firstSeen: occurrences.first, lastSeen: occurrences.last)
        }
        report.users = users
        let end = intervalEnd
        self = LocustTally(start: now)
        intervalEnd = end
        return report
    }

    /// Takes back what could not be reported: it comes with the next report.
    /// - Complexity: O(names + keys)
    package mutating func merge(_ other: LocustTally) {
        total.merge(other.total)
        for (key, more) in other.figures { figures[key, default: Figures(start: more.start)].merge(more) }
        for (key, more) in other.errors {
            var occurrences = errors[key] ?? more
            if errors[key] != nil {
                occurrences.count += more.count
                (occurrences.first, occurrences.last) = (min(occurrences.first, more.first), max(occurrences.last, more.last))
            }
            errors[key] = occurrences
        }
    }

    private static func entry(_ figures: Figures, name: String, method: String) -> LocustEntry {
        var entry = LocustEntry(name: name, method: method, startTime: figures.start)
        entry.requests = figures.requests
        entry.failures = figures.failures
        entry.contentLength = figures.receivedBytes
        if figures.requests > 0 {
            entry.lastRequestTimestamp = figures.last
            entry.totalResponseTime = milliseconds(figures.times.sumNanoseconds)
            entry.minResponseTime = milliseconds(Int128(figures.times.minNanoseconds))
            entry.maxResponseTime = milliseconds(Int128(figures.times.maxNanoseconds))
        }
        entry.responseTimes = figures.counts.map { LocustCount(LocustTime.key(ofNumber: $0.key), $0.value) }.sorted { $0.key < $1.key }
        entry.requestsPerSecond = figures.requestsBySecond.map { LocustCount($0.key, $0.value) }.sorted { $0.key < $1.key }
        entry.failuresPerSecond = figures.failuresBySecond.map { LocustCount($0.key, $0.value) }.sorted { $0.key < $1.key }
        return entry
    }

    private static func milliseconds(_ nanoseconds: Int128) -> Double { Double(nanoseconds) / 1e6 }
}
