import LoadModel
import Statistics
import Testing

@testable import Judgement

/// A made-up run, second by second.
struct JudgedRun {
    var result = RunResult()
    var watch: ThresholdWatch
    private(set) var second = 0
    private(set) var events: [ThresholdWatch.Event] = []
    private let recorders: [IntervalRecorder]

    init(_ texts: [String], fromSecond: Int = 0) throws {
        watch = ThresholdWatch(try texts.map { try Threshold($0) }, fromSecond: fromSecond)
        second = fromSecond
        let userClass = UserClass(name: "U", tasks: [ScenarioTask(name: "buy"), ScenarioTask(name: "look")])
        recorders = [IntervalRecorder(userClasses: [userClass]), IntervalRecorder(userClasses: [userClass])]
    }

    /// An iteration of a task that was due half of its time before it did begin.
    mutating func iterate(task: Int, milliseconds: Int64, failed: Bool = false) {
        let iteration = recorders[1].iteration(userClass: 0, task: task)
        recorders[1].record(
            iteration: iteration, responseNanoseconds: milliseconds * 1_000_000, durationNanoseconds: milliseconds * 500_000, failed: failed
        )
    }

    /// Starts of the open model.
    mutating func start(begun: Int, dropped: Int) {
        for _ in 0..<begun { recorders[0].countStart() }
        for _ in 0..<dropped { recorders[0].countDroppedStart() }
    }

    /// One second, over two workers: some requests of a name that took so long each, some of which failed.
    mutating func pass(
        _ count: Int, _ milliseconds: Double, name: String = "/a", method: HTTPMethod = .get, failures: Int = 0, judges: Bool = true
    ) {
        for index in 0..<count {
            var name = name
            let recorder = recorders[index % 2]
            let request = name.withUTF8 { recorder.request(method: method, name: UnsafeRawBufferPointer($0)) }
            var sample = RequestSample(
                request: request, serviceTimeNanoseconds: Int64(milliseconds * 5e5), responseTimeNanoseconds: Int64(milliseconds * 1e6),
                receivedBytes: 10, status: 200)
            if index < failures { sample.failure = recorder.failure(of: request, reason: "HTTP 500") }
            recorder.countIssued()
            recorder.record(sample)
        }
        if judges { pass() }
    }

    mutating func measure(_ measurement: Measurement) { recorders[0].record(measurement) }

    /// The second is over.
    mutating func pass() {
        for (index, recorder) in recorders.enumerated() {
            let snapshot = recorder.takeSnapshot()
            result.merge(snapshot, fromWorker: "w\(index)", second: second)
            watch.take(snapshot, second: second)
        }
        second += 1
        events += watch.judge(through: second - 1, result: result, measuredSeconds: Double(second))
    }

    mutating func results() -> [ThresholdResult] { watch.results(result, measuredSeconds: Double(second), seconds: second) }
}

struct ThresholdWatchTests {
    /// 1,000 requests of 1, 2, … 1000 ms in 10 s, of which 10 failed; 20 of another name; a timing and a counter.
    private func sample(_ texts: [String]) throws -> [ThresholdResult] {
        var run = try JudgedRun(texts)
        for tenth in 0..<10 {
            for step in 1...100 { run.pass(1, Double(tenth * 100 + step), failures: step == 1 ? 1 : 0, judges: false) }
            run.pass(2, 5, name: "/b", method: .post, judges: false)
            run.measure(.timing(name: "checkout", nanoseconds: Int64(tenth + 1) * 1_000_000_000))
            run.measure(.counter(name: "coins", amount: 2.5))
            run.pass()
        }
        return run.results()
    }

