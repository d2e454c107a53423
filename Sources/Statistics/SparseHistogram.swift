/// A histogram of 2 significant digits that holds only the buckets touched: 8 bytes each. For the many points of a run's history.
package struct SparseHistogram: Sendable, Equatable {
    /// `bucket << 48 | count`, ascending, each bucket once.
    private var cells: [UInt64] = []

    /// The layout.
    package static let buckets = TimeBuckets.twoDigits
    private static let countMask: UInt64 = 1 << 48 - 1

    package init() {}

    /// Number of times counted.
    package var count: Int64 { cells.reduce(0) { $0 + Int64($1 & Self.countMask) } }

    /// Number of buckets held.
    package var bucketCount: Int { cells.count }

    /// Adds counts given by bucket, ascending by bucket.
    /// - Complexity: O(own buckets + `others`)
    package mutating func add(_ others: [(bucket: Int, count: Int64)]) {
        merge(SparseHistogram(cells: others.map { UInt64($0.bucket) << 48 | UInt64($0.count) }))
    }

    private init(cells: [UInt64]) { self.cells = cells }

    /// Adds all counts of another histogram.
    /// - Complexity: O(buckets of both)
    package mutating func merge(_ other: SparseHistogram) {
        if other.cells.isEmpty { return }
        if cells.isEmpty {
            cells = other.cells
            return
        }
        var merged: [UInt64] = []
        merged.reserveCapacity(max(cells.count, other.cells.count))
        var i = 0
        var j = 0
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
                // A count that 48 bits do not hold stays at the greatest that they do.
                let sum = (cells[i] & Self.countMask) + (other.cells[j] & Self.countMask)
                merged.append(own << 48 | min(sum, Self.countMask))
                i += 1
                j += 1
            }
        }
        cells = merged
    }

    /// Calls back with each bucket, in ascending order.
    package func forEachBucket(_ body: (_ bucket: Int, _ count: Int64) -> Void) {
        for cell in cells { body(Int(cell >> 48), Int64(cell & Self.countMask)) }
    }

    /// The longest time of the buckets that hold some percentiles (ascending), in microseconds; nil when empty.
    package func microseconds(atPercentiles percentiles: [Double], reading: TimeReading = .house) -> [Int64]? {
        let all = count
        guard all > 0 else { return nil }
        var values: [Int64] = []
        var passed: Int64 = 0
        for cell in cells {
            passed += Int64(cell & Self.countMask)
            while values.count < percentiles.count, passed >= reading.rank(percentiles[values.count], of: all) {
                values.append(reading.microseconds(ofBucket: Int(cell >> 48), in: Self.buckets))
            }
        }
        return values
    }
}
