import LoadModel
import Testing

@testable import Judgement

struct ThresholdTests {
    struct Good: Sendable {
        var text: String
        var subject: ThresholdSubject = .all
        var figure: ThresholdFigure
        var comparison: Threshold.Comparison = .less
        var bound: Double
        var window: Int?
        var grace: Int64?
    }

    static let good: [Good] = [
        Good(text: "p95 < 200ms", figure: .time(.response, .percentile(95)), bound: 200e6),
        Good(text: "p99.99 <= 1.5s", figure: .time(.response, .percentile(99.99)), comparison: .lessOrEqual, bound: 1.5e9),
        Good(text: "  median<1 ms ", figure: .time(.response, .percentile(50)), bound: 1e6),
        Good(text: "max < 1m30s", figure: .time(.response, .greatest), bound: 90e9),
        Good(text: "p100 < 250us", figure: .time(.response, .greatest), bound: 250e3),
        Good(text: "min > 0.5ms", figure: .time(.response, .least), comparison: .greater, bound: 5e5),
        Good(text: "service_time.p99 < 1s", figure: .time(.service, .percentile(99)), bound: 1e9),
        Good(text: "response_time.average < 1s", figure: .time(.response, .average), bound: 1e9),
        Good(text: "wait.p95 < 80ms", figure: .time(.wait, .percentile(95)), bound: 80e6),
        Good(text: "failure_rate < 1%", figure: .failureRate, bound: 0.01),
        Good(text: "failure_rate < 0.1 %", figure: .failureRate, bound: 0.001),
        Good(text: "failures == 0", figure: .failures, comparison: .equal, bound: 0),
        Good(text: "requests >= 1000", figure: .requests, comparison: .greaterOrEqual, bound: 1000),
        Good(text: "throughput > 1000/s", figure: .throughput, comparison: .greater, bound: 1000),
        Good(text: "throughput > 90/m", figure: .throughput, comparison: .greater, bound: 1.5),
        Good(text: "average_size < 1.5kB", figure: .averageSize, bound: 1500),
        Good(text: "exceptions == 0", figure: .exceptions, comparison: .equal, bound: 0),
        Good(text: "dropped <= 10", figure: .dropped, comparison: .lessOrEqual, bound: 10),
        Good(
            text: "name(\"login\").p99 < 1s over 30s abort", subject: .request("login"), figure: .time(.response, .percentile(99)),
            bound: 1e9,
            window: 30, grace: 10_000_000_000),
        Good(
            text: "name('GET /it\\'s').failure_rate < 5% abort after 1m over 10s", subject: .request("GET /it's"), figure: .failureRate,
            bound: 0.05,
            window: 10, grace: 60_000_000_000),
        Good(text: "iteration.p95 < 3s", subject: .iterations(task: nil), figure: .time(.response, .percentile(95)), bound: 3e9),
        Good(
            text: "iteration(\"buy\").duration.max < 3s", subject: .iterations(task: "buy"), figure: .time(.duration, .greatest), bound: 3e9
        ),
        Good(text: "timing(\"checkout\").p95 < 2s", subject: .timing("checkout"), figure: .time(.response, .percentile(95)), bound: 2e9),
        Good(text: "counter(\"coins\") > -2.5", subject: .counter("coins"), figure: .sum, comparison: .greater, bound: -2.5),
        Good(text: "counter(\"coins\").rate > 10/s", subject: .counter("coins"), figure: .rate, comparison: .greater, bound: 10),
        Good(text: "requests > 100 over 10s abort", figure: .requests, comparison: .greater, bound: 100, window: 10, grace: 10_000_000_000),
    ]

    @Test(arguments: good) func isWhatIsWritten(_ good: Good) throws {
        let threshold = try Threshold(good.text)
        #expect(threshold.subject == good.subject && threshold.figure == good.figure && threshold.comparison == good.comparison, "\(good)")
        #expect(threshold.bound == good.bound, "\(good)")
        #expect(threshold.windowSeconds == good.window && threshold.abortAfterNanoseconds == good.grace, "\(good)")
        #expect(try Threshold(threshold.text) == threshold)
    }

