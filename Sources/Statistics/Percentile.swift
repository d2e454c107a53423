/// The percentile rule of the whole house: nearest rank. The p-th percentile of n samples is the sample of rank ⌈p/100 · n⌉, at
/// least 1, counted from the shortest; nothing is interpolated, so every percentile is a time that some request had.
package enum Percentile {
    /// The percentiles of tables and files.
    package static let printed: [Double] = [50, 66, 75, 80, 90, 95, 98, 99, 99.9, 99.99, 100]

    /// The greatest percentile (0…100) that can be told of an open load, of whose starts some were dropped: nobody knows how long these would have
    /// taken, and they may have been the longest. Nil: all can be told.
    package static func measurableBelow(begun: Int64, dropped: Int64) -> Double? {
        dropped == 0 ? nil : 100 * Double(begun) / Double(begun + dropped)
    }

    /// Whether a percentile can be told where none above `limit` can.
    package static func isMeasurable(_ percentile: Double, below limit: Double?) -> Bool {
        guard let limit else { return true }
        return percentile <= limit
    }

    /// The percentile of what was begun that is this one of all that was due, with what was dropped counted as longer than everything; nil: it cannot be
    /// told.
    static func amongBegun(_ percentile: Double, below limit: Double?) -> Double? {
        guard let limit else { return percentile }
        if percentile > limit { return nil }
        // Ranks go by the nearest 0.0001, which must not be the next one above.
        return limit > 0 ? min(100, (percentile * 1_000_000 / limit + 1e-6).rounded(.down) / 10_000) : nil
    }

    /// What `read` (percentiles in ascending order to times) gives for those that can be told.
    static func measurable(_ percentiles: [Double], below limit: Double?, _ read: ([Double]) -> [Int64]?) -> [Int64?] {
        let begun = percentiles.compactMap { amongBegun($0, below: limit) }
        let values = read(begun) ?? []
        return percentiles.indices.map { $0 < values.count ? values[$0] : nil }
    }

    /// Rank of a percentile among `count` samples, from 1. `percentile` is taken to the nearest 0.0001 and computed in whole numbers.
    package static func rank(_ percentile: Double, of count: Int64) -> Int64 {
        let partsPerMillion = Int128((min(max(percentile, 0), 100) * 10_000).rounded())
        return max(1, Int64((partsPerMillion * Int128(count) + 999_999) / 1_000_000))
    }
}
