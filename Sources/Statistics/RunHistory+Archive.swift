extension HistoryPoint {
    /// Writes everything but how percentiles are read.
    func write(to writer: inout ArchiveWriter) {
        writer.unsigned(UInt64(second))
        writer.unsigned(UInt64(span))
        writer.unsigned(users.map { UInt64(max(0, $0)) + 1 } ?? 0)
        for count in [requests, failures, receivedBytes, startsBegun, startsDropped] { writer.unsigned(UInt64(max(0, count))) }
        writer.extent(responseTime)
        writer.histogram(histogram)
    }

    /// Reads what `write` wrote.
    init(from reader: inout ArchiveReader) throws(ArchiveError) {
        let second = try reader.size(below: 1 << 40)
        self.init(second: second, span: max(1, try reader.size(below: 1 << 40)))
        let users = try reader.size(below: 1 << 40)
        if users > 0 { self.users = users - 1 }
        requests = try reader.count()
        failures = try reader.count()
        receivedBytes = try reader.count(below: 1 << 63)
        startsBegun = try reader.count()
        startsDropped = try reader.count()
        responseTime = try reader.extent()
        histogram = try reader.sparseHistogram()
    }
}

extension RunHistory {
    /// One point of everything, which was in the seconds from `second` on: of a part of a run.
    package init(of point: HistoryPoint) {
        self.init()
        restore(point, tier: 2)
    }

    /// All points with the tier that each is in.
    var tieredPoints: [(tier: Int, point: HistoryPoint)] {
        [coarse, middle, fine].enumerated().flatMap { index, tier in tier.points.map { (2 - index, $0) } }
    }

    /// Puts a point into a tier as it is; one of the same second there takes it in. Answers false where there is no such tier.
    @discardableResult mutating func restore(_ point: HistoryPoint, tier: Int) -> Bool {
        switch tier {
        case 0: fine.restore(point)
        case 1: middle.restore(point)
        case 2: coarse.restore(point)
        default: return false
        }
        return true
    }

    /// Takes over how far the thinning of another history had come.
    mutating func restore(newestMinute: Int, coarseSpan: Int) {
        self.newestMinute = max(self.newestMinute, newestMinute)
        if coarseSpan > coarse.span { coarse.restore(span: coarseSpan) }
    }
}
