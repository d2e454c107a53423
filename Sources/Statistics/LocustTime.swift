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

    /// The greatest number of a key: 6 hours; longer times are counted with it.
    package static let largestNumber = 22_000

    /// The number of the key of a time, counted from 0: keys of times in whole nanoseconds fall where `key(ofMilliseconds:)` puts them, and numbers are dense,
    /// so that a histogram by number loses nothing, however long the times are.
    @inline(__always)
    package static func number(ofNanoseconds nanoseconds: Int64) -> Int {
        let time = UInt64(truncatingIfNeeded: max(0, nanoseconds))
        if time < 100_000_000 { return rounded(time, to: 1_000_000) }
        if time < 1_000_000_000 { return 90 &+ rounded(time, to: 10_000_000) }
        if time < 10_000_000_000 { return 180 &+ rounded(time, to: 100_000_000) }
        return min(270 &+ rounded(time, to: 1_000_000_000), largestNumber)
    }

    /// The key of a number, in milliseconds.
    package static func key(ofNumber number: Int) -> Int64 {
        let number = Int64(number)
        switch number {
        case ..<100: return number
        case ..<190: return (number - 90) * 10
        case ..<280: return (number - 180) * 100
        default: return (number - 270) * 1000
        }
    }

    /// How many units, halves going to the even neighbour.
    @inline(__always)
    private static func rounded(_ time: UInt64, to unit: UInt64) -> Int {
        let (whole, rest) = time.quotientAndRemainder(dividingBy: unit)
        let isUp = rest &* 2 > unit || rest &* 2 == unit && whole & 1 == 1
        return Int(truncatingIfNeeded: whole) &+ (isUp ? 1 : 0)
    }
}
