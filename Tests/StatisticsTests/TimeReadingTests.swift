import Testing

@testable import Statistics

/// Percentiles as Locust reads them.
struct TimeReadingTests {
    private func histogram(_ milliseconds: some Sequence<Int64>) -> TimeHistogram {
        var histogram = TimeHistogram(.threeDigits)
        for time in milliseconds { histogram.add(microseconds: time * 1000) }
        return histogram
    }

    private func percentiles(_ milliseconds: some Sequence<Int64>, _ percentiles: [Double]) -> [Int64] {
        (histogram(milliseconds).microseconds(atPercentiles: percentiles, reading: .locust) ?? []).map { $0 / 1000 }
    }

    /// Measured at Locust 2.47.
    @Test func ranksAreLocusts() {
        #expect(percentiles(1...10, [50, 90, 100]) == [6, 10, 10])
        // Above 100 ms its keys are tens.
        #expect(percentiles(Array(1...100), [50, 95, 99]) == [51, 96, 100])
        #expect(percentiles(0...99, [50, 95]) == [50, 95])
        #expect(percentiles([150], [50, 99.99, 100]) == [150, 150, 150])
        #expect(histogram([]).microseconds(atPercentiles: [50], reading: .locust) == nil)
    }

    /// A product of two floating-point numbers is cut: 0.29 · 100 is below 29.
    @Test func productsAreCutAsPythonCutsThem() {
        #expect(TimeReading.locust.rank(29, of: 100) == Int64(100 * 0.29) + 1)
        #expect(TimeReading.locust.rank(99.9, of: 1000) == Int64(1000 * 0.999) + 1)
        #expect(TimeReading.locust.rank(100, of: 1000) == 1000)
    }

    /// Up to where the buckets of 3 digits are wider than Locust's second.
    @Test(arguments: [TimeBuckets.threeDigits, .twoDigits]) func everyKeyComesBackFromItsBucket(buckets: TimeBuckets) {
        let most: Int64 = buckets == .threeDigits ? 1_000_000 : 99_000
        var key: Int64 = 0
        while key <= most {
            let bucket = buckets.index(ofMicroseconds: key * 1000)
            #expect(TimeReading.locust.microseconds(ofBucket: bucket, in: buckets) == key * 1000)
            key += key < 100 ? 1 : key < 1000 ? 10 : key < 10_000 ? 100 : 1000
        }
    }

    @Test func otherGridsAreReadToTheMillisecond() {
        #expect(percentiles([432], [100]) == [432])
        #expect(percentiles([3432], [100]).allSatisfy { abs($0 - 3432) <= 3 })
    }

    @Test func theMedianStaysBetweenLeastAndGreatest() {
        var times = TimeStatistics(reading: .locust)
        var extent = TimeExtent()
        for time in [2_001_000_000, 2_006_000_000] as [Int64] { extent.add(time) }
        times.merge(extent)
        let bucket = TimeBuckets.threeDigits.index(ofMicroseconds: 2_000_000)
        let cells = [HistogramCell(request: 0, series: .onTime, bucket: bucket, count: 2)]
        cells.withUnsafeBufferPointer { times.add($0) }
        #expect(times.nanoseconds(atPercentiles: [50, 100]) == [2_000_000_000, 2_000_000_000])
        #expect(times.median(measurableBelow: nil) == 2_001_000_000 && times.greatest(measurableBelow: nil) == 2_006_000_000)
    }

    @Test func historyIsReadLikewise() {
        var histogram = SparseHistogram()
        histogram.add([(TimeBuckets.twoDigits.index(ofMicroseconds: 150_000), 1)])
        #expect(histogram.microseconds(atPercentiles: [50], reading: .locust) == [150_000])
    }
}
