/// How many times fell into each bucket of an HDR layout.
///
/// Dense over the range of buckets that was touched (8 bytes each, in steps of 256 buckets), so adding one costs an array access.
/// Merging adds counts and loses nothing. Two histograms of the same samples are equal in whatever order the samples came.
///
/// Why not the library's type, whose layout this is: reading percentiles through its generic, not inlinable interface took 0.45 ms each and
/// recording by value about 50 ns where an addition by bucket takes a few. Tests hold the two against each other.
package struct TimeHistogram: Sendable, Equatable {
    /// The layout.
    package let buckets: TimeBuckets
    /// Number of times counted.
    package private(set) var count: Int64 = 0
    /// Bucket of `counts[0]`, a multiple of `step`; 0 while empty.
    private var first = 0
    private var counts: [Int64] = []

    private static let step = 256

    /// A histogram without times.
    package init(_ buckets: TimeBuckets) { self.buckets = buckets }

    /// Adds to one bucket.
    package mutating func add(bucket: Int, count: Int64) {
        cover(bucket...bucket)
        counts[bucket - first] += count
        self.count += count
    }

    /// Adds one time.
    package mutating func add(microseconds: Int64) { add(bucket: buckets.index(ofMicroseconds: microseconds), count: 1) }

    /// Adds cells of one request and series, ascending by bucket.
    /// - Complexity: O(cells)
    package mutating func add(_ cells: UnsafeBufferPointer<HistogramCell>) {
        guard let least = cells.first, let greatest = cells.last else { return }
        cover(least.bucket...max(least.bucket, greatest.bucket))
        let first = first
        var sum: Int64 = 0
        counts.withUnsafeMutableBufferPointer { counts in
            for cell in cells {
                counts[cell.bucket &- first] &+= Int64(cell.count)
                sum &+= Int64(cell.count)
            }
        }
        count += sum
    }

    /// Adds all counts of another histogram of the same layout.
    package mutating func merge(_ other: TimeHistogram) {
        precondition(buckets == other.buckets, "histograms of different layouts cannot be added")
        guard !other.counts.isEmpty else { return }
        cover(other.first...(other.first + other.counts.count - 1))
        let offset = other.first - first
        counts.withUnsafeMutableBufferPointer { counts in
            other.counts.withUnsafeBufferPointer { others in
                // Wrapping, so that it becomes vector additions; a count cannot come near its limit.
                for i in others.indices { counts[i &+ offset] &+= others[i] }
            }
        }
        count += other.count
    }

    /// How many buckets are not empty.
    /// - Complexity: O(buckets)
    var filledBuckets: Int { counts.reduce(0) { $0 + ($1 == 0 ? 0 : 1) } }

    /// Calls back with each bucket that is not empty, in ascending order.
    package func forEachBucket(_ body: (_ bucket: Int, _ count: Int64) -> Void) {
        counts.withUnsafeBufferPointer { counts in
            for i in counts.indices where counts[i] != 0 { body(first + i, counts[i]) }
        }
    }

    /// What was counted since `earlier`, a former state of this histogram of 3 digits, by buckets of 2 digits in ascending order.
    func coarseCounts(since earlier: TimeHistogram) -> [(bucket: Int, count: Int64)] {
        precondition(buckets == .threeDigits && earlier.buckets == buckets, "only counts of 3 digits are made coarser")
        var coarse: [(bucket: Int, count: Int64)] = []
        for (position, count) in counts.enumerated() {
            let former = first + position - earlier.first
            let news = count - (earlier.counts.indices.contains(former) ? earlier.counts[former] : 0)
            if news <= 0 { continue }
            let bucket = TimeBuckets.twoDigitIndex(ofThreeDigitIndex: first + position)
            if coarse.last?.bucket == bucket { coarse[coarse.count - 1].count += news } else { coarse.append((bucket, news)) }
        }
        return coarse
    }

    /// The longest time of the bucket that holds a percentile, in microseconds; nil when empty.
    package func microseconds(atPercentile percentile: Double) -> Int64? { microseconds(atPercentiles: [percentile])?[0] }

    /// The same for several percentiles in ascending order, in one pass.
    package func microseconds(atPercentiles percentiles: [Double], reading: TimeReading = .house) -> [Int64]? {
        guard count > 0 else { return nil }
        var values: [Int64] = []
        var passed: Int64 = 0
        counts.withUnsafeBufferPointer { counts in
            for i in counts.indices where counts[i] != 0 {
                passed += counts[i]
                while values.count < percentiles.count, passed >= reading.rank(percentiles[values.count], of: count) {
                    values.append(reading.microseconds(ofBucket: first + i, in: buckets))
                }
            }
        }
        return values
    }

    private mutating func cover(_ range: ClosedRange<Int>) {
        let lower = range.lowerBound / Self.step * Self.step
        let upper = (range.upperBound / Self.step + 1) * Self.step
        if counts.isEmpty {
            first = lower
            counts = [Int64](repeating: 0, count: upper - lower)
            return
        }
        if lower < first {
            counts.insert(contentsOf: repeatElement(0, count: first - lower), at: 0)
            first = lower
        }
        if upper > first + counts.count {
            counts.append(contentsOf: repeatElement(0, count: upper - first - counts.count))
        }
    }
}
