import Statistics

/// The last seconds of one subject, each for itself: as many as the longest window on it has, and a few that are not judged yet.
///
/// Held are counts and the touched buckets of those times that are asked for, 8 bytes each, whatever the number of requests.
struct SubjectWindow: Sendable {
    /// Seconds that are held beyond the longest window: those in which workers' figures still come in.
    static let slack = 8

    let subject: ThresholdSubject
    private let name: RequestName?
    /// Ascending, so that times have their place in each second.
    private let times: [MeasuredTime]
    private let reading: TimeReading
    /// By second modulo their number.
    private var seconds: [Second?]
    /// The first second in which something was measured; nil: none yet.
    private(set) var firstSecond: Int?
    private var newestSecond = -1

    /// One second.
    private struct Second: Sendable {
        var number: Int
        var counts = SubjectCounts()
        /// By the place of the time in `times`.
        var extents: [TimeExtent]
        var cells: [BucketCounts]
    }

    /// Seconds that there is room for.
    var capacity: Int { seconds.count }

    init(subject: ThresholdSubject, times: Set<MeasuredTime>, longest: Int, reading: TimeReading = .house) {
        self.subject = subject
        self.reading = reading
        self.times = times.sorted { $0.rawValue < $1.rawValue }
        if case .request(let name) = subject { self.name = RequestName(name) } else { name = nil }
        seconds = [Second?](repeating: nil, count: longest + Self.slack)
    }

    /// Adds what a worker measured in a second of the run; nothing, when that second is not held any more.
    /// - Complexity: O(cells of the subject's requests, and buckets that this second has)
    mutating func take(_ snapshot: IntervalSnapshot, _ map: SnapshotMap, second: Int) {
        var tally = SubjectTally(times: times)
        switch subject {
        case .all:
            for index in snapshot.requests.indices { tally.add(snapshot, map, request: index) }
            tally.counts.exceptions = snapshot.exceptions.reduce(0) { $0 + $1.count }
            tally.counts.dropped = snapshot.startsDropped
        case .request:
            guard let name else { return }
            for index in map.requests(of: name) { tally.add(snapshot, map, request: index) }
        case .iterations(let task):
            for iteration in snapshot.iterations where task == nil || iteration.key.task == task { tally.add(iteration) }
        case .timing(let name): tally.add(snapshot.custom, CustomKey(kind: .timing, name: name))
        case .counter(let name): tally.add(snapshot.custom, CustomKey(kind: .counter, name: name))
        }
        guard tally.counts != SubjectCounts() else { return }
        firstSecond = min(firstSecond ?? second, second)
        guard second > newestSecond - seconds.count else { return }
        newestSecond = max(newestSecond, second)
        let place = second % seconds.count
        if seconds[place]?.number != second {
            seconds[place] = Second(
                number: second, extents: [TimeExtent](repeating: TimeExtent(), count: times.count),
                cells: [BucketCounts](repeating: BucketCounts(), count: times.count))
        }
        seconds[place]?.counts.merge(tally.counts)
        for index in times.indices {
            seconds[place]?.extents[index].merge(tally.extents[index])
            seconds[place]?.cells[index].merge(tally.takeBuckets(ofTime: index))
        }
    }

    /// Everything of some seconds; nil: they are not held any more.
    /// - Complexity: O(buckets of these seconds)
    func sum(from first: Int, through last: Int) -> SubjectFigures? {
        guard first > newestSecond - seconds.count else { return nil }
        var figures = SubjectFigures()
        var extents = [TimeExtent](repeating: TimeExtent(), count: times.count)
        var histograms = times.map { TimeHistogram($0.buckets) }
        for number in first...last {
            guard let second = seconds[number % seconds.count], second.number == number else { continue }
            figures.counts.merge(second.counts)
            for index in times.indices {
                extents[index].merge(second.extents[index])
                second.cells[index].forEach { histograms[index].add(bucket: $0, count: $1) }
            }
        }
        for (index, time) in times.enumerated() {
            switch time {
            case .delay:
                // Those whose delay was not noticed had none.
                let onTime = figures.counts.ended - histograms[index].count
                if onTime > 0 { histograms[index].add(bucket: 0, count: onTime) }
                let average = Double(extents[index].sumNanoseconds) / Double(max(1, figures.counts.ended))
                figures.times[time] = SubjectTimes(extent: nil, average: average, histogram: histograms[index])
            default:
                figures.times[time] = SubjectTimes(extent: time.isPhase ? nil : extents[index], histogram: histograms[index])
                figures.times[time]?.reading = reading
            }
        }
        return figures
    }
}

/// How many times fell into which bucket: ascending, those only that were touched.
struct BucketCounts: Sendable, Equatable {
    /// `bucket << 48 | count`.
    private var cells: [UInt64] = []
    private static let countMask: UInt64 = 1 << 48 - 1

    /// Adds to the bucket behind all others.
    mutating func append(bucket: Int, count: Int64) { cells.append(UInt64(bucket) << 48 | min(UInt64(count), Self.countMask)) }

    /// Calls back with each bucket, in ascending order.
    func forEach(_ body: (_ bucket: Int, _ count: Int64) -> Void) {
        for cell in cells { body(Int(cell >> 48), Int64(cell & Self.countMask)) }
    }

    /// Adds all counts of another.
    mutating func merge(_ other: BucketCounts) {
        if other.cells.isEmpty { return }
        if cells.isEmpty {
            cells = other.cells
            return
        }
        var merged: [UInt64] = []
        merged.reserveCapacity(cells.count + other.cells.count)
        var (i, j) = (0, 0)
        while i < cells.count || j < other.cells.count {
            let own = i < cells.count ? cells[i] >> 48 : .max
            let others = j < other.cells.count ? other.cells[j] >> 48 : .max
            if own < others {
                merged.append(cells[i])
                i += 1
            } else if others < own {
                merged.append(other.cells[j])
                j += 1
            } else {
                merged.append(own << 48 | min((cells[i] & Self.countMask) + (other.cells[j] & Self.countMask), Self.countMask))
                i += 1
                j += 1
            }
        }
        cells = merged
    }
}
