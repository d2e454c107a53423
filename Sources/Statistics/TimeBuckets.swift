/// The layout of an HDR histogram: which bucket a time in microseconds falls into, and which times a bucket stands for.
///
/// Buckets are numbered from 0. Up to `2 · 10^digits` µs each microsecond has its own; above, buckets widen so that a value is
/// known to `digits` significant digits. The numbering is that of the `counts` array of HdrHistogram with a lowest discernible value of 1
/// (Gil Tene, http://hdrhistogram.org), so that counts can be added to the library's histograms without loss.
package struct TimeBuckets: Sendable, Equatable {
    /// 3 significant digits: response and service times.
    package static let threeDigits = TimeBuckets(halfMagnitude: 10)
    /// 2 significant digits: phases, and times per second of the run.
    package static let twoDigits = TimeBuckets(halfMagnitude: 7)

    /// The longest time with a bucket of its own: one hour. Longer times are counted in the bucket of one hour;
    /// sums, minima and maxima stay exact.
    package static let longestMicroseconds: Int64 = 3_600_000_000

    /// Half the number of buckets with a width of 1 µs, as a power of two.
    private let halfMagnitude: Int

    private init(halfMagnitude: Int) { self.halfMagnitude = halfMagnitude }

    /// Number of buckets from 0 to one hour.
    package var count: Int { index(ofMicroseconds: Self.longestMicroseconds) + 1 }

    /// Nanoseconds to microseconds as histograms count them: rounded half up, so 499 ns are 0 µs and 500 ns are 1 µs; clamped to 0…1 h.
    @inline(__always)
    package static func microseconds(ofNanoseconds nanoseconds: Int64) -> Int64 {
        if nanoseconds >= longestMicroseconds * 1000 { return longestMicroseconds }
        return nanoseconds <= 0 ? 0 : Int64(truncatingIfNeeded: (UInt64(truncatingIfNeeded: nanoseconds) &+ 500) / 1000)
    }

    /// The bucket of a time; times below 0 count as 0, times above one hour as one hour.
    @inline(__always)
    package func index(ofMicroseconds microseconds: Int64) -> Int {
        let value = UInt64(truncatingIfNeeded: min(max(microseconds, 0), Self.longestMicroseconds))
        let mask = (UInt64(2) << UInt64(halfMagnitude)) &- 1
        let octave = (63 &- halfMagnitude) &- (value | mask).leadingZeroBitCount
        return (octave << halfMagnitude) &+ Int(truncatingIfNeeded: value >> UInt64(octave))
    }

    /// The shortest time that the bucket stands for.
    @inline(__always)
    package func lowestMicroseconds(ofIndex index: Int) -> Int64 {
        let half = 1 << halfMagnitude
        if index < 2 * half { return Int64(index) }
        return Int64((index & (half - 1)) + half) << Int64((index >> halfMagnitude) - 1)
    }

    /// The bucket of 2 digits within which a bucket of 3 digits lies.
    @inline(__always)
    static func twoDigitIndex(ofThreeDigitIndex index: Int) -> Int {
        let octave = max(0, (index >> 10) &- 1)
        if octave == 0 { return twoDigits.index(ofMicroseconds: Int64(index)) }
        let fine = (index & 1023) | 1024
        return (octave &+ 3) << 7 &+ fine >> 3
    }

    /// The longest time that the bucket stands for; what percentiles are read as.
    package func highestMicroseconds(ofIndex index: Int) -> Int64 { lowestMicroseconds(ofIndex: index + 1) - 1 }
}