    static let whole: [(text: String, outcome: ThresholdResult.Outcome, measured: Double?)] = [
        ("name(\"/a\").p95 < 951ms", .passed, 950.272e6), ("name(\"/a\").p95 < 950ms", .failed, 950.272e6),
        ("name(\"/a\").median <= 500.5ms", .passed, nil), ("name(\"/a\").max < 1001ms", .passed, 1e9),
        ("name(\"/a\").min >= 1ms", .passed, 1e6),
        ("name(\"/a\").average < 501ms", .passed, 500.5e6),
        ("name(\"/a\").service_time.max < 501ms", .passed, 500e6), ("name(\"GET /a\").requests == 1000", .passed, 1000),
        ("name(\"POST /a\").requests == 1000", .notEvaluated, nil), ("requests == 1020", .passed, 1020), ("failures == 10", .passed, 10),
        ("name(\"/a\").failure_rate <= 1%", .passed, 0.01), ("name(\"/a\").failure_rate < 1%", .failed, 0.01),
        ("throughput >= 102/s", .passed, 102), ("throughput > 102/s", .failed, 102), ("average_size < 11B", .passed, 10),
        ("exceptions == 0", .passed, 0), ("interrupted == 0", .passed, 0),
        ("timing(\"checkout\").max <= 10s", .passed, 10e9), ("timing(\"checkout\").count == 10", .passed, 10),
        ("timing(\"checkout\").median < 5.1s", .passed, nil), ("timing(\"checkout\").p95 < 20s", .notEvaluated, nil),
        ("counter(\"coins\") == 25", .passed, 25), ("counter(\"coins\").rate >= 2.5/s", .passed, 2.5),
        ("counter(\"coins\").count < 10", .failed, 10),
        ("name(\"/b\").p95 < 6ms", .passed, 5e6), ("name(\"/b\").p99 < 6ms", .notEvaluated, nil),
        ("tls.p50 < 1s", .notEvaluated, nil), ("name(\"/c\").failures == 0", .notEvaluated, nil),
        ("timing(\"chekout\").max < 1s", .notEvaluated, nil),
    ]

    @Test(arguments: whole) func theWholeRunIsJudged(text: String, outcome: ThresholdResult.Outcome, measured: Double?) throws {
        let judged = try #require(try sample([text]).first)
        #expect(judged.outcome == outcome, "\(judged)")
        if let measured { #expect(abs((judged.measured ?? 0) - measured) <= measured / 2000, "\(judged)") }
        #expect((judged.outcome == .notEvaluated) == (judged.reason != nil) && judged.windows == nil, "\(judged)")
    }

    @Test func whyItWasNotEvaluatedIsSaid() throws {
        let reasons = try sample(["name(\"/c\").p95 < 1s", "timing(\"chekout\").max < 1s", "name(\"/b\").p99 < 1s", "tls.p50 < 1s"]).map(
            \.reason)
        #expect(
            reasons == [
                "no request had the name \"/c\"; did you mean \"/a\"?",
                "the script measured no timing \"chekout\"; did you mean \"checkout\"?",
                "20 times are too few for p99, which needs 100", "no phase tls of all requests was measured",
            ])
    }

    @Test func aRunWithoutRequestsPassesNothing() throws {
        var run = try JudgedRun(["p95 < 1s", "failures == 0", "throughput < 5/s", "failure_rate < 1% over 2s", "name(\"x\").failures == 0"])
        for _ in 0..<5 { run.pass() }
        #expect(run.results().allSatisfy { $0.outcome == .notEvaluated && $0.reason != nil })
    }

