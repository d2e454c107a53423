import Glibc

/// How far distributions are apart, after Kolmogorov and Smirnov.
package enum DistributionDistance {
    /// The greatest distance between what was found and a distribution function.
    /// - Complexity: O(n log n)
    package static func ofSample(_ sample: [Double], from distribution: (Double) -> Double) -> Double {
        let sorted = sample.sorted()
        let count = Double(sorted.count)
        var greatest = 0.0
        for (index, value) in sorted.enumerated() {
            let expected = distribution(value)
            greatest = max(greatest, abs(Double(index + 1) / count - expected), abs(expected - Double(index) / count))
        }
        return greatest
    }

    /// Distribution functions of an exponential distribution with a mean.
    package static func exponential(mean: Double) -> (Double) -> Double { { 1 - exp(-max(0, $0) / mean) } }

    /// The greatest distance between two histograms, each `[(value, count)]` ascending by value. `tolerance`: how far the values themselves may be moved
    /// against each other without that counting; 0: the distance of Kolmogorov and Smirnov.
    package static func between(_ one: [(Double, Int)], and other: [(Double, Int)], tolerance: Double = 0) -> Double {
        max(excess(of: one, over: other, tolerance), excess(of: other, over: one, tolerance))
    }

    /// sup F(x) − G(x + tolerance)
    private static func excess(of one: [(Double, Int)], over other: [(Double, Int)], _ tolerance: Double) -> Double {
        let (total, otherTotal) = (one.reduce(0) { $0 + $1.1 }, other.reduce(0) { $0 + $1.1 })
        guard total > 0, otherTotal > 0 else { return 1 }
        var (sum, otherSum, position, greatest) = (0, 0, 0, 0.0)
        for (value, count) in one {
            sum += count
            while position < other.count, other[position].0 <= value + tolerance {
                otherSum += other[position].1
                position += 1
            }
            greatest = max(greatest, Double(sum) / Double(total) - Double(otherSum) / Double(otherTotal))
        }
        return greatest
    }

    /// What the distance of n values from their true distribution exceeds with a probability of `alpha` only: √(−ln(α/2) / 2n).
    package static func bound(samples n: Int, alpha: Double = 1e-4) -> Double { (-log(alpha / 2) / 2 / Double(n)).squareRoot() }

    /// The same for two samples of one distribution: √(−ln(α/2)/2 · (n + m)/nm).
    package static func bound(samples n: Int, and m: Int, alpha: Double = 1e-4) -> Double {
        (-log(alpha / 2) / 2 * Double(n + m) / Double(n) / Double(m)).squareRoot()
    }
}
