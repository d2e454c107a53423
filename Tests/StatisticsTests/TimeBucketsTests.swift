import Histogram
import Testing

@testable import Statistics

@Suite struct TimeBucketsTests {
    private static let layouts: [(TimeBuckets, SignificantDigits)] = [(.threeDigits, .three), (.twoDigits, .two)]

    @Test func everyBucketIsTheLibrarys() {
        for (buckets, digits) in Self.layouts {
            let library = Histogram<UInt64>(highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: digits)
            for index in 0..<buckets.count {
                let lowest = UInt64(buckets.lowestMicroseconds(ofIndex: index))
                let range = library.equivalentRangeForValue(lowest)
                #expect(range == lowest...UInt64(buckets.highestMicroseconds(ofIndex: index)))
                #expect(buckets.index(ofMicroseconds: Int64(range.upperBound)) == min(index, buckets.count - 1))
            }
        }
    }

    @Test func randomTimesFallWhereTheLibraryPutsThem() {
        var random = SeededGenerator(seed: 1)
        for (buckets, digits) in Self.layouts {
            let library = Histogram<UInt64>(highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: digits)
            for _ in 0..<20_000 {
                let value = UInt64.random(in: 0...3_600_000_000, using: &random) >> UInt64.random(in: 0...31, using: &random)
                let index = buckets.index(ofMicroseconds: Int64(value))
                #expect(buckets.lowestMicroseconds(ofIndex: index) == Int64(library.lowestEquivalentForValue(value)))
            }
        }
    }

    @Test func bucketsFollowEachOtherWithoutAGap() {
        for (buckets, _) in Self.layouts {
            for index in 1..<buckets.count {
                #expect(buckets.lowestMicroseconds(ofIndex: index) == buckets.highestMicroseconds(ofIndex: index - 1) + 1)
            }
        }
    }

    @Test(
        arguments: [
            (-5, 0), (0, 0), (400, 0), (499, 0), (500, 1), (1499, 1), (1500, 2), (180_000, 180), (3_600_000_000_000, 3_600_000_000),
            (Int64.max, 3_600_000_000),
        ] as [(Int64, Int64)])
    func nanosecondsAreRoundedHalfUp(nanoseconds: Int64, microseconds: Int64) {
        #expect(TimeBuckets.microseconds(ofNanoseconds: nanoseconds) == microseconds)
    }

    @Test func everyFineBucketLiesInOneCoarseBucket() {
        for index in 0..<TimeBuckets.threeDigits.count {
            let lowest = TimeBuckets.threeDigits.lowestMicroseconds(ofIndex: index)
            let highest = min(TimeBuckets.threeDigits.highestMicroseconds(ofIndex: index), TimeBuckets.longestMicroseconds)
            let coarse = TimeBuckets.twoDigitIndex(ofThreeDigitIndex: index)
            #expect(TimeBuckets.twoDigits.index(ofMicroseconds: lowest) == coarse)
            #expect(TimeBuckets.twoDigits.index(ofMicroseconds: highest) == coarse)
        }
    }
}
