import Statistics

/// A part of a run: what was measured in `span` seconds from `second` on.
struct Interval {
    var second: Int
    var span: Int
    var result: RunResult
}

/// What was measured in the latest seconds of a run, by intervals of a fixed length that still may change. Pure.
struct OpenIntervals {
    /// Length of each, in seconds: the finest that the interval log tells apart.
    static let span = 10
    /// An interval is closed when it has been over for so long: by then the workers' figures have come in. What comes later makes another part of the
    /// same interval.
    static let delay = 5

    private var results: [Int: RunResult] = [:]

    /// True when there is nothing.
    var isEmpty: Bool { results.isEmpty }

    /// Adds what a worker measured in an interval that belongs to a second of the run.
    mutating func merge(_ snapshot: IntervalSnapshot, fromWorker account: String, second: Int, isWarmUp: Bool) {
        let number = second / Self.span
        if isWarmUp {
            results[number, default: RunResult()].mergeWarmUp(snapshot, fromWorker: account, second: second)
        } else {
            results[number, default: RunResult()].merge(snapshot, fromWorker: account, second: second)
        }
    }

    /// Notes the number of users in a second.
    mutating func noteUsers(_ users: Int, second: Int) {
        results[second / Self.span, default: RunResult()].noteUsers(users, second: second)
    }

    /// Adds a part of an archive of the interval that begins with a second.
    mutating func restore(second: Int, archive bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        var result = results.removeValue(forKey: second / Self.span) ?? RunResult()
        try result.merge(archive: bytes)
        results[second / Self.span] = result
    }

    /// Intervals that end at a second or before, the earliest first; nil for that: all.
    func closed(before second: Int?) -> [Interval] {
        let limit = second ?? .max
        return results.filter { ($0.key + 1) * Self.span <= limit }.sorted { $0.key < $1.key }
            .map { Interval(second: $0.key * Self.span, span: Self.span, result: $0.value) }
    }

    /// Takes those out.
    mutating func take(before second: Int?) -> [Interval] {
        let taken = closed(before: second)
        for interval in taken { results.removeValue(forKey: interval.second / Self.span) }
        return taken
    }
}
