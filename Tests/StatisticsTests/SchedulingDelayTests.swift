import LoadModel
import Testing

@testable import Statistics

struct SchedulingDelayTests {
    private func record(_ delays: [Int64], service: Int64 = 300_000, into recorder: IntervalRecorder = IntervalRecorder())
        -> IntervalSnapshot
    {
        let request = recorder.request("/")
        for delay in delays {
            recorder.record(
                RequestSample(request: request, serviceTimeNanoseconds: service, responseTimeNanoseconds: service + delay, status: 200))
        }
        return recorder.takeSnapshot()
    }

    @Test func lateRequestsHaveADelayAndOthersCountAsOnTime() {
        var result = RunResult()
        result.merge(record([Int64](repeating: 0, count: 98) + [5_000_000, 40_000_000]), fromWorker: "a", second: 0)
        let delay = result.delay
        #expect(delay.count == 100 && delay.averageNanoseconds == 450_000)
        #expect(delay.nanoseconds(atPercentile: 98) == 0)
        let late = delay.nanoseconds(atPercentiles: [99, 100]) ?? []
        #expect(abs(late[0] - 5_000_000) <= 50_000 && abs(late[1] - 40_000_000) <= 400_000)
        #expect(result.total().schedulingDelay == delay && result.requests[0].schedulingDelay == delay)
        #expect(RunResult().delay.nanoseconds(atPercentile: 99) == nil)
    }

    /// A request that is on time has no cell but those that it always had.
    @Test func onTimeNothingIsCountedBesides() {
        #expect(record([0, 0]).cells.map(\.series) == [.onTime, .status])
        #expect(record([900_000]).cells.map(\.series) == [.response, .service, .status, .delay])
    }

    @Test func delaysOfManyAreThoseOfOne() {
        var random = SeededGenerator(seed: 8)
        let delays = (0..<2000).map { _ in Int64.random(in: 0...1 << 34, using: &random) >> Int64.random(in: 0...30, using: &random) }
        var whole = RunResult()
        whole.merge(record(delays), fromWorker: "w", second: 0)
        var parts = stride(from: 0, to: delays.count, by: 50).map { record(Array(delays[$0..<$0 + 50])) }
        parts.shuffle(using: &random)
        var merged = RunResult()
        for part in parts { merged.merge(part, fromWorker: "w", second: 0) }
        var folded = IntervalSnapshot()
        for part in parts { folded.fold(part) }
        var once = RunResult()
        once.merge(folded, fromWorker: "w", second: 0)
        #expect(merged.delay == whole.delay && once.delay == whole.delay && folded.isWellFormed)
    }

    @Test func moreDelaysThanLateRequestsAreRefused() {
        var snapshot = record([900_000, 0])
        #expect(snapshot.isWellFormed)
        snapshot.cells[snapshot.cells.count - 1].count += 1
        #expect(!snapshot.isWellFormed)
    }
}
