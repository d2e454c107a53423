extension IntervalSnapshot {
    /// True when the arrays hold together as documented and the figures are within `SnapshotBounds`: what came from elsewhere is to be
    /// asked before it is folded or merged.
    /// - Complexity: O(size), in one pass over the cells
    package var isWellFormed: Bool {
        isWellFormedWithoutCells && cellsAreWellFormed && lag.isWellFormed
    }

    private var isWellFormedWithoutCells: Bool {
        (0...SnapshotBounds.count).contains(issued) && (0...SnapshotBounds.count).contains(connectionsOpened)
            && requests.count <= SnapshotBounds.requests && failures.count <= SnapshotBounds.failures
            && exceptions.count <= SnapshotBounds.exceptions && custom.count <= SnapshotBounds.custom
            && requestsAreWellFormed
            && Self.areWellFormed(failures.lazy.map(\.count)) && Self.areWellFormed(exceptions.lazy.map(\.count))
            && Self.ascends(failures) { $0.key < $1.key } && Self.ascends(exceptions) { $0.example.place < $1.example.place }
            && custom.allSatisfy { $0.isWellFormed } && Self.areWellFormed(custom.lazy.map(\.count))
            && Self.ascends(custom) { $0.key < $1.key }
            && iterations.count <= SnapshotBounds.iterations && iterations.allSatisfy { $0.isWellFormed }
            && Self.areWellFormed(iterations.lazy.map(\.count)) && Self.ascends(iterations) { $0.key < $1.key }
            && (0...SnapshotBounds.nanoseconds).contains(busyNanoseconds)
            && (0...SnapshotBounds.count).contains(startsBegun) && (0...SnapshotBounds.count).contains(startsDropped)
    }

    private var requestsAreWellFormed: Bool {
        var finished: Int64 = 0
        var interrupted: Int64 = 0
        for request in requests {
            guard request.isWellFormed else { return false }
            finished += request.requests
            interrupted += request.interrupted
        }
        return finished <= SnapshotBounds.count && interrupted <= SnapshotBounds.count && Self.ascends(requests) { $0.key < $1.key }
    }

    private static func areWellFormed(_ counts: some Sequence<Int64>) -> Bool {
        var sum: Int64 = 0
        for count in counts {
            guard (1...SnapshotBounds.count).contains(count) else { return false }
            sum += count
        }
        return sum <= SnapshotBounds.count
    }

    private static func ascends<T>(_ values: [T], _ isLess: (T, T) -> Bool) -> Bool {
        values.indices.dropFirst().allSatisfy { isLess(values[$0 - 1], values[$0]) }
    }

    /// True when the cells ascend, each within its request and series, and every request has as many response and service times as
    /// requests, and no more status codes; a request that was redirected has phases for each hop.
    private var cellsAreWellFormed: Bool {
        cells.withUnsafeBufferPointer { cells in
            var position = 0
            for (index, request) in requests.enumerated() {
                var responses: Int64 = 0
                var services: Int64 = 0
                var late: Int64 = 0
                while position < cells.count, cells[position].request == index {
                    let first = cells[position]
                    guard first.hasSeries, position == 0 || cells[position - 1].key <= first.key else { return false }
                    let count = Self.sum(of: cells, from: &position, bucketLimit: first.series.bucketLimit)
                    guard count > 0, count <= (first.series.isPhase ? SnapshotBounds.count : request.requests) else { return false }
                    if first.series == .onTime || first.series == .response { responses += count }
                    if first.series == .onTime || first.series == .service { services += count }
                    if first.series == .response { late = count }
                    // Who is on time has no delay.
                    guard first.series != .delay || count <= late else { return false }
                }
                guard responses == request.requests, services == request.requests else { return false }
            }
            return position == cells.count
        }
    }

    /// The sum of the cells of one request and series, and `position` behind them; 0 when something is wrong with one of them.
    fileprivate static func sum(of cells: UnsafeBufferPointer<HistogramCell>, from position: inout Int, bucketLimit: Int) -> Int64 {
        let base = UInt64(cells[position].key) & ~0x7FFF
        let limit = base + UInt64(bucketLimit)
        let end = base + 1 << UInt64(HistogramCell.bucketBits)
        var last = base
        var sum: Int64 = 0
        var isSound = true
        var i = position
        while i < cells.count {
            let key = UInt64(cells[i].key)
            if key >= end { break }
            isSound = isSound && key >= last && key < limit && cells[i].count != 0
            sum &+= Int64(cells[i].count)
            last = key
            i &+= 1
        }
        position = i
        return isSound ? sum : 0
    }
}

