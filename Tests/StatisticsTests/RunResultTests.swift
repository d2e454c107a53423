import LoadModel
import Testing

@testable import Statistics

@Suite struct RunResultTests {
    private struct Raw {
        var name: Int
        var service: Int64
        var delay: Int64
        var failure: String?
        var second: Int
    }

    private func record(_ raw: Raw, into recorder: IntervalRecorder) {
        let request = recorder.request("/\(raw.name)")
        var phases = PhaseTimes()
        phases.waitMicroseconds = raw.service / 1100
        recorder.countIssued()
        recorder.record(
            RequestSample(
                request: request, serviceTimeNanoseconds: raw.service, responseTimeNanoseconds: raw.service + raw.delay, phases: phases,
                receivedBytes: raw.service % 1000, failure: raw.failure.map { recorder.failure(of: request, reason: $0) } ?? .none,
                status: raw.failure == nil ? 200 : 503))
        if raw.service % 97 == 0 {
            recorder.record(exception: ScriptException(place: "s.lua:\(raw.name)", message: "m\(raw.service % 5)"), userClass: "U")
        }
    }

    private func expectEqual(_ a: RunResult, _ b: RunResult) {
        #expect(a.requests == b.requests)
        #expect(a.total() == b.total())
        #expect(a.failures == b.failures)
        #expect(a.exceptions == b.exceptions)
        #expect(a.history == b.history)
        #expect(a.examples == b.examples)
    }

    @Test(arguments: 0..<8) func mergingIsConcatenationInAnyOrderAndFolding(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let raws = (0..<1000).map { _ in
            Raw(
                name: Int.random(in: 0..<7, using: &random),
                service: Int64.random(in: 1...10_000_000_000, using: &random) >> Int64.random(in: 0...30, using: &random),
                delay: Bool.random(using: &random) ? 0 : Int64.random(in: 0...5_000_000, using: &random),
                failure: Int.random(in: 0..<20, using: &random) == 0 ? "reason \(Int.random(in: 0..<3, using: &random))" : nil,
                second: Int.random(in: 0..<4000, using: &random))
        }.sorted { $0.second < $1.second }
        var whole = RunResult()
        for raw in raws {
            let recorder = IntervalRecorder()
            record(raw, into: recorder)
            whole.merge(recorder.takeSnapshot(), fromWorker: "w", second: raw.second)
        }

        let recorders = (0..<Int.random(in: 1...64, using: &random)).map { _ in IntervalRecorder() }
        var deltas: [(snapshot: IntervalSnapshot, second: Int)] = []
        for second in Set(raws.map(\.second)) {
            for raw in raws where raw.second == second {
                record(raw, into: recorders[Int.random(in: 0..<recorders.count, using: &random)])
            }
            let snapshots = recorders.map { $0.takeSnapshot() }.shuffled(using: &random)
            if Bool.random(using: &random) {
                var folded = IntervalSnapshot()
                for snapshot in snapshots { folded.fold(snapshot) }
                #expect(folded.isWellFormed)
                deltas.append((folded, second))
            } else {
                deltas += snapshots.filter { !$0.isEmpty }.map { ($0, second) }
            }
        }
        var merged = RunResult()
        for delta in deltas.shuffled(using: &random) { merged.merge(delta.snapshot, fromWorker: "w", second: delta.second) }
        expectEqual(whole, merged)
        #expect(merged.workers[0].unaccounted == 0)
    }

    @Test func percentilesAreWithinATenthOfAPercentOrAMicrosecond() {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<10_000 {
            let count = Int.random(in: 1...60, using: &random)
            let shift = Int64.random(in: 0...30, using: &random)
            let times = (0..<count).map { _ in Int64.random(in: 1...3_600_000_000_000, using: &random) >> shift }
            var statistics = TimeStatistics()
            var extent = TimeExtent()
            for time in times {
                extent.add(time)
                let bucket = TimeBuckets.threeDigits.index(ofMicroseconds: TimeBuckets.microseconds(ofNanoseconds: time))
                [HistogramCell(request: 0, series: .response, bucket: bucket, count: 1)].withUnsafeBufferPointer { statistics.add($0) }
            }
            statistics.merge(extent)
            let sorted = times.sorted()
            let percentiles = [0.01, 50, 90, 99.9, 100, Double.random(in: 0...100, using: &random)].sorted()
            guard let values = statistics.nanoseconds(atPercentiles: percentiles) else { continue }
            for (percentile, value) in zip(percentiles, values) {
                let expected = sorted[Int(Percentile.rank(percentile, of: Int64(count))) - 1]
                if abs(value - expected) > max(1000, expected / 1000) {
                    Issue.record("p\(percentile) of \(count): \(value) instead of \(expected)")
                }
            }
            #expect(statistics.nanoseconds(atPercentile: 100) == sorted.last)
            #expect(statistics.minNanoseconds == sorted.first)
        }
    }

