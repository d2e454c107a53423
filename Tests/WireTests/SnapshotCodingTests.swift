import LoadModel
import Statistics
import Testing

@testable import Wire

struct SnapshotCodingTests {
    /// What decoding says about a snapshot with something wrong in it; nil: nothing.
    private func complaint(_ damage: (inout IntervalSnapshot) -> Void) -> WireError? {
        var snapshot = SampleMessages.snapshot()
        damage(&snapshot)
        let bytes = WorkerMessage.delta(SampleMessages.delta(snapshot)).encoded(nodeID: "w")
        do throws(WireError) {
            _ = try WorkerMessage.decode(bytes)
            return nil
        } catch { return error }
    }

    @Test func soundSnapshotsAreTaken() { #expect(complaint { _ in } == nil) }

    @Test func figuresOutOfBoundsAreRefused() {
        let damages: [(path: String, damage: (inout IntervalSnapshot) -> Void)] = [
            ("data.snapshot.issued", { $0.issued = -1 }),
            ("data.snapshot.issued", { $0.issued = SnapshotBounds.count + 1 }),
            ("data.snapshot.connections_opened", { $0.connectionsOpened = .max }),
            ("data.snapshot.requests[0][2]", { $0.requests[0].requests = -1 }),
            ("data.snapshot.requests[0][4]", { $0.requests[0].interrupted = .max }),
            ("data.snapshot.requests[0][5]", { $0.requests[0].receivedBytes = .max }),
            ("data.snapshot.requests[0][8]", { $0.requests[0].responseTime.minNanoseconds = .min }),
            ("data.snapshot.requests[0][13]", { $0.requests[0].serviceTime.maxNanoseconds = .max }),
            ("data.snapshot.requests[0][1]", { $0.requests[0].key.name = String(repeating: "x", count: 513) }),
            ("data.snapshot.failures[0][2]", { $0.failures[0].count = 0 }),
            ("data.snapshot.failures[1][3]", { $0.failures[1].count = .max }),
            ("data.snapshot.exceptions[0][4]", { $0.exceptions[0].count = -1 }),
            ("data.snapshot.exceptions[0][2]", { $0.exceptions[0].example.stack = String(repeating: "x", count: 4097) }),
        ]
        for (path, damage) in damages {
            let error = complaint(damage)
            #expect(error?.path == path, "\(String(describing: error))")
        }
    }

    @Test func whatDoesNotHoldTogetherIsRefused() {
        let damages: [(inout IntervalSnapshot) -> Void] = [
            { $0.requests[0].requests += 1 }, { $0.requests[0].failures = 9 }, { $0.requests.swapAt(0, 1) },
            { $0.requests[0].responseTime.minNanoseconds = $0.requests[0].responseTime.maxNanoseconds + 1 },
            { $0.requests[0].responseTime.sumNanoseconds = .max }, { $0.requests[0].serviceTime.sumNanoseconds = .min },
            { $0.cells[0].count += 1 }, { $0.cells[0].count = 0 }, { $0.cells.removeFirst() }, { $0.cells.removeAll() },
            { $0.cells.append(HistogramCell(request: 3, series: .wait, bucket: 0, count: 1)) },
            { $0.cells.append(HistogramCell(request: 2, series: .status, bucket: 1000, count: 1)) },
            { $0.cells.append(HistogramCell(key: 2 << 19 | 15 << 15, count: 1)) },
            { $0.cells.append(HistogramCell(request: 2, series: .status, bucket: 200, count: 1)) },
            { $0.failures.swapAt(0, 1) }, { $0.failures.append($0.failures[1]) }, { $0.exceptions.append($0.exceptions[0]) },
        ]
        for (index, damage) in damages.enumerated() {
            let error = complaint(damage)
            #expect(error?.path == "data.snapshot" && error?.problem == "does not hold together", "\(index): \(String(describing: error))")
        }
    }

    /// The greatest figures that are let in, merged many times over.
    @Test func theGreatestFiguresCanBeAddedUp() throws {
        var snapshot = IntervalSnapshot()
        snapshot.issued = SnapshotBounds.count
        snapshot.connectionsOpened = SnapshotBounds.count
        var request = RequestInterval(key: RequestKey(method: .get, name: "/"))
        request.requests = SnapshotBounds.count
        request.failures = SnapshotBounds.count
        request.interrupted = SnapshotBounds.count
        request.receivedBytes = SnapshotBounds.bytes
        request.responseTime.add(SnapshotBounds.nanoseconds)
        request.responseTime.sumNanoseconds = Int128(SnapshotBounds.count) * Int128(SnapshotBounds.nanoseconds)
        request.serviceTime.add(-SnapshotBounds.nanoseconds)
        request.serviceTime.sumNanoseconds = -request.responseTime.sumNanoseconds
        snapshot.requests = [request]
        let longest = TimeBuckets.threeDigits.index(ofMicroseconds: 1000)
        for _ in 0..<16 { snapshot.cells.append(HistogramCell(request: 0, series: .onTime, bucket: longest, count: .max)) }
        snapshot.cells.append(HistogramCell(request: 0, series: .onTime, bucket: longest, count: 16))
        snapshot.failures = [FailureInterval(key: FailureKey(request: request.key, reason: "no"), count: SnapshotBounds.count)]
        #expect(snapshot.isWellFormed)
        let bytes = WorkerMessage.delta(SampleMessages.delta(snapshot)).encoded(nodeID: "w")
        guard case (.delta(let delta), _) = try WorkerMessage.decode(bytes) else {
            Issue.record("no delta")
            return
        }
        #expect(delta.snapshot == snapshot)
        var result = RunResult()
        var folded = IntervalSnapshot()
        for _ in 0..<2000 { result.merge(delta.snapshot, fromWorker: "w", second: 0) }
        for _ in 0..<50 { folded.fold(delta.snapshot) }
        #expect(result.total().requests == 2000 * SnapshotBounds.count)
        #expect(result.total().receivedBytes == .max)
        #expect(result.history.points[0].nanoseconds(atPercentiles: [50, 100]) != nil)
        #expect(result.total().averageSchedulingDelayNanoseconds == 2e18)
        // A million more would still fit.
        #expect(SnapshotBounds.count.multipliedReportingOverflow(by: 1 << 20).overflow == false)
        #expect(request.responseTime.sumNanoseconds.multipliedReportingOverflow(by: 1 << 20).overflow == false)
    }
}
