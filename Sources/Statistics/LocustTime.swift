/// The times on which Locust's histograms count: milliseconds in two digits.
package enum LocustTime {
    /// Where a time is counted, as Locust rounds: to whole milliseconds below 100, to tens below 1,000, to hundreds below 10,000, to thousands
    /// from there on; halves go to the even neighbour.
    /// - Parameter milliseconds: 0 or more; what is no such number counts as 0.
    package static func key(ofMilliseconds milliseconds: Double) -> Int64 {
        guard milliseconds > 0, milliseconds < 1e15 else { return 0 }
        let unit = unit(ofMilliseconds: milliseconds)
        return Int64((milliseconds / unit).rounded(.toNearestOrEven) * unit)
    }

    /// What the key of a time is a multiple of, in milliseconds.
    private static func unit(ofMilliseconds milliseconds: Double) -> Double {
        milliseconds < 100 ? 1 : milliseconds < 1000 ? 10 : milliseconds < 10_000 ? 100 : 1000
    }
}
