import LoadModel
import Statistics

extension LocustReport {
    /// Requests that are told apart in one report, as far as a cell's key can number them.
    private static let mostRequests = SnapshotBounds.requests - 100
    /// Failures that are told apart in one report.
    private static let mostFailures = SnapshotBounds.failures - 100

    /// The report as a delta has it: its times, which are on Locust's grid, as both times of the requests. What was issued is what has ended: a Locust worker
    /// tells nothing else. Requests without a time are counted, and have no cell. `names`: those of the last report of the same worker.
    func snapshot(names kept: inout ReportedNames) -> IntervalSnapshot {
        var snapshot = IntervalSnapshot()
        var names = kept
        if !kept.areThose(of: entries) {
            var keys = entries.map { Self.key($0.method, $0.name) }
            for index in keys.indices.dropFirst(Self.mostRequests) { keys[index].name = StatisticsLimits.otherName }
            names = ReportedNames(entries, keys: keys)
            kept = names.areFew ? names : ReportedNames()
        }
        if entries.count > Self.mostRequests {
            let first = Self.key(entries[Self.mostRequests].method, entries[Self.mostRequests].name)
            snapshot.examples.request = "\(first.typeText) \(first.name)"
        }
        let (keys, order) = (names.keys, names.order)
        snapshot.requests.reserveCapacity(keys.count)
        snapshot.cells.reserveCapacity(entries.reduce(0) { $0 + $1.responseTimes.count })
        var start = 0
        while start < order.count {
            let key = keys[order[start]]
            var end = start + 1
            // Names that were cut, or are beyond the bound, may be the same now.
            while end < order.count, keys[order[end]] == key { end += 1 }
            snapshot.add(order[start..<end], of: entries, as: key)
            start = end
        }
        snapshot.failures = failures
        return snapshot
    }

    /// The same of a report by itself.
    func snapshot() -> IntervalSnapshot {
        var names = ReportedNames()
        return snapshot(names: &names)
    }

    /// Failures by request and text; each once, ascending.
    private var failures: [FailureInterval] {
        if errors.isEmpty { return [] }
        var counts: [FailureKey: Int64] = [:]
        for error in errors where error.occurrences > 0 {
            var key = FailureKey(request: Self.key(error.method, error.name), reason: StatisticsLimits.cut(error.text))
            if counts[key] == nil, counts.count >= Self.mostFailures { key.reason = StatisticsLimits.otherName }
            counts[key, default: 0] += error.occurrences
        }
        return counts.map { FailureInterval(key: $0.key, count: $0.value) }.sorted { $0.key < $1.key }
    }

    private static func key(_ method: String, _ name: String) -> RequestKey {
        RequestKey(typeText: StatisticsLimits.cut(method, to: 64), name: StatisticsLimits.cut(name))
    }
}

extension IntervalSnapshot {
    /// Adds what a report has of one request, in the entries at some places.
    fileprivate mutating func add(_ places: ArraySlice<Int>, of entries: [LocustEntry], as key: RequestKey) {
        var interval = RequestInterval(key: key)
        var counts: [LocustCount] = []
        for place in places {
            let entry = entries[place]
            interval.requests += entry.requests
            interval.failures += entry.failures
            interval.receivedBytes += entry.contentLength
            if entry.responseTimes.isEmpty { continue }
            if counts.isEmpty { counts = entry.responseTimes } else { counts += entry.responseTimes }
            var extent = TimeExtent()
            extent.sumNanoseconds = Int128((entry.totalResponseTime * 1e6).rounded())
            extent.maxNanoseconds = Self.nanoseconds(entry.maxResponseTime)
            extent.minNanoseconds = Self.nanoseconds(entry.minResponseTime ?? entry.maxResponseTime)
            interval.responseTime.merge(extent)
        }
        interval.serviceTime = interval.responseTime
        if places.count > 1 { counts.sort { $0.key < $1.key } }
        let position = requests.count
        for count in counts where count.count > 0 {
            let bucket = TimeBuckets.threeDigits.index(ofMicroseconds: min(max(count.key, 0), 3_600_000) * 1000)
            var left = count.count
            while left > 0 {
                let part = UInt32(clamping: left)
                cells.append(HistogramCell(request: position, series: .onTime, bucket: bucket, count: part))
                left -= Int64(part)
            }
        }
        requests.append(interval)
        issued += interval.requests
    }

    private static func nanoseconds(_ milliseconds: Double) -> Int64 { Int64((milliseconds * 1e6).rounded()) }
}
