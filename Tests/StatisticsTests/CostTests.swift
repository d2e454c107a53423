import LoadModel
import Testing

@testable import Statistics

/// Print what things cost; meaningful in a release build (`swift test -c release -Xswiftc -enable-testing --filter CostTests`). The checks are ten times
/// looser than the bars, so that a busy machine does not fail them, and are made in release builds only.
@Suite(.serialized) struct CostTests {
    private let clock = ContinuousClock()

    /// The shortest of seven runs, in nanoseconds per `count`.
    private func nanoseconds(per count: Int, _ body: () -> Void) -> Double {
        let best = (0..<7).map { _ in clock.measure(body) }.min() ?? .zero
        return (Double(best.components.seconds) * 1e9 + Double(best.components.attoseconds) / 1e9) / Double(count)
    }

    private func check(_ what: String, _ nanoseconds: Double, bar: Double) {
        print("cost: \(what): \(nanoseconds) ns, bar \(bar) ns")
        #if !DEBUG
        #expect(nanoseconds < 10 * bar)
        #endif
    }

    #if DEBUG
    private static let rounds = 1
    #else
    private static let rounds = 50
    #endif

    @Test func recordingASample() {
        let recorder = IntervalRecorder()
        let request = recorder.request("/metrics")
        var random = SeededGenerator(seed: 4)
        var sample = RequestSample(request: request, serviceTimeNanoseconds: 0, responseTimeNanoseconds: 0, status: 200)
        let times = (0..<4096).map { _ in Int64.random(in: 300_000...3_000_000, using: &random) }
        let cost = nanoseconds(per: Self.rounds * times.count) {
            for _ in 0..<Self.rounds {
                for time in times {
                    sample.serviceTimeNanoseconds = time
                    sample.responseTimeNanoseconds = time + 70_000
                    sample.phases.waitMicroseconds = time / 1100
                    sample.phases.receiveMicroseconds = time / 20_000
                    recorder.record(sample)
                }
            }
        }
        check("a sample (both times, two phases, status; 2,700 distinct times)", cost, bar: 50)
    }

    @Test func findingTheNumberOfAName() {
        let recorder = IntervalRecorder()
        let names = (0..<64).map { Array("/api/v1/resources/\($0)".utf8) }
        var sum: Int32 = 0
        let cost = nanoseconds(per: names.count * Self.rounds) {
            for _ in 0..<Self.rounds {
                for name in names { name.withUnsafeBytes { sum &+= recorder.request(method: .get, name: $0).rawValue } }
            }
        }
        check("the number of a name of 20 bytes", cost, bar: 50)
    }

    /// A recorder's snapshot with so many names and distinct times for each.
    private func snapshot(names: Int, times: Int, took: inout Duration) -> IntervalSnapshot {
        let recorder = IntervalRecorder()
        var random = SeededGenerator(seed: 9)
        let values = (0..<times).map { _ in
            Int64.random(in: 1000...10_000_000_000, using: &random) >> Int64.random(in: 0...20, using: &random)
        }
        for name in 0..<names {
            let request = recorder.request("/name/\(name)")
            for value in values { recorder.record(request, nanoseconds: value) }
        }
        var snapshot = IntervalSnapshot()
        took = clock.measure { snapshot = recorder.takeSnapshot() }
        return snapshot
    }

    @Test(arguments: [(1, 1000), (100, 500), (1000, 30)]) func takingAndMergingASnapshot(names: Int, times: Int) {
        var took = Duration.zero
        let snapshot = snapshot(names: names, times: times, took: &took)
        print("cost: snapshot of \(names) names, \(snapshot.cells.count) cells: \(took)")
        var result = RunResult()
        var second = 0
        let cost = nanoseconds(per: 1) {
            result.merge(snapshot, fromWorker: "w", second: second)
            second += 1
        }
        check("merging \(names) names, \(snapshot.cells.count) cells", cost, bar: 500_000)
        let total = nanoseconds(per: 1) { _ = result.total().responseTime.nanoseconds(atPercentiles: Percentile.printed) }
        print("cost: total and its percentiles over \(names) names: \(total) ns")
    }
}
