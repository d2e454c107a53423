import LoadModel
import Testing

@testable import Statistics

struct WarmUpTests {
    private func snapshot(time: Int64, starts: Int, dropped: Int = 0, cut: Int = 0) -> IntervalSnapshot {
        let recorder = IntervalRecorder(userClasses: [UserClass(name: "A", tasks: [ScenarioTask(name: "t")])])
        let request = recorder.request("/")
        for _ in 0..<starts {
            recorder.countIssued()
            recorder.countStart()
            recorder.record(request, nanoseconds: time, failure: recorder.failure(of: request, reason: "no"))
            let iteration = recorder.iteration(userClass: 0, task: 0)
            recorder.record(iteration: iteration, responseNanoseconds: time, durationNanoseconds: time, failed: false)
            recorder.record(lag: time)
            recorder.countBusy(nanoseconds: time)
        }
        for _ in 0..<cut {
            recorder.countIssued()
            recorder.countInterrupted(request)
        }
        for _ in 0..<dropped { recorder.countDroppedStart() }
        recorder.countConnectionsOpened(2)
        recorder.record(exception: ScriptException(place: "a:1", message: "m"), userClass: "A")
        recorder.record(.counter(name: "c", amount: 1))
        return recorder.takeSnapshot()
    }

    @Test func warmUpIsInTheAccountsAndInTheCourseAndNowhereElse() {
        let measured = snapshot(time: 1_000_000, starts: 3)
        var result = RunResult()
        result.mergeWarmUp(snapshot(time: 900_000_000, starts: 7, dropped: 5, cut: 1), fromWorker: "w", second: 0)
        #expect(result.isPlausible(measured, fromWorker: "w"))
        result.merge(measured, fromWorker: "w", second: 1)
        var alone = RunResult()
        alone.merge(measured, fromWorker: "w", second: 1)
        #expect(result.requests == alone.requests && result.failures == alone.failures && result.exceptions == alone.exceptions)
        #expect(result.custom == alone.custom && result.iterations == alone.iterations && result.lag == alone.lag)
        #expect(result.busyNanoseconds == alone.busyNanoseconds && result.startsBegun == 3 && result.startsDropped == 0)
        #expect(result.measurableBelow == nil)

        let account = result.workers[0]
        #expect(account.issued == 11 && account.merged == 3 && account.warmUp == 7 && account.interrupted == 1 && account.unaccounted == 0)
        #expect(result.connectionsOpened == 4)
        #expect(result.warmUp.requests == 7 && result.warmUp.iterations == 7)
        #expect(result.warmUp.startsBegun == 7 && result.warmUp.startsDropped == 5)
        #expect(result.history.points.map(\.requests) == [7, 3] && result.history.points.map(\.startsDropped) == [5, 0])
    }
}