    @Test func percentilesNeedATimeAboveThem() {
        let needed: [(Double, Int64)] = [(50, 2), (90, 10), (95, 20), (99, 100), (99.9, 1000), (99.99, 10_000), (66, 3)]
        for (percentile, count) in needed { #expect(SubjectFigures.leastCount(percentile) == count) }
    }

    @Test(arguments: ["", " over 5s"]) func iterationsAndDelaysAreJudged(window: String) throws {
        let bounds: [(text: String, measured: Double?)] = [
            ("iteration.max < 1h", 100e6), ("iteration.duration.max < 1h", 50e6), ("iteration(\"buy\").p90 < 1h", 90e6),
            ("iteration.count == 200", 200), ("iteration(\"look\").failures == 10", 10), ("iteration.failure_rate < 50%", 0.05),
            ("iteration.throughput > 1/s", 40), ("iteration(\"sell\").max < 1s", nil), ("scheduling_delay.p50 < 1s", 5e6),
            ("scheduling_delay.average < 1s", 5e6),
        ]
        var run = try JudgedRun(bounds.map { $0.text + window })
        for second in 0..<5 {
            for step in 1...20 {
                run.iterate(task: 0, milliseconds: Int64(second * 20 + step))
                run.iterate(task: 1, milliseconds: Int64(second * 20 + step), failed: step > 18)
            }
            run.pass(10, 10)
        }
        for (judged, bound) in zip(run.results(), bounds) {
            #expect(judged.outcome == (bound.measured == nil ? .notEvaluated : .passed), "\(judged)")
            if let measured = bound.measured { #expect(abs((judged.measured ?? 0) - measured) <= measured / 90, "\(judged)") }
        }
    }

    /// Of 100 starts 10 were dropped: nothing is known above p90.
    @Test func whatWasDroppedMakesPercentilesUnknown() throws {
        let texts = ["p90 < 1s", "p91 < 1s", "max < 1s", "median < 1s", "dropped < 10", "name(\"/a\").p95 < 1s", "service_time.p95 < 1s"]
        var run = try JudgedRun(texts + ["p95 < 1s over 1s", "median < 1s over 1s"])
        run.start(begun: 40, dropped: 0)
        run.pass(100, 10)
        run.start(begun: 50, dropped: 10)
        run.pass(100, 10)
        let judged = run.results()
        #expect(
            judged.map(\.outcome)
                == [.passed, .notEvaluated, .notEvaluated, .passed, .failed, .notEvaluated, .notEvaluated, .notEvaluated, .passed])
        #expect(judged[1].reason == "p91 is not measurable: 10 starts were dropped, and nobody knows how long they would have taken")
        #expect(judged[4].measured == 10 && judged[7].windows == ThresholdResult.Windows(count: 2, failed: 0, notEvaluated: 1, worstEnd: 1))
    }

    /// 100 of 125 were begun, in 1 to 100 ms: p40 of what was due is the 50th of these.
    @Test func percentilesAreOfAllThatWasDue() throws {
        let texts = ["p40 < 1s", "p80 < 1s", "p80.01 < 1s"]
        var run = try JudgedRun(texts + texts.map { $0 + " over 1s" })
        run.start(begun: 100, dropped: 25)
        for step in 1...100 { run.pass(1, Double(step), judges: false) }
        run.pass()
        let measured = run.results().map { $0.measured.map { Int(($0 / 1e6).rounded()) } }
        #expect(measured == [50, 100, nil, 50, 100, nil])
    }

    // MARK: - Windows

    @Test func eachWindowOfWholeSecondsIsJudged() throws {
        var run = try JudgedRun(["max < 100ms over 3s"])
        for milliseconds in [10, 10, 10, 10, 500, 10, 10, 10, 10, 10] { run.pass(4, Double(milliseconds)) }
        let judged = run.results()[0]
        // Windows end after 3, 4, … 10 s; the slow second is in those that end after 5, 6 and 7.
        #expect(judged.outcome == .failed && judged.windows == ThresholdResult.Windows(count: 8, failed: 3, notEvaluated: 0, worstEnd: 5))
        #expect(judged.measured == 500e6)
        #expect(judged.words == "3 of 8 windows failed, at worst 500 ms in the one that ended after 5 s")
    }

    @Test func percentilesOfWindowsAreThoseOfTheirRequests() throws {
        var run = try JudgedRun(["p95 < 20ms over 2s", "median > 1ms over 1s", "name(\"GET /a\").service_time.p90 < 6ms over 4s"])
        for second in 0..<6 {
            run.pass(95, 10, judges: false)
            run.pass(second == 3 ? 6 : 4, 40)
        }
        let judged = run.results()
        // 195 of 10 ms, 4 + 6 of 40 ms: the 191st of 200 or 201 is still fast where there are 10 slow ones at most.
        #expect(judged[0].outcome == .passed && judged[0].windows?.count == 5)
        #expect(judged[0].measured.map { abs($0 - 10e6) < 1e4 } == true, "\(judged[0])")
        #expect(judged[1].outcome == .passed && judged[1].windows?.count == 6)
        #expect(judged[2].outcome == .passed && judged[2].windows?.count == 3)
        var tighter = try JudgedRun(["p95 < 20ms over 1s"])
        tighter.pass(95, 10, judges: false)
        tighter.pass(6, 40)
        #expect(tighter.results()[0].outcome == .failed)
    }

    /// The whole run, taken as one window, is measured as the whole run is.
    @Test func aWindowOverTheWholeRunMeasuresTheSame() throws {
        let figures = [
            "p50 < 1s", "p99 < 1s", "average < 1s", "service_time.p95 < 1s", "max < 1s", "failure_rate < 50%", "throughput > 1/s",
            "requests > 1",
        ]
        var run = try JudgedRun(figures + figures.map { $0 + " over 20s" })
        var random = SplitMix64(seed: 3)
        for _ in 0..<20 {
            for _ in 0..<200 {
                run.pass(
                    1, 0.05 + Double(random.next() % 900_000) / 1000, name: "/\(random.next() % 5)",
                    failures: random.next() % 9 == 0 ? 1 : 0, judges: false)
            }
            run.pass()
        }
        let judged = run.results()
        for (whole, window) in zip(judged.prefix(figures.count), judged.suffix(figures.count)) {
            #expect(
                whole.measured == window.measured && whole.outcome == window.outcome && window.windows?.count == 1, "\(whole) \(window)")
        }
    }

