extension IntervalSnapshot {
    /// Adds another snapshot of the same worker: of another of its threads, or of an earlier interval that was not delivered. The
    /// result merges to the same as both one after the other (within one second of the run). Above a limit, the names in `self` stay.
    /// Both must be well-formed.
    /// - Complexity: O(size of both)
    package mutating func fold(_ other: IntervalSnapshot, limits: StatisticsLimits = StatisticsLimits()) {
        if other == IntervalSnapshot() { return }
        if self == IntervalSnapshot() {
            self = other
            return
        }
        issued += other.issued
        connectionsOpened += other.connectionsOpened
        examples.merge(other.examples)

        var roster = Set(requests.map(\.key))
        let others = other.requests.map { request in
            var request = request
            if !roster.contains(request.key), roster.count >= limits.requests {
                examples.request = OverflowExamples.least(examples.request, "\(request.key.typeText) \(request.key.name)")
                request.key.name = StatisticsLimits.otherName
            }
            roster.insert(request.key)
            return request
        }
        foldCells(other.cells, of: others, roster: roster.sorted())
        foldFailures(other.failures, roster: roster, limits: limits)
        foldExceptions(other.exceptions, limits: limits)
        foldCustom(other.custom, limits: limits)
        foldIterations(other.iterations, limits: limits)
        lag.merge(other.lag)
        busyNanoseconds = min(busyNanoseconds + other.busyNanoseconds, SnapshotBounds.nanoseconds)
        startsBegun += other.startsBegun
        startsDropped += other.startsDropped
    }

    private mutating func foldCells(_ otherCells: [HistogramCell], of others: [RequestInterval], roster: [RequestKey]) {
        let positions = Dictionary(uniqueKeysWithValues: roster.enumerated().map { ($1, $0) })
        var merged = roster.map { RequestInterval(key: $0) }
        var packed: [UInt64] = []
        packed.reserveCapacity(cells.count + otherCells.count)
        for (intervals, cells) in [(requests, cells), (others, otherCells)] {
            let targets = intervals.map { positions[$0.key] ?? 0 }
            for (interval, target) in zip(intervals, targets) { merged[target].merge(interval) }
            for cell in cells {
                packed.append(UInt64(targets[cell.request]) << 51 | UInt64(cell.key & 0x7FFFF) << 32 | UInt64(cell.count))
            }
        }
        requests = merged
        packed.sortByUpperHalf()
        cells.removeAll(keepingCapacity: true)
        for cell in packed {
            cells.append(adding: HistogramCell(key: UInt32(cell >> 32), count: UInt32(truncatingIfNeeded: cell)))
        }
    }

    private mutating func foldFailures(_ others: [FailureInterval], roster: Set<RequestKey>, limits: StatisticsLimits) {
        var counts = Dictionary(uniqueKeysWithValues: failures.map { ($0.key, $0.count) })
        for failure in others {
            var key = failure.key
            if !roster.contains(key.request) { key.request.name = StatisticsLimits.otherName }
            if counts[key] == nil, counts.count >= limits.failures {
                examples.failure = OverflowExamples.least(examples.failure, key.reason)
                key.reason = StatisticsLimits.otherName
            }
            counts[key, default: 0] += failure.count
        }
        failures = counts.map { FailureInterval(key: $0.key, count: $0.value) }.sorted { $0.key < $1.key }
    }

    private mutating func foldExceptions(_ others: [ExceptionInterval], limits: StatisticsLimits) {
        var byPlace = Dictionary(uniqueKeysWithValues: exceptions.map { ($0.example.place, $0) })
        for exception in others {
            var exception = exception
            if byPlace[exception.example.place] == nil, byPlace.count >= limits.exceptions {
                examples.exception = OverflowExamples.least(examples.exception, exception.example.place)
                exception.example.place = StatisticsLimits.otherName
            }
            if byPlace[exception.example.place]?.merge(exception) == nil { byPlace[exception.example.place] = exception }
        }
        exceptions = byPlace.values.sorted { $0.example.place < $1.example.place }
    }

    private mutating func foldCustom(_ others: [CustomInterval], limits: StatisticsLimits) {
        if others.isEmpty { return }
        var byKey = Dictionary(uniqueKeysWithValues: custom.map { ($0.key, $0) })
        for other in others {
            var other = other
            if byKey[other.key] == nil, byKey.count >= limits.custom {
                examples.custom = OverflowExamples.least(examples.custom, other.key.name)
                other.key.name = StatisticsLimits.otherName
            }
            if byKey[other.key]?.merge(other) == nil { byKey[other.key] = other }
        }
        custom = byKey.values.sorted { $0.key < $1.key }
    }

    private mutating func foldIterations(_ others: [IterationInterval], limits: StatisticsLimits) {
        if others.isEmpty { return }
        var byKey = Dictionary(uniqueKeysWithValues: iterations.map { ($0.key, $0) })
        for other in others {
            var other = other
            if byKey[other.key] == nil, byKey.count >= limits.iterations { other.key = .other }
            if byKey[other.key]?.merge(other) == nil { byKey[other.key] = other }
        }
        iterations = byKey.values.sorted { $0.key < $1.key }
    }
}

extension [HistogramCell] {
    /// Adds other cells, both ascending by key.
    /// - Complexity: O(cells of both)
    mutating func merge(_ other: [HistogramCell]) {
        if other.isEmpty { return }
        if isEmpty {
            self = other
            return
        }
        var packed = (self + other).map { UInt64($0.key) << 32 | UInt64($0.count) }
        packed.sortByUpperHalf()
        removeAll(keepingCapacity: true)
        for cell in packed { append(adding: HistogramCell(key: UInt32(cell >> 32), count: UInt32(truncatingIfNeeded: cell))) }
    }

    /// Appends a cell, or adds its count to the last one if that has the same key and both fit into one.
    mutating func append(adding cell: HistogramCell) {
        if let last, last.key == cell.key {
            let (sum, overflow) = last.count.addingReportingOverflow(cell.count)
            if !overflow {
                self[count - 1].count = sum
                return
            }
        }
        append(cell)
    }
}

extension RequestInterval {
    /// Adds the same request's figures of another snapshot.
    mutating func merge(_ other: RequestInterval) {
        requests += other.requests
        failures += other.failures
        interrupted += other.interrupted
        receivedBytes.addSaturating(other.receivedBytes)
        responseTime.merge(other.responseTime)
        serviceTime.merge(other.serviceTime)
    }
}
