import LoadModel
import Testing

@testable import Statistics

/// A result as bytes: what comes back is what went, whatever it is and however it is cut.
struct ResultArchiveTests {
    /// What a worker measures in a second: a few names, failures, exceptions, figures of its own.
    static func snapshot(using random: inout SplitMix64, names: Int = 5) -> IntervalSnapshot {
        let recorder = IntervalRecorder(userClasses: [UserClass(name: "A", tasks: [ScenarioTask(name: "t")])])
        for _ in 0..<Int.random(in: 0...40, using: &random) {
            var path = "/\(Int.random(in: 0..<names, using: &random))"
            let request = path.withUTF8 { recorder.request(method: .get, name: UnsafeRawBufferPointer($0)) }
            recorder.countIssued()
            let service = Int64.random(in: 1...1 << 36, using: &random) >> Int64.random(in: 0...30, using: &random)
            let response = service + (Bool.random(using: &random) ? 0 : Int64.random(in: 0...1 << 31, using: &random))
            recorder.record(
                RequestSample(request: request, serviceTimeNanoseconds: service, responseTimeNanoseconds: response, status: 200))
            recorder.record(
                iteration: recorder.iteration(userClass: 0, task: 0), responseNanoseconds: response, durationNanoseconds: service,
                failed: Bool.random(using: &random))
        }
        var snapshot = recorder.takeSnapshot()
        for request in snapshot.requests where Bool.random(using: &random) {
            snapshot.failures.append(
                FailureInterval(
                    key: FailureKey(request: request.key, reason: "HTTP \(Int.random(in: 500...503, using: &random))"), count: 3))
        }
        if Bool.random(using: &random) {
            let place = "a.lua:\(Int.random(in: 1...4, using: &random))"
            snapshot.exceptions = [
                ExceptionInterval(example: ScriptException(place: place, message: "é", stack: "s"), userClass: "A", count: 2)
            ]
        }
        var timing = CustomInterval(key: CustomKey(kind: .timing, name: "login"))
        timing.count = 1
        timing.times.add(77)
        timing.cells = [HistogramCell(request: 0, series: .onTime, bucket: 7, count: 1)]
        var counter = CustomInterval(key: CustomKey(kind: .counter, name: "sold"))
        counter.count = 2
        counter.sumBillionths = -5_000_000_000
        snapshot.custom = [timing, counter]
        (snapshot.startsBegun, snapshot.startsDropped, snapshot.busyNanoseconds, snapshot.connectionsOpened) = (5, 1, 99, 2)
        return snapshot
    }

    static func result(seconds: Int, limits: StatisticsLimits = StatisticsLimits(), names: Int = 5, seed: UInt64) -> RunResult {
        var random = SplitMix64(seed: seed)
        var result = RunResult(limits: limits)
        var second = 0
        for _ in 0..<seconds {
            let snapshot = snapshot(using: &random, names: names)
            let worker = "w\(Int.random(in: 0..<3, using: &random))"
            if second < 3 {
                result.mergeWarmUp(snapshot, fromWorker: worker, second: second)
            } else {
                result.merge(snapshot, fromWorker: worker, second: second)
            }
            result.noteIssued(Int64(second * 7), byWorker: worker)
            result.noteUsers(second % 50, second: second)
            second += Int.random(in: 0..<400, using: &random)
        }
        return result
    }

    private static func restored(_ result: RunResult, limits: StatisticsLimits = StatisticsLimits()) throws -> RunResult {
        var (archive, copy) = (ResultArchive(result), RunResult(limits: limits))
        while let part = archive.next() { try part.withUnsafeBytes { try copy.merge(archive: $0) } }
        return copy
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>) func whatComesBackIsWhatWent(seed: UInt64) throws {
        let result = Self.result(seconds: Int(seed * 20), seed: seed)
        #expect(try Self.restored(result) == result)
    }

    @Test func namesAboveALimitStayWhereTheyWere() throws {
        var limits = StatisticsLimits()
        (limits.requests, limits.failures, limits.exceptions) = (3, 4, 2)
        let result = Self.result(seconds: 60, limits: limits, names: 9, seed: 3)
        #expect(result.examples.request != nil && result.examples.failure != nil && result.examples.exception != nil)
        #expect(try Self.restored(result, limits: limits) == result)
        // And what is merged behind it finds the limits where they were.
        var random = SplitMix64(seed: 99)
        let more = Self.snapshot(using: &random, names: 30)
        var (one, other) = (result, try Self.restored(result, limits: limits))
        one.merge(more, fromWorker: "w", second: 9000)
        other.merge(more, fromWorker: "w", second: 9000)
        #expect(one == other)
    }

    @Test func goingOnWithARestoredResultIsGoingOnWithTheOther() throws {
        var result = Self.result(seconds: 100, seed: 5)
        var other = try Self.restored(result)
        var random = SplitMix64(seed: 6)
        for second in stride(from: 30_000, to: 900_000, by: 9000) {
            let snapshot = Self.snapshot(using: &random)
            result.merge(snapshot, fromWorker: "w1", second: second)
            other.merge(snapshot, fromWorker: "w1", second: second)
        }
        #expect(other == result && result.history.points.count > 50)
    }

    @Test func partsAreBoundedAndFlattenedPartsAddUp() throws {
        var archive = ResultArchive(Self.result(seconds: 300, seed: 8))
        var count = 0
        while let part = archive.next() {
            count += 1
            #expect(part.count < 200_000)
        }
        #expect(count > 1)
        var random = SplitMix64(seed: 2)
        var (one, other, all) = (RunResult(), RunResult(), RunResult())
        for second in 0..<20 {
            let snapshot = Self.snapshot(using: &random)
            if second < 10 {
                one.merge(snapshot, fromWorker: "w", second: second)
            } else {
                other.merge(snapshot, fromWorker: "w", second: second)
            }
            all.merge(snapshot, fromWorker: "w", second: second)
        }
        var sum = RunResult()
        for (second, result) in [(0, one), (10, other)] {
            let bytes = ResultArchive.bytes(of: result.flattened(second: second, span: 10))
            try bytes.withUnsafeBytes { try sum.merge(archive: $0) }
        }
        #expect(sum.requests == all.requests && sum.failures == all.failures && sum.exceptions == all.exceptions)
        #expect(sum.custom == all.custom && sum.iterations == all.iterations && sum.workers == all.workers && sum.lag == all.lag)
        #expect(sum.history.points.map(\.second) == [0, 10] && sum.history.points.map(\.span) == [10, 10])
        #expect(sum.history.points.map(\.requests) == [one, other].map { $0.total().requests })
    }

    /// Whatever was changed or cut off, the answer is an error or a result, and no crash.
    @Test func damageIsAnErrorAtMost() {
        let bytes = ResultArchive.bytes(of: Self.result(seconds: 6, seed: 1))
        var random = SplitMix64(seed: 4)
        var errors = 0
        for _ in 0..<2000 {
            var damaged = bytes
            damaged[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            if Bool.random(using: &random) { damaged.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            var result = RunResult()
            do { try damaged.withUnsafeBytes { try result.merge(archive: $0) } } catch { errors += 1 }
        }
        #expect(errors > 200)
    }
}