extension RequestInterval {
    /// True when no count is out of bounds and no time stands without a request.
    fileprivate var isWellFormed: Bool {
        (0...SnapshotBounds.count).contains(requests) && (0...requests).contains(failures)
            && (0...SnapshotBounds.count).contains(interrupted) && (0...SnapshotBounds.bytes).contains(receivedBytes)
            && responseTime.isWellFormed(count: requests) && serviceTime.isWellFormed(count: requests)
    }
}

extension CustomInterval {
    /// True when the figures are those of the kind, and the cells of as many times as were measured.
    fileprivate var isWellFormed: Bool {
        switch key.kind {
        case .counter:
            return cells.isEmpty && times == TimeExtent() && count > 0
                && sumBillionths.magnitude <= UInt128(count) * UInt128(SnapshotBounds.amount) * 1_000_000_000
        case .timing:
            guard sumBillionths == 0, count > 0, times.isWellFormed(count: count), cells.first?.request == 0 else { return false }
            return cells.withUnsafeBufferPointer { cells in
                var position = 0
                let times = IntervalSnapshot.sum(of: cells, from: &position, bucketLimit: TimeBuckets.threeDigits.count)
                return times == count && position == cells.count && cells[0].series == .onTime
            }
        }
    }
}

extension IterationInterval {
    /// True when the figures hold together, and the cells are of as many response times and durations as there were iterations.
    fileprivate var isWellFormed: Bool {
        guard count > 0, (0...count).contains(failed), responseTime.isWellFormed(count: count), duration.isWellFormed(count: count) else {
            return false
        }
        return cells.withUnsafeBufferPointer { cells in
            var position = 0
            var responses: Int64 = 0
            var durations: Int64 = 0
            while position < cells.count {
                let first = cells[position]
                guard first.request == 0, first.hasSeries, position == 0 || cells[position - 1].key <= first.key else { return false }
                let count = IntervalSnapshot.sum(of: cells, from: &position, bucketLimit: first.series.bucketLimit)
                guard count > 0 else { return false }
                switch first.series {
                case .onTime:
                    responses += count
                    durations += count
                case .response: responses += count
                case .service: durations += count
                default: return false
                }
            }
            return responses == self.count && durations == self.count
        }
    }
}

extension LagInterval {
    /// True when the exact figures are those of as many times as the cells.
    fileprivate var isWellFormed: Bool {
        guard let first = cells.first else { return times == TimeExtent() }
        guard first.request == 0, first.hasSeries, first.series == .delay else { return false }
        return cells.withUnsafeBufferPointer { cells in
            var position = 0
            let count = IntervalSnapshot.sum(of: cells, from: &position, bucketLimit: TimeBuckets.twoDigits.count)
            return count > 0 && count <= SnapshotBounds.count && position == cells.count && times.isWellFormed(count: count)
        }
    }
}

extension TimeExtent {
    /// True when it can be of so many times.
    fileprivate func isWellFormed(count: Int64) -> Bool {
        if count == 0 { return self == TimeExtent() }
        let limit = SnapshotBounds.nanoseconds
        return minNanoseconds >= -limit && minNanoseconds <= maxNanoseconds && maxNanoseconds <= limit
            && sumNanoseconds.magnitude <= UInt128(count) * UInt128(limit)
    }
}
