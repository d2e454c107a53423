/// Response times of one snapshot by bucket of 2 digits, for the course of the run; gathered from cells of 3 digits.
struct CoarseCounts {
    private var dense = [Int64](repeating: 0, count: TimeBuckets.twoDigits.count)

    /// Adds cells of one request and series.
    /// - Complexity: O(cells)
    mutating func add(_ cells: UnsafeBufferPointer<HistogramCell>) {
        dense.withUnsafeMutableBufferPointer { dense in
            for cell in cells { dense[TimeBuckets.twoDigitIndex(ofThreeDigitIndex: cell.bucket)] &+= Int64(cell.count) }
        }
    }

    /// Buckets that are not empty, ascending.
    var counts: [(bucket: Int, count: Int64)] {
        var counts: [(bucket: Int, count: Int64)] = []
        for (bucket, count) in dense.enumerated() where count != 0 { counts.append((bucket, count)) }
        return counts
    }
}
