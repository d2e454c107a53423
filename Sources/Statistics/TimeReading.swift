/// How percentiles are read from histograms.
package enum TimeReading: Sendable, Equatable {
    /// The rule of the house (`Percentile`): the nearest rank, and of its bucket the longest time, within the least and the greatest of all.
    case house
    /// Locust's, for times that were rounded to its grid before they were counted: the rank is one above ⌊p · n⌋, n at most, and the time is the grid's
    /// own (`LocustTime`), even where that is above the greatest of all; the median alone is kept within the least and the greatest.
    case locust

    /// Rank of a percentile (0…100) among `count` samples, from 1.
    package func rank(_ percentile: Double, of count: Int64) -> Int64 {
        switch self {
        case .house: return Percentile.rank(percentile, of: count)
        case .locust:
            // The product of two floating-point numbers, cut: with that of exact numbers ranks would be others.
            let share = (min(max(percentile, 0), 100) * 10_000).rounded() / 1_000_000
            return min(Int64(Double(count) * share) + 1, count)
        }
    }

    /// What the times of a bucket are told as, in microseconds.
    package func microseconds(ofBucket index: Int, in buckets: TimeBuckets) -> Int64 {
        let highest = buckets.highestMicroseconds(ofIndex: index)
        switch self {
        case .house: return highest
        case .locust: return Self.gridMicroseconds(from: buckets.lowestMicroseconds(ofIndex: index), through: highest)
        }
    }

    /// The time of Locust's grid that a bucket stands for: the one that lies in it or, where the times are on another grid, the first whole millisecond in it.
    private static func gridMicroseconds(from lowest: Int64, through highest: Int64) -> Int64 {
        let bucket = lowest...highest
        for end in [lowest, highest] {
            let key = LocustTime.key(ofMilliseconds: Double(end) / 1000) * 1000
            if bucket.contains(key) { return key }
        }
        let whole = (lowest + 999) / 1000 * 1000
        return bucket.contains(whole) ? whole : highest
    }
}
