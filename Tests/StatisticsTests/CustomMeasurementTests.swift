import LoadModel
import Testing

@testable import Statistics

struct CustomMeasurementTests {
    private func snapshot(_ measurements: [Measurement], limits: StatisticsLimits = StatisticsLimits()) -> IntervalSnapshot {
        let recorder = IntervalRecorder(limits: limits)
        for measurement in measurements { recorder.record(measurement) }
        return recorder.takeSnapshot()
    }

    private func result(_ snapshots: [IntervalSnapshot]) -> RunResult {
        var result = RunResult()
        for (second, snapshot) in snapshots.enumerated() { result.merge(snapshot, fromWorker: "w\(second % 3)", second: second) }
        return result
    }

    private static func random(_ count: Int, seed: UInt64) -> [Measurement] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            let name = "n\(Int.random(in: 0..<5, using: &random))"
            if Bool.random(using: &random) { return .timing(name: name, nanoseconds: Int64.random(in: 0...1 << 36, using: &random)) }
            return .counter(name: name, amount: Double.random(in: -1e6...1e6, using: &random))
        }
    }

    @Test func figuresOfATiming() throws {
        let times: [Int64] = [4_000_000, 1_000_000, 2_000_000, 3_000_000]
        let all = result([snapshot(times.map { .timing(name: "checkout", nanoseconds: $0) })]).custom
        let timing = try #require(all.first)
        #expect(all.count == 1 && timing.key == CustomKey(kind: .timing, name: "checkout") && timing.count == 4)
        #expect(timing.times.averageNanoseconds == 2_500_000)
        #expect(timing.times.nanoseconds(atPercentiles: [50, 100]) == [2_000_000, 4_000_000])
    }

    @Test func amountsAreAddedUpExactly() throws {
        let counters = result([
            snapshot([Double](repeating: 0.1, count: 10).map { .counter(name: "tenths", amount: $0) }),
            snapshot([.counter(name: "large", amount: 1e15), .counter(name: "large", amount: 0.5), .counter(name: "large", amount: -1e15)]),
            snapshot([.counter(name: "beyond", amount: -.infinity), .counter(name: "beyond", amount: .nan)]),
        ]).custom
        #expect(counters.map(\.key.name) == ["beyond", "large", "tenths"])
        #expect(counters.map(\.sum) == [-1e15, 0.5, 1])
        #expect(counters.map(\.count) == [2, 3, 10])
    }

    @Test func timingAndCounterOfOneNameAreTwo() {
        let both = snapshot([.counter(name: "a", amount: 2), .timing(name: "a", nanoseconds: 5)]).custom
        #expect(both.map(\.key.kind) == [.timing, .counter])
    }

    /// In any order, in one recorder or in many, folded or not.
    @Test func orderOfMergingDoesNotMatter() {
        let measurements = Self.random(3000, seed: 21)
        let whole = result([snapshot(measurements)])
        let parts = stride(from: 0, to: measurements.count, by: 100).map { snapshot(Array(measurements[$0..<$0 + 100])) }
        #expect(parts.allSatisfy { $0.isWellFormed })
        #expect(whole.custom.count == 10)
        var random = SeededGenerator(seed: 22)
        for _ in 0..<10 {
            let shuffled = parts.shuffled(using: &random)
            #expect(result(shuffled).custom == whole.custom)
            var folded = IntervalSnapshot()
            for part in shuffled { folded.fold(part) }
            #expect(folded.isWellFormed)
            #expect(folded == snapshot(measurements))
        }
    }

    @Test func theyAreNoRequests() {
        let result = result([snapshot([.timing(name: "a", nanoseconds: 5), .counter(name: "b", amount: 1)])])
        #expect(result.requests.isEmpty && result.total().requests == 0 && result.workers[0].merged == 0 && result.workers[0].issued == 0)
        #expect(result.history.points.isEmpty)
        #expect(!snapshot([.counter(name: "b", amount: 0)]).isEmpty)
    }

    @Test func anIntervalHasItsOwnOnly() {
        let recorder = IntervalRecorder()
        recorder.record(.timing(name: "a", nanoseconds: 1_000))
        #expect(recorder.takeSnapshot().custom.map(\.count) == [1])
        #expect(recorder.takeSnapshot() == IntervalSnapshot())
        recorder.record(.timing(name: "b", nanoseconds: 2_000))
        recorder.record(.timing(name: "a", nanoseconds: 3_000))
        let second = recorder.takeSnapshot()
        #expect(second.custom.map(\.key.name) == ["a", "b"] && second.custom.map(\.times.maxNanoseconds) == [3_000, 2_000])
        #expect(second.isWellFormed)
    }

    @Test func namesAboveTheLimitAreCountedTogether() {
        var limits = StatisticsLimits()
        limits.custom = 3
        let many: [Measurement] = (0..<6).flatMap { number -> [Measurement] in
            [.counter(name: "c\(number)", amount: 1), .timing(name: "t\(number)", nanoseconds: 10)]
        }
        let one = snapshot(many, limits: limits)
        #expect(one.custom.map(\.key.name) == ["(other)", "t0", "(other)", "c0", "c1"])
        #expect(one.custom.map(\.count) == [5, 1, 4, 1, 1])
        #expect(one.examples.custom == "c2" && one.isWellFormed)
        var folded = IntervalSnapshot()
        var merged = RunResult(limits: limits)
        for measurement in many {
            folded.fold(snapshot([measurement]), limits: limits)
            merged.merge(snapshot([measurement]), fromWorker: "w", second: 0)
        }
        #expect(folded == one)
        #expect(merged.custom.map(\.count) == [5, 1, 4, 1, 1] && merged.examples.custom == "c2")
    }

    @Test func namesAreCut() {
        let name = String(repeating: "é", count: 300)
        let cut = snapshot([.counter(name: name, amount: 1)]).custom[0].key.name
        #expect(cut == String(repeating: "é", count: 256))
    }

    @Test func timesOutOfReachAreClamped() {
        let snapshot = snapshot([.timing(name: "a", nanoseconds: .max), .timing(name: "a", nanoseconds: .min)])
        #expect(snapshot.isWellFormed)
        #expect(snapshot.custom[0].times.minNanoseconds == -SnapshotBounds.nanoseconds)
        #expect(result([snapshot]).custom[0].times.nanoseconds(atPercentile: 100) == SnapshotBounds.nanoseconds)
    }
}
