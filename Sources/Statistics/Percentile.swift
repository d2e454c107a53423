/// The percentile rule of the whole house: nearest rank. The p-th percentile of n samples is the sample of rank ⌈p/100 · n⌉, at
/// least 1, counted from the shortest; nothing is interpolated, so every percentile is a time that some request had.
package enum Percentile {
    /// The percentiles of tables and files.
    package static let printed: [Double] = [50, 66, 75, 80, 90, 95, 98, 99, 99.9, 99.99, 100]

    /// Rank of a percentile among `count` samples, from 1. `percentile` is taken to the nearest 0.0001 and computed in whole numbers.
    package static func rank(_ percentile: Double, of count: Int64) -> Int64 {
        let partsPerMillion = Int128((min(max(percentile, 0), 100) * 10_000).rounded())
        return max(1, Int64((partsPerMillion * Int128(count) + 999_999) / 1_000_000))
    }
}