    /// The text, the column of the complaint, and what it says.
    static let bad: [(text: String, column: Int, words: String)] = [
        ("", 1, "there is nothing"),
        ("p95 < 200", 7, "'200' has no unit: is that 200 ms, or 200 s? Write 200ms or 200s"),
        ("p95 < 200 over 30s", 7, "'200' has no unit"),
        ("p95 < 200ms over 30", 18, "'30' has no unit: is that 30 s, or 30 m? Write 30s or 30m"),
        ("p95 < 200ms abort after 5", 25, "'5' has no unit"),
        ("failure_rate < 0.01", 16, "is that 0.01 %, or 0.01 as a share of 1, which is 1.00 %? Write 0.01% or 1.00%"),
        ("throughput > 1000", 14, "is that 1000 per second, or 1000 per minute? Write 1000/s or 1000/m"),
        ("average_size < 10", 16, "is that 10 B, or 10 kB?"),
        ("requests > 1000/s", 12, "is no count"),
        ("requests > 1,000", 12, "has a comma"),
        ("requests > 1.5", 12, "is no count"),
        ("p59x < 1s", 1, "no such figure"),
        ("medain < 1s", 1, "did you mean 'median'?"),
        ("failurerate < 1%", 1, "did you mean 'failure_rate'?"),
        ("avg < 1s", 1, "write 'average'"),
        ("rps > 10/s", 1, "write 'throughput'"),
        ("error_rate < 1%", 1, "write 'failure_rate'"),
        ("p101 < 1s", 1, "from above 0 to 100"),
        ("p0 < 1s", 1, "from above 0 to 100"),
        ("service_time < 1s", 13, "Write service_time.p95"),
        ("service_time.p95x < 1s", 14, "no such figure of a time"),
        ("connect.average < 1s", 9, "only percentiles and max"),
        ("name(\"login\") < 1s", 14, "which figure of it?"),
        ("name.p95 < 1s", 5, "name(\"login\").p95"),
        ("name(login).p95 < 1s", 6, "a name stands in quotes"),
        ("name(\"login.p95 < 1s", 6, "no closing \""),
        ("name(\"\").p95 < 1s", 1, "the name is empty"),
        ("name(\"x\".p95 < 1s", 9, "a ')' is missing"),
        ("name(\"x\").exceptions == 0", 11, "is not known of requests named \"x\""),
        ("timing(\"x\").failures < 1", 13, "is not known of the timing \"x\""),
        ("p95", 4, "what is it to be?"),
        ("p95 200ms", 5, "'200ms' is no comparison"),
        ("p95 = 200ms", 5, "did you mean '=='?"),
        ("p95 =< 200ms", 5, "did you mean '<='?"),
        ("p95 != 200ms", 5, "is no comparison"),
        ("p95 == 200ms", 5, "== is for counts"),
        ("p95 <", 6, "a value is missing"),
        ("p95 < fast", 7, "'fast' is no number"),
        ("p95 < -1ms", 7, "is below 0"),
        ("p95 < 200mss", 7, "is no time"),
        ("p95 < 1s2m", 7, "is no time"),
        ("throughput > 10/d", 14, "'/d' is no unit of a rate"),
        ("failure_rate < 120%", 16, "more than all"),
        ("failures < 0", 12, "never holds"),
        ("requests >= 0", 13, "always holds"),
        ("failure_rate > 100%", 16, "never holds"),
        ("p95 < 1s ovr 30s", 10, "did you mean 'over'?"),
        ("p95 < 1s for 30s", 10, "write 'over'"),
        ("p95 < 1s over 1500ms", 15, "whole seconds, from 1s to 1h"),
        ("p95 < 1s over 2h", 15, "whole seconds, from 1s to 1h"),
        ("p95 < 1s over", 14, "a time is missing"),
        ("p95 < 1s over 5s over 6s", 18, "is there twice"),
        ("p95 < 1s after 5s", 10, "belongs behind abort"),
        ("p95 < 1s, failures < 3", 7, "has a comma"),
        ("p95 < 1s ; failures < 3", 10, "is not expected here"),
        ("requests > 1000 abort", 17, "known at its end only"),
    ]

    @Test(arguments: bad) func whatIsNoneIsToldWithItsPlace(text: String, column: Int, words: String) throws {
        let error = try #require(throws: ThresholdError.self) { _ = try Threshold(text) }
        #expect(error.column == column && error.message.contains(words), "\(error)")
    }

    @Test func aTextThatIsTooLongIsRefused() throws {
        let error = try #require(throws: ThresholdError.self) {
            _ = try Threshold("name(\"\(String(repeating: "x", count: 3000))\").p95 < 1s")
        }
        #expect("\(error)".count < 100 && error.message.contains("2000 bytes"))
    }

    /// No text whatever brings the parser down, and what it takes it takes a second time.
    @Test func anyTextIsTakenOrRefused() {
        var random = SplitMix64(seed: 7)
        let pieces = [
            "p95", "name(", "\"x\"", ")", ".", "<", "<=", "==", " ", "200ms", "1%", "over", "abort", "after", "30s", "\\", "'", "é",
            "\u{0}", "-", "9e9", "/s",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int(random.next() % 9)).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
            if let threshold = try? Threshold(text) { #expect((try? Threshold(threshold.text)) == threshold, "\(text)") }
        }
    }

    @Test func percentilesAndSharesOfOneNumberAreEqualToTheirBound() throws {
        #expect(try !Threshold("failure_rate < 0.1%").holds(1 / 1000))
        #expect(try Threshold("failure_rate <= 0.7%").holds(7 / 1000))
    }

    @Test func wordsSayWhatIsDemanded() throws {
        #expect(
            try Threshold("name(\"login\").p99 < 1s over 30s abort").words
                == "p99 of the response time of requests named \"login\" is below 1000 ms, in every 30 s (looked at each second); "
                + "otherwise the run is stopped, after 10 s at the earliest")
        #expect(
            try Threshold("failure_rate <= 1%").words == "the share of failures among all requests is at most 1.00 %, over the whole run")
        #expect(try Threshold("counter(\"coins\") >= 5").words == "the sum of the counter \"coins\" is at least 5, over the whole run")
    }
}