    @Test func emptyRegionsHoldNoPercentile() {
        let milliseconds = (0..<96).map { Int64($0 % 8) } + [1502, 1502, 1502, 1503, 1503, 1503]
        var random = SeededGenerator(seed: 5)
        for _ in 0..<10 {
            let recorders = (0..<8).map { _ in IntervalRecorder() }
            for time in milliseconds.shuffled(using: &random) {
                let recorder = recorders[Int.random(in: 0..<8, using: &random)]
                recorder.record(recorder.request("/"), nanoseconds: time * 1_000_000)
            }
            var result = RunResult()
            for recorder in recorders.shuffled(using: &random) { result.merge(recorder.takeSnapshot(), fromWorker: "w", second: 0) }
            let p95 = Double(result.total().responseTime.nanoseconds(atPercentile: 95) ?? 0) / 1e6
            #expect(abs(p95 - 1502) <= 1.502)
            let p94 = Double(result.total().responseTime.nanoseconds(atPercentile: 94) ?? 0) / 1e6
            #expect(abs(p94 - 7) <= 0.007)
            #expect(result.total().responseTime.maxNanoseconds == 1_503_000_000)
        }
    }

    @Test(arguments: [
        (50, 10, 5), (90, 10, 9), (99.9, 1000, 999), (99.99, 10_000, 9999), (100, 7, 7), (0, 7, 1), (95, 102, 97), (50, 1, 1),
    ])
    func rankIsTheNearest(percentile: Double, count: Int64, rank: Int64) {
        #expect(Percentile.rank(percentile, of: count) == rank)
    }

    @Test func timesOverAnHourKeepExactExtremes() {
        let recorder = IntervalRecorder()
        recorder.record(recorder.request("/"), nanoseconds: 10_000_000_000_000)
        var result = RunResult()
        result.merge(recorder.takeSnapshot(), fromWorker: "w", second: 0)
        let times = result.total().responseTime
        #expect(times.maxNanoseconds == 10_000_000_000_000 && times.averageNanoseconds == 1e13)
        #expect(times.nanoseconds(atPercentile: 100) == 10_000_000_000_000)
    }

    @Test func sumsOfAWeekDoNotOverflow() {
        var snapshot = IntervalSnapshot()
        var interval = RequestInterval(key: RequestKey(method: .get, name: "/"))
        interval.requests = 1
        interval.responseTime.sumNanoseconds = Int128(Int64.max) * 4
        snapshot.requests = [interval]
        var result = RunResult()
        for _ in 0..<4 { result.merge(snapshot, fromWorker: "w", second: 0) }
        #expect(result.total().responseTime.extent.sumNanoseconds == Int128(Int64.max) * 16)
    }

    @Test func everyIssuedRequestIsAccountedFor() {
        let recorder = IntervalRecorder()
        let request = recorder.request("/")
        for _ in 0..<10 { recorder.countIssued() }
        for _ in 0..<7 { recorder.record(request, nanoseconds: 1000) }
        recorder.countInterrupted(request)
        var result = RunResult()
        result.noteIssued(6, byWorker: "a")
        result.merge(recorder.takeSnapshot(), fromWorker: "a", second: 0)
        result.noteIssued(12, byWorker: "b")
        #expect(result.workers.map(\.issued) == [10, 12])
        #expect(result.workers.map(\.merged) == [7, 0])
        #expect(result.workers.map(\.interrupted) == [1, 0])
        #expect(result.workers.map(\.unaccounted) == [2, 12])
    }

    @Test func namesAreBoundedOverAllWorkers() {
        var limits = StatisticsLimits()
        limits.requests = 10
        var result = RunResult(limits: limits)
        for worker in 0..<5 {
            let recorder = IntervalRecorder(limits: limits)
            for i in 0..<8 {
                let request = recorder.request("/\(worker)/\(i)")
                recorder.record(request, nanoseconds: 1000, failure: recorder.failure(of: request, reason: "no"))
            }
            result.merge(recorder.takeSnapshot(), fromWorker: "\(worker)", second: 0)
        }
        #expect(result.requests.count == 11)
        #expect(result.total().requests == 40)
        #expect(result.failures.reduce(0) { $0 + $1.count } == 40)
        #expect(result.failures.count == 11)
        #expect(result.examples.request == "GET /1/2")
    }

    @Test func aLongRunDoesNotGrow() {
        let recorder = IntervalRecorder()
        let request = recorder.request("/")
        recorder.record(request, nanoseconds: 300_000)
        recorder.record(request, nanoseconds: 320_000)
        let snapshot = recorder.takeSnapshot()
        var result = RunResult()
        var most = 0
        for second in 0..<1_000_000 {
            result.merge(snapshot, fromWorker: "w", second: second)
            if second % 50_000 == 0 { most = max(most, result.history.points.count) }
        }
        let points = result.history.points
        #expect(max(most, points.count) < 12_500)
        #expect(points.reduce(0) { $0 + $1.requests } == 2_000_000)
        #expect(points.allSatisfy { $0.histogram.bucketCount == 2 })
        #expect(points.suffix(900).allSatisfy { $0.span == 1 } && points[0].span == 120)
        #expect(result.requests.count == 1)
        #expect(result.recent(seconds: 10, before: 1_000_000).requests == 20)
    }
}
