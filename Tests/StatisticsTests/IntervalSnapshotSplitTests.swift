import LoadModel
import Testing

@testable import Statistics

struct IntervalSnapshotSplitTests {
    private func snapshot(names: Int) -> IntervalSnapshot {
        let tasks = (0..<names).map { ScenarioTask(name: "t\($0)") }
        let recorder = IntervalRecorder(userClasses: [UserClass(name: "A", tasks: tasks)])
        var random = SeededGenerator(seed: 11)
        for name in 0..<names {
            let request = recorder.request("/\(name)")
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                let failed = Bool.random(using: &random)
                recorder.record(
                    request, nanoseconds: Int64.random(in: 0...1 << 40, using: &random),
                    failure: failed ? recorder.failure(of: request, reason: "no \(name % 3)") : .none)
                recorder.countIssued()
            }
            recorder.countInterrupted(request)
        }
        recorder.countConnectionsOpened(4)
        recorder.record(exception: ScriptException(place: "a:1", message: "m"), userClass: "A")
        for name in 0..<names {
            for _ in 0..<20 { recorder.record(.timing(name: "t\(name)", nanoseconds: Int64.random(in: 0...1 << 40, using: &random))) }
            recorder.record(.counter(name: "c\(name)", amount: Double(name) / 10))
            for _ in 0..<10 {
                let duration = Int64.random(in: 0...1 << 40, using: &random)
                recorder.record(
                    iteration: recorder.iteration(userClass: 0, task: name), responseNanoseconds: 2 * duration,
                    durationNanoseconds: duration, failed: false)
            }
            recorder.countStart()
            recorder.countDroppedStart()
            recorder.countBusy(nanoseconds: 77)
        }
        var snapshot = recorder.takeSnapshot()
        snapshot.examples.request = "GET /x"
        return snapshot
    }

    @Test(arguments: [1, 7, 100, 500, 1_000_000]) func partsMergeToTheWhole(maximumCells: Int) {
        let whole = snapshot(names: 40)
        let parts = whole.split(maximumCells: maximumCells)
        #expect(
            parts.allSatisfy {
                $0.isWellFormed && ($0.cellCount <= maximumCells || $0.requests.count + $0.custom.count + $0.iterations.count == 1)
            })
        #expect((parts.count == 1) == (whole.cellCount <= maximumCells))
        var one = RunResult()
        one.merge(whole, fromWorker: "w", second: 3)
        var many = RunResult()
        for part in parts { many.merge(part, fromWorker: "w", second: 3) }
        #expect(many.requests == one.requests)
        #expect(many.failures == one.failures)
        #expect(many.exceptions == one.exceptions)
        #expect(many.custom == one.custom && many.custom.count == 80)
        #expect(many.iterations == one.iterations && many.iterations.count == 40)
        #expect(many.startsBegun == 40 && many.startsDropped == 40 && many.busyNanoseconds == 77 * 40)
        #expect(many.workers == one.workers)
        #expect(many.history == one.history)
        #expect(many.examples == one.examples)
        #expect(many.connectionsOpened == 4)
        #expect(many.total() == one.total())
    }

    @Test func whatIsSmallEnoughStaysWhole() {
        #expect(IntervalSnapshot().split(maximumCells: 1) == [IntervalSnapshot()])
        var one = snapshot(names: 1)
        one.custom = []
        one.iterations = []
        #expect(one.split(maximumCells: 1) == [one])
    }
}
