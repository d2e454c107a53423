import Statistics

/// Where the requests of a snapshot are in it. Made once a snapshot, for all subjects.
struct SnapshotMap {
    /// By request: where its cells begin; one more for the end.
    let cellStarts: [Int]
    private let requestsByName: [String: [Int]]

    /// - Complexity: O(requests and cells)
    init(_ snapshot: IntervalSnapshot) {
        var starts = [Int](repeating: 0, count: snapshot.requests.count + 1)
        for cell in snapshot.cells where cell.request < snapshot.requests.count { starts[cell.request + 1] += 1 }
        for index in snapshot.requests.indices { starts[index + 1] += starts[index] }
        cellStarts = starts
        var byName: [String: [Int]] = [:]
        for (index, request) in snapshot.requests.enumerated() { byName[request.key.name, default: []].append(index) }
        requestsByName = byName
        keys = snapshot.requests.map(\.key)
    }

    private let keys: [RequestKey]

    /// Those that a threshold's name means.
    func requests(of name: RequestName) -> [Int] {
        let named = requestsByName[name.name] ?? []
        guard let key = name.key else { return named }
        return named + (requestsByName[key.name] ?? []).filter { keys[$0] == key && !named.contains($0) }
    }
}

/// Adds up one subject's part of one snapshot.
struct SubjectTally {
    var counts = SubjectCounts()
    /// By the place of the time in `times`.
    private(set) var extents: [TimeExtent]
    private let times: [MeasuredTime]
    /// Dense, since many requests may come together in it; empty until the first cell.
    private var histograms: [TimeHistogram]

    init(times: [MeasuredTime]) {
        self.times = times
        extents = [TimeExtent](repeating: TimeExtent(), count: times.count)
        histograms = times.map { TimeHistogram($0.buckets) }
    }

    /// Adds one of the snapshot's requests.
    mutating func add(_ snapshot: IntervalSnapshot, _ map: SnapshotMap, request index: Int) {
        let request = snapshot.requests[index]
        counts.ended += request.requests
        counts.failures += request.failures
        counts.interrupted += request.interrupted
        counts.receivedBytes += request.receivedBytes
        for (place, time) in times.enumerated() {
            switch time {
            case .response: extents[place].merge(request.responseTime)
            case .service: extents[place].merge(request.serviceTime)
            case .delay: extents[place].sumNanoseconds += request.responseTime.sumNanoseconds - request.serviceTime.sumNanoseconds
            default: break
            }
        }
        if times.isEmpty { return }
        add(snapshot.cells[map.cellStarts[index]..<map.cellStarts[index + 1]])
    }

    /// Adds the iterations of one task.
    mutating func add(_ iteration: IterationInterval) {
        counts.ended += iteration.count
        counts.failures += iteration.failed
        for (place, time) in times.enumerated() { extents[place].merge(time == .duration ? iteration.duration : iteration.responseTime) }
        if !times.isEmpty { add(iteration.cells[...]) }
    }

    /// Adds a script's own measurement, if it is in the snapshot.
    mutating func add(_ custom: [CustomInterval], _ key: CustomKey) {
        guard let entry = custom.first(where: { $0.key == key }) else { return }
        counts.ended += entry.count
        counts.sum += Double(entry.sumBillionths) / 1e9
        for place in times.indices { extents[place].merge(entry.times) }
        if !times.isEmpty { add(entry.cells[...]) }
    }

    private mutating func add(_ cells: ArraySlice<HistogramCell>) {
        cells.withUnsafeBufferPointer { cells in
            var start = 0
            while start < cells.count {
                let series = cells[start].series
                var end = start
                while end < cells.count, cells[end].series == series { end += 1 }
                let run = UnsafeBufferPointer(rebasing: cells[start..<end])
                for (place, time) in times.enumerated() where time.isIn(series) { histograms[place].add(run) }
                start = end
            }
        }
    }

    /// The buckets of one of the times.
    func takeBuckets(ofTime place: Int) -> BucketCounts {
        var buckets = BucketCounts()
        histograms[place].forEachBucket { buckets.append(bucket: $0, count: $1) }
        return buckets
    }
}

extension MeasuredTime {
    /// The layout of its histograms.
    var buckets: TimeBuckets { isPhase || self == .delay ? .twoDigits : .threeDigits }

    /// Whether cells of a series are such times.
    fileprivate func isIn(_ series: TimeSeries) -> Bool {
        switch series {
        case .onTime: self == .response || self == .service || self == .duration
        case .response: self == .response
        case .service: self == .service || self == .duration
        default: MeasuredTime(phase: series) == self
        }
    }
}
