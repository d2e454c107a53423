/// Response times of one snapshot by bucket of 2 digits, for the course of the run; gathered from cells of 3 digits.
struct CoarseCounts {
    private var runs: [UnsafeBufferPointer<HistogramCell>] = []
    private var low = Int.max
    private var high = Int.min

    /// Takes cells of one request and series, ascending; they must be there still when `counts` is called.
    mutating func add(_ cells: UnsafeBufferPointer<HistogramCell>) {
        guard let first = cells.first, let last = cells.last else { return }
        low = min(low, TimeBuckets.twoDigitIndex(ofThreeDigitIndex: first.bucket))
        high = max(high, TimeBuckets.twoDigitIndex(ofThreeDigitIndex: last.bucket))
        runs.append(cells)
    }

    /// Buckets that are not empty, ascending.
    /// - Complexity: O(cells + buckets between the first and the last)
    func counts() -> [(bucket: Int, count: Int64)] {
        if runs.isEmpty { return [] }
        let low = low
        var dense = [Int64](repeating: 0, count: high - low + 1)
        dense.withUnsafeMutableBufferPointer { dense in
            for run in runs {
                for cell in run { dense[TimeBuckets.twoDigitIndex(ofThreeDigitIndex: cell.bucket) &- low] &+= Int64(cell.count) }
            }
        }
        return dense.indices.filter { dense[$0] != 0 }.map { (low + $0, dense[$0]) }
    }
}