    @Test func theBeginningAndGapsAreToldApart() throws {
        var run = try JudgedRun(["p95 < 1s over 2s", "failure_rate < 10% over 1s", "name(\"/late\").throughput > 9/s over 2s"])
        // Too few for a p95 at first, then enough; a second without any at all in the middle.
        for count in [5, 5, 5, 30, 30] { run.pass(count, 10) }
        #expect(run.results()[0].outcome == .passed && run.results()[0].windows?.count == 2)
        run.pass()
        for _ in 0..<2 { run.pass(10, 10, name: "/late") }
        let judged = run.results()
        #expect(
            judged[0].outcome == .notEvaluated && judged[0].reason?.contains("1 of 5 windows could not be judged") == true, "\(judged[0])")
        #expect(
            judged[1].outcome == .notEvaluated
                && judged[1].windows == ThresholdResult.Windows(count: 8, failed: 0, notEvaluated: 1, worstEnd: 1))
        // Windows on a name begin with its first second.
        #expect(judged[2].outcome == .passed && judged[2].windows?.count == 1, "\(judged[2])")
    }

    @Test func anUnfinishedWindowIsNone() throws {
        var run = try JudgedRun(["p95 < 1s over 30s"])
        for _ in 0..<29 { run.pass(50, 1) }
        #expect(run.results()[0].outcome == .notEvaluated && run.results()[0].reason == "no window of 30 s came to its end")
        run.pass(50, 1)
        #expect(run.results()[0].outcome == .passed && run.results()[0].windows?.count == 1)
    }

    @Test func figuresThatComeLateCountWhereTheyBelong() throws {
        var run = try JudgedRun(["requests == 20 over 2s"])
        let recorder = IntervalRecorder()
        var name = "/a"
        let request = name.withUTF8 { recorder.request(method: .get, name: UnsafeRawBufferPointer($0)) }
        for second in 0..<10 {
            // Those of a second come in pieces, the last one after the next second's.
            for piece in [second, second - 1] where piece >= 0 {
                for _ in 0..<5 {
                    recorder.record(
                        RequestSample(
                            request: request, serviceTimeNanoseconds: 1, responseTimeNanoseconds: 1, receivedBytes: 0, status: 200))
                }
                run.watch.take(recorder.takeSnapshot(), second: piece)
            }
            _ = run.watch.judge(through: second - 1, result: run.result, measuredSeconds: Double(second))
        }
        let judged = run.watch.results(run.result, measuredSeconds: 9, seconds: 9)[0]
        #expect(judged.windows == ThresholdResult.Windows(count: 8, failed: 0, notEvaluated: 0, worstEnd: 2), "\(judged)")
    }

    @Test func memoryIsThatOfTheWindowNotOfTheRun() throws {
        var run = try JudgedRun(["p95 < 1s over 5s"])
        for second in 0..<500 { run.pass(20, Double(1 + second % 7)) }
        #expect(run.results()[0].windows?.count == 496)
        #expect(run.watch.heldSeconds == 5 + SubjectWindow.slack)
    }

    @Test func aMasterThatTakesUpBeginsWindowsAnew() throws {
        var run = try JudgedRun(["max < 100ms over 2s", "p50 < 100ms"], fromSecond: 40)
        run.watch.take(IntervalSnapshot(), second: 3)
        for _ in 0..<3 { run.pass(4, 10) }
        #expect(run.results()[0].windows == ThresholdResult.Windows(count: 2, failed: 0, notEvaluated: 0, worstEnd: 42))
    }

    // MARK: - Abort

    @Test func aFailedWindowStopsTheRunAfterTheGrace() throws {
        var run = try JudgedRun(["max < 100ms over 2s abort after 5s", "p50 < 1s"])
        for milliseconds in [500, 10, 10, 10, 10, 500, 10] { run.pass(4, Double(milliseconds)) }
        // The windows that end after 2 s and 6 s fail; the first one is in the grace.
        #expect(
            run.events == [
                .failed("threshold max < 100ms over 2s abort after 5s: 500 ms in the 2 s before second 2"),
                .stop("threshold max < 100ms over 2s abort after 5s: 500 ms in the 2 s before second 6"),
            ])
        let judged = run.results()
        #expect(
            judged[0].outcome == .failed && judged[0].stoppedAfter == 6 && judged[1].outcome == .passed && judged[1].stoppedAfter == nil)
    }

    @Test func theWholeSoFarStopsTheRunAfterTheGrace() throws {
        var run = try JudgedRun(["failure_rate < 20% abort after 3s"])
        run.pass(10, 1, failures: 10)
        run.pass(90, 1)
        // 10 of 100 failed; the first second alone would have been too many.
        run.pass(10, 1)
        #expect(run.events.isEmpty)
        run.pass(40, 1, failures: 40)
        #expect(run.events == [.stop("threshold failure_rate < 20% abort after 3s: 33.3 %")])
        // What comes after the stop does not make it good.
        run.pass(1000, 1)
        #expect(run.results()[0].outcome == .failed && run.results()[0].stoppedAfter == 4 && run.results()[0].measured == 50 / 150)
        #expect(run.results()[0].words == "33.3 %; it stopped the run after 4 s")
    }

    @Test func nothingIsStoppedForWhatCannotBeJudged() throws {
        var run = try JudgedRun([
            "name(\"x\").p95 < 1ms abort after 1s", "name(\"x\").throughput > 1/s over 1s abort after 1s", "p99.9 < 1ms abort after 1s",
        ])
        for _ in 0..<5 { run.pass(10, 100) }
        #expect(run.events.isEmpty)
        #expect(run.results().allSatisfy { $0.outcome == .notEvaluated })
    }

    @Test func aValueNextToItsBoundIsShownWithItsDigits() throws {
        var run = try JudgedRun(["max < 200ms"])
        run.pass(1, 200.04)
        #expect(run.results()[0].measuredWords == "200.040000 ms")
    }
}
