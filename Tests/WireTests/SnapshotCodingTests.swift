import LoadModel
import Statistics
import Testing

@testable import Wire

struct SnapshotCodingTests {
    /// What decoding says about a snapshot with something wrong in it; nil: nothing.
    private func complaint(
        of sample: IntervalSnapshot = SampleMessages.snapshot(), _ damage: (inout IntervalSnapshot) -> Void
    ) -> WireError? {
        var snapshot = sample
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

    @Test func measurementsOfScriptsAreChecked() {
        let sample = SampleMessages.customSnapshot()
        #expect(complaint(of: sample) { _ in } == nil)
        let damages: [(path: String, damage: (inout IntervalSnapshot) -> Void)] = [
            ("custom[0][1]", { $0.custom[0].key.name = String(repeating: "x", count: 513) }),
            ("custom[0][2]", { $0.custom[0].count = 0 }), ("custom[1][2]", { $0.custom[1].count = .max }),
            ("custom[0][5]", { $0.custom[0].times.minNanoseconds = .min }), ("custom[0][6]", { $0.custom[0].times.maxNanoseconds = .max }),
            ("custom", { $0.custom = (0...SnapshotBounds.custom).map { CustomInterval(key: CustomKey(kind: .counter, name: "\($0)")) } }),
            ("", { $0.custom[0].count += 1 }), ("", { $0.custom[0].cells = [] }), ("", { $0.custom[0].cells[3].key |= 1 << 15 }),
            ("", { $0.custom[0].cells[3].key |= 1 << 19 }), ("", { $0.custom[0].cells[3].key = 32_767 }),
            ("", { $0.custom[0].times.sumNanoseconds = .max }), ("", { $0.custom[0].times.maxNanoseconds = -6 }),
            ("", { $0.custom[1].sumBillionths = .max }), ("", { $0.custom[1].sumBillionths = .min }),
            ("", { $0.custom.swapAt(1, 2) }), ("", { $0.custom.swapAt(0, 1) }), ("", { $0.custom[2] = $0.custom[1] }),
        ]
        for (index, (path, damage)) in damages.enumerated() {
            let error = complaint(of: sample, damage)
            #expect(error?.path == "data.snapshot" + (path.isEmpty ? "" : ".\(path)"), "\(index): \(String(describing: error))")
        }
    }

    @Test func iterationsAndStartsAreChecked() {
        let sample = SampleMessages.iterationSnapshot()
        #expect(complaint(of: sample) { _ in } == nil)
        let damages: [(path: String, damage: (inout IntervalSnapshot) -> Void)] = [
            ("iterations[0][0]", { $0.iterations[0].key.userClass = String(repeating: "x", count: 513) }),
            ("iterations[1][1]", { $0.iterations[1].key.task = String(repeating: "x", count: 513) }),
            ("iterations[0][2]", { $0.iterations[0].count = 0 }), ("iterations[1][3]", { $0.iterations[1].failed = -1 }),
            ("iterations[0][6]", { $0.iterations[0].responseTime.minNanoseconds = .min }),
            ("iterations[0][11]", { $0.iterations[0].duration.maxNanoseconds = .max }),
            (
                "iterations",
                { $0.iterations += (0...SnapshotBounds.iterations).map { IterationInterval(key: .init(userClass: "", task: "\($0)")) } }
            ),
            ("lag[3]", { $0.lag.times.maxNanoseconds = .max }), ("busy", { $0.busyNanoseconds = .max }),
            ("starts[0]", { $0.startsBegun = -1 }), ("starts[1]", { $0.startsDropped = .max }),
            ("", { $0.iterations[0].count += 1 }), ("", { $0.iterations[1].cells.removeLast() }), ("", { $0.iterations.swapAt(0, 1) }),
            ("", { $0.iterations[0].failed = 2 }), ("", { $0.lag.cells[2].key |= 1 << 19 }), ("", { $0.lag.times.sumNanoseconds = .max }),
            ("", { $0.iterations[1] = $0.iterations[0] }), ("", { $0.iterations[0].cells[0].key = 14 << 15 }),
        ]
        for (index, (path, damage)) in damages.enumerated() {
            let error = complaint(of: sample, damage)
            #expect(error?.path == "data.snapshot" + (path.isEmpty ? "" : ".\(path)"), "\(index): \(String(describing: error))")
        }
    }

    /// The shapes that the writer does not write.
    @Test func measurementsOfAnotherShapeAreRefused() throws {
        let shapes: [(String, (inout MessagePackWriter) -> Void)] = [
            ("is a whole number instead of an array", { $0.integer(1) }), ("has neither 5 nor 8 values", { $0.array(0) }),
            (
                "is not the kind of a measurement of 5 values",
                {
                    $0.array(5)
                    $0.string("timing")
                    for _ in 0..<4 { $0.integer(1) }
                }
            ),
            (
                "is a string instead of a whole number",
                {
                    $0.array(5)
                    $0.string("counter")
                    for _ in 0..<4 { $0.string("x") }
                }
            ),
        ]
        for (problem, write) in shapes {
            var writer = MessagePackWriter()
            writer.array(1)
            write(&writer)
            let error = #expect(throws: WireError.self) {
                try MessagePackReader.read(writer.bytes) { value throws(WireError) in try CustomCoding.read(value, besideCells: 0) }
            }
            #expect(error?.problem == problem)
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
        var counter = CustomInterval(key: CustomKey(kind: .counter, name: "c"))
        counter.count = SnapshotBounds.count
        counter.sumBillionths = -Int128(SnapshotBounds.count) * Int128(SnapshotBounds.amount) * 1_000_000_000
        snapshot.custom = [counter]
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
        #expect(result.custom[0].sum < -1e28)
        #expect(result.history.points[0].nanoseconds(atPercentiles: [50, 100]) != nil)
        #expect(result.total().averageSchedulingDelayNanoseconds == 2e18)
        // A million more would still fit.
        #expect(SnapshotBounds.count.multipliedReportingOverflow(by: 1 << 20).overflow == false)
        #expect(request.responseTime.sumNanoseconds.multipliedReportingOverflow(by: 1 << 20).overflow == false)
    }
}
