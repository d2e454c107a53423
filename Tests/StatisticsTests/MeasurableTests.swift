import LoadModel
import Testing

@testable import Statistics

/// What can be said of an open load some of whose starts were dropped.
struct MeasurableTests {
    /// 1,000 starts, of which those given are dropped; the k-th takes k ms.
    private func result(dropping dropped: Set<Int>) -> RunResult {
        let recorder = IntervalRecorder()
        let request = recorder.request("/")
        for number in 1...1000 {
            if dropped.contains(number) {
                recorder.countDroppedStart()
            } else {
                recorder.countStart()
                recorder.record(request, nanoseconds: Int64(number) * 1_000_000)
            }
        }
        var result = RunResult()
        result.merge(recorder.takeSnapshot(), fromWorker: "w", second: 0)
        return result
    }

    private static let percentiles: [Double] = [50, 90, 98, 99, 99.9, 100]

    private func milliseconds(_ values: [Int64?]) -> [Int64?] { values.map { $0.map { ($0 + 500_000) / 1_000_000 } } }

    /// Had all been begun, the percentiles that can be told would have been the same.
    @Test func droppingTheLongestChangesNoPercentileThatCanBeTold() {
        let all = result(dropping: [])
        let some = result(dropping: Set(991...1000))
        #expect(some.measurableBelow == 99)
        let whole = all.total().responseTime.nanoseconds(atPercentiles: Self.percentiles, measurableBelow: all.measurableBelow)
        let values = some.total().responseTime.nanoseconds(atPercentiles: Self.percentiles, measurableBelow: some.measurableBelow)
        #expect(milliseconds(whole) == [500, 900, 980, 990, 999, 1000])
        #expect(milliseconds(values) == [500, 900, 980, 990, nil, nil])
        #expect(milliseconds(some.history.points[0].measurableNanoseconds(atPercentiles: [99, 99.9])) == [990, nil])
    }

    /// Whichever were dropped, no percentile is told as shorter than it would have been.
    @Test(arguments: 0..<20 as Range<UInt64>) func noPercentileIsTooShort(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let dropped = Set((0..<Int.random(in: 1...400, using: &random)).map { _ in Int.random(in: 1...1000, using: &random) })
        let some = result(dropping: dropped)
        let values = some.total().responseTime.nanoseconds(atPercentiles: Self.percentiles, measurableBelow: some.measurableBelow)
        for (percentile, value) in zip(Self.percentiles, values) {
            #expect((value == nil) == (percentile * 10 > Double(1000 - dropped.count)))
            if let value { #expect(Double(value) >= percentile * 10 * 1e6 * 0.999) }
        }
    }

    @Test func withoutSamplesThereIsNothing() {
        #expect(RunResult().total().responseTime.nanoseconds(atPercentiles: [50, 100], measurableBelow: nil) == [nil, nil])
        #expect(TimeStatistics().nanoseconds(atPercentiles: [0, 50], measurableBelow: 0) == [nil, nil])
        #expect(
            Percentile.isMeasurable(99, below: 99) && !Percentile.isMeasurable(99.01, below: 99) && Percentile.isMeasurable(100, below: nil)
        )
    }
}
