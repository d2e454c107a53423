/// Picks an index at random, each with a chance in proportion to its weight.
package struct WeightedChoice: Sendable {
    private let bounds: [Double]

    /// `weights` has one entry or more, each above 0.
    package init(weights: [Double]) {
        var sum = 0.0
        bounds = weights.map {
            sum += $0
            return sum
        }
    }

    /// - Complexity: O(log n)
    package func next(using generator: inout some RandomNumberGenerator) -> Int {
        if bounds.count == 1 { return 0 }
        let point = Double(generator.next() >> 11) * 0x1p-53 * bounds[bounds.count - 1]
        var low = 0
        var high = bounds.count - 1
        while low < high {
            let middle = (low + high) / 2
            if point < bounds[middle] { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
