import LoadModel
import Testing

@testable import Statistics

@Suite struct IntervalSnapshotTests {
    private func snapshot(_ names: [String] = ["/a", "/b"]) -> IntervalSnapshot {
        let recorder = IntervalRecorder()
        for name in names {
            let request = recorder.request(name)
            recorder.countIssued()
            recorder.record(request, nanoseconds: 5_000_000, failure: recorder.failure(of: request, reason: "no"))
        }
        return recorder.takeSnapshot()
    }

    @Test func damagedSnapshotsAreFound() {
        let damages: [(inout IntervalSnapshot) -> Void] = [
            { $0.requests.swapAt(0, 1) }, { $0.requests[1] = $0.requests[0] }, { $0.cells.swapAt(0, 1) }, { $0.cells[0].count = 0 },
            { $0.cells[0].count += 1 }, { $0.cells.removeFirst() }, { $0.requests[0].requests = -1 }, { $0.requests[0].failures = 2 },
            { $0.cells.append(HistogramCell(request: 2, series: .wait, bucket: 0, count: 1)) }, { $0.issued = -1 },
            { $0.cells.append(HistogramCell(key: .max, count: 1)) }, { $0.failures[0].count = 0 },
            { $0.cells.append(HistogramCell(request: 1, series: .status, bucket: 1000, count: 1)) },
            { $0.issued = SnapshotBounds.count + 1 }, { $0.requests[0].receivedBytes = .max }, { $0.requests[1].interrupted = .max },
            { $0.requests[0].responseTime.sumNanoseconds = .min }, { $0.requests[0].serviceTime.maxNanoseconds = .max },
            { $0.cells.append(HistogramCell(request: 1, series: .status, bucket: 200, count: 1)) }, { $0.failures[0].count = .max },
            { $0.cells.append(HistogramCell(request: 1, series: .receive, bucket: 1, count: .max)) },
        ]
        #expect(snapshot().isWellFormed)
        for (index, damage) in damages.enumerated() {
            var damaged = snapshot()
            damage(&damaged)
            #expect(!damaged.isWellFormed, "damage \(index)")
        }
    }

    @Test func damagedMeasurementsAreFound() {
        let recorder = IntervalRecorder()
        for time in [5, 7_000_000] as [Int64] { recorder.record(.timing(name: "t", nanoseconds: time)) }
        recorder.record(.counter(name: "c", amount: -1.5))
        let sound = recorder.takeSnapshot()
        let damages: [(inout IntervalSnapshot) -> Void] = [
            { $0.custom.swapAt(0, 1) }, { $0.custom[1] = $0.custom[0] }, { $0.custom[0].count = 3 }, { $0.custom[1].count = 0 },
            { $0.custom[0].cells.swapAt(0, 1) }, { $0.custom[0].cells[1].count = 0 }, { $0.custom[0].cells.removeAll() },
            { $0.custom[0].cells.append(HistogramCell(request: 0, series: .wait, bucket: 1, count: 1)) },
            { $0.custom[0].cells[1].key += 1 << 19 }, { $0.custom[0].cells[1].key = 1 << 15 - 1 }, { $0.custom[0].sumBillionths = 1 },
            { $0.custom[0].cells = $0.custom[0].cells.map { HistogramCell(key: $0.key + 1 << 15, count: $0.count) } },
            { $0.custom[0].times.sumNanoseconds = .max }, { $0.custom[0].times = TimeExtent() }, { $0.custom[1].times.add(1) },
            { $0.custom[1].cells = $0.custom[0].cells }, { $0.custom[1].sumBillionths = .min }, { $0.custom[1].key.kind = .timing },
            { $0.custom[1].count = SnapshotBounds.count },
        ]
        #expect(sound.isWellFormed)
        for (index, damage) in damages.enumerated() {
            var damaged = sound
            damage(&damaged)
            #expect(!damaged.isWellFormed, "damage \(index)")
        }
    }

    @Test func foldingAddsUpAndKeepsOrder() {
        var folded = snapshot(["/b", "/c"])
        folded.fold(snapshot(["/a", "/b"]))
        #expect(folded.isWellFormed)
        #expect(folded.requests.map(\.key.name) == ["/a", "/b", "/c"])
        #expect(folded.requests.map(\.requests) == [1, 2, 1])
        #expect(folded.failures.map(\.count) == [1, 2, 1])
        #expect(folded.issued == 4)
        folded.fold(IntervalSnapshot())
        #expect(folded.issued == 4)
    }

    @Test func countsThatDoNotFitStandInTwoCells() {
        var big = snapshot(["/a"])
        big.cells = big.cells.map { HistogramCell(key: $0.key, count: .max) }
        big.requests[0].requests = Int64(UInt32.max)
        var folded = big
        folded.fold(big)
        #expect(folded.isWellFormed)
        var result = RunResult()
        result.merge(folded, fromWorker: "w", second: 0)
        #expect(result.total().responseTime.count == 2 * Int64(UInt32.max))
    }

    @Test func foldingIsBounded() {
        var limits = StatisticsLimits()
        limits.requests = 3
        var folded = IntervalSnapshot()
        for i in 0..<10 { folded.fold(snapshot(["/\(i)"]), limits: limits) }
        #expect(folded.isWellFormed)
        #expect(folded.requests.map(\.key.name) == ["(other)", "/0", "/1", "/2"])
        #expect(folded.requests[0].requests == 7)
        #expect(folded.failures.map(\.count) == [7, 1, 1, 1])
        #expect(folded.examples.request == "GET /3")
    }
}
