import LoadModel
import Testing

@testable import Statistics

@Suite struct RecentRequestsTests {
    /// `count` requests of one name in a second, each of which takes so long.
    private func add(_ count: Int, milliseconds: Int64, to result: inout RunResult, second: Int) {
        let recorder = IntervalRecorder()
        var name = "/a"
        let request = name.withUTF8 { recorder.request(method: .get, name: UnsafeRawBufferPointer($0)) }
        for number in 0..<count {
            recorder.countIssued()
            var sample = RequestSample(
                request: request, serviceTimeNanoseconds: milliseconds * 1_000_000, responseTimeNanoseconds: milliseconds * 1_000_000,
                status: 200)
            if number % 10 == 0 { sample.failure = recorder.failure(of: request, reason: "HTTP 503") }
            recorder.record(sample)
        }
        result.merge(recorder.takeSnapshot(), fromWorker: "w", second: second)
    }

    private static let key = RequestKey(method: .get, name: "/a")

    private func median(_ recent: RecentRequests, below limit: Double? = nil) -> Double? {
        recent.nanoseconds(atPercentiles: [50], of: Self.key, within: 0...Int64.max, measurableBelow: limit)[0].map { Double($0) / 1e6 }
    }

    private func note(_ result: RunResult, in recent: inout RecentRequests, second: Int) {
        recent.note(result.requests.map { request in (request, { request.responseTime }) }, second: second)
    }

    @Test func windowForgetsWhatIsOlder() throws {
        var result = RunResult()
        var recent = RecentRequests(keepsTimes: true)
        for second in 0..<30 {
            if second < 15 { add(100, milliseconds: second < 5 ? 10 : 200, to: &result, second: second) }
            note(result, in: &recent, second: second)
            let rates = recent.perSecond(Self.key)
            switch second {
            case 0, 4, 14: #expect(rates == (100, 10))
            // Half of the window is silent.
            case 19: #expect(rates == (50, 5))
            case 24...: #expect(rates == (0, 0) && median(recent) == nil)
            default: break
            }
            if second == 4 { #expect(abs(try #require(median(recent)) - 10) < 0.1) }
            if second == 14 { #expect(abs(try #require(median(recent)) - 200) < 2) }
        }
    }

    /// A master that takes a run up again has totals of an earlier one: they are not of the last second.
    @Test func whoComesLateLearnsFromTheSecondLook() {
        var result = RunResult()
        add(5000, milliseconds: 10, to: &result, second: 100)
        var recent = RecentRequests()
        note(result, in: &recent, second: 100)
        #expect(recent.perSecond(Self.key) == (0, 0))
        add(50, milliseconds: 10, to: &result, second: 101)
        note(result, in: &recent, second: 101)
        #expect(recent.perSecond(Self.key) == (5, 0.5))
    }

    @Test func percentilesAboveWhatCanBeToldAreNone() {
        var result = RunResult()
        var recent = RecentRequests(keepsTimes: true)
        add(100, milliseconds: 10, to: &result, second: 0)
        note(result, in: &recent, second: 0)
        let told = recent.nanoseconds(atPercentiles: [50, 99], of: Self.key, within: 0...10_000_000, measurableBelow: 90)
        #expect(told == [10_000_000, nil])
        let other = RequestKey(method: .post, name: "/a")
        #expect(recent.nanoseconds(atPercentiles: [50], of: other, within: 0...1, measurableBelow: nil) == [nil])
        #expect(recent.perSecond(other) == (0, 0))
    }
}
