import LoadModel
import Statistics

@testable import Reporting

/// Made-up runs with known figures, the same each time.
enum SampleRun {
    /// 20 s of one request in a thousand being slow and some failing, on two workers of which one lost five requests.
    static func result(requestsPerSecond: Int = 100, seconds: Int = 20, isLate: Bool = false, isTroubled: Bool = true) -> RunResult {
        var result = RunResult()
        let recorders = ["worker-1", "worker-2"].map { ($0, IntervalRecorder()) }
        var count = 0
        for second in 0..<seconds {
            for (worker, recorder) in recorders {
                for _ in 0..<requestsPerSecond / 2 {
                    count += 1
                    record(count, into: recorder, isLate: isLate, isTroubled: isTroubled)
                }
                if second == 0 { recorder.countConnectionsOpened(500) }
                if second == seconds - 1, isTroubled {
                    recorder.countIssued()
                    recorder.countInterrupted(id(of: "/metrics", in: recorder))
                }
                result.merge(recorder.takeSnapshot(), fromWorker: worker, second: second)
            }
            result.noteUsers(min(1000, (second + 1) * 200), second: second)
        }
        if isTroubled { result.noteIssued(Int64(count / 2 + 6), byWorker: "worker-2") }
        return result
    }

    /// The same with timings and counters of the script's own.
    static func measuredResult() -> RunResult {
        var result = result(seconds: 2)
        let recorder = IntervalRecorder()
        for count in 0..<2000 {
            recorder.record(.timing(name: "checkout", nanoseconds: 180_000_000 + Int64(count * 7919 % 1000) * 1_000_000))
            recorder.record(.counter(name: "coins spent", amount: 0.25))
            if count % 100 == 0 { recorder.record(.counter(name: "balance", amount: count % 200 == 0 ? -12.5 : 3)) }
        }
        recorder.record(.timing(name: "\u{1B}[31mred\nname", nanoseconds: 5_400_000_000_000))
        recorder.record(.counter(name: "orders of \"all\"", amount: 1_234_567))
        result.merge(recorder.takeSnapshot(), fromWorker: "worker-1", second: 1)
        return result
    }

    /// An open load of 1,000 starts per second for 20 s over 100 users, on a target that answers in 2 ms and hangs for 1.4 s once, after a warm-up of 2 s. `dropped`:
    /// of the starts of the stall, the first so many are given up.
    static func openResult(dropped: Int = 0) -> RunResult {
        var result = RunResult()
        let recorder = IntervalRecorder(userClasses: [
            UserClass(name: "Shopper", tasks: [ScenarioTask(name: "browse"), ScenarioTask(name: "buy")])
        ])
        let request = id(of: "/browse", in: recorder)
        func begin(_ number: Int, late: Int64, service: Int64) {
            recorder.countStart()
            recorder.countIssued()
            recorder.countBusy(nanoseconds: service)
            recorder.record(
                RequestSample(request: request, serviceTimeNanoseconds: service, responseTimeNanoseconds: late + service, status: 200))
            recorder.record(
                iteration: recorder.iteration(userClass: 0, task: number % 10 == 0 ? 1 : 0), responseNanoseconds: late + service,
                durationNanoseconds: service, failed: number % 1000 == 0)
            recorder.record(lag: 20_000 + Int64(number % 100) * 1000)
        }
        for second in 0..<22 {
            for number in 0..<1000 {
                // The stall begins with the 12th second.
                let position = (second - 12) * 1000 + number
                let isStalled = (0..<1400).contains(position)
                let rest = 1_400_000_000 - Int64(position) * 1_000_000
                if isStalled, position >= 100, position < 100 + dropped {
                    recorder.countDroppedStart()
                } else if isStalled {
                    begin(number, late: position < 100 ? 0 : rest, service: position < 100 ? rest : 2_000_000)
                } else {
                    begin(number, late: 0, service: 2_000_000)
                }
            }
            let snapshot = recorder.takeSnapshot()
            if second < 2 {
                result.mergeWarmUp(snapshot, fromWorker: "local", second: second)
            } else {
                result.merge(snapshot, fromWorker: "local", second: second)
            }
            result.noteUsers(100, second: second)
        }
        return result
    }

    /// Of `openResult`.
    static var openInfo: RunInfo {
        var info = info
        info.load = "1,000 starts per second, at most 100 users"
        info.users = 100
        info.hasSchedule = true
        info.startsDue = 22_002
        info.arrivalRate = 1000
        info.runTimeSeconds = 22
        info.warmUpNanoseconds = 2_000_000_000
        info.elapsedNanoseconds = 22_000_000_000
        return info
    }

    static let info = RunInfo(
        version: "0.1.0", script: "sample-webapp.lua", host: "http://127.0.0.1:8000", users: 1000, spawnRate: 200, runTimeSeconds: 20,
        startNanosecondsSince1970: 1_795_463_336_250_000_000, elapsedNanoseconds: 20_000_000_000)

    private static func id(of name: String, in recorder: IntervalRecorder) -> RequestID {
        var name = name
        return name.withUTF8 { recorder.request(method: .post, name: UnsafeRawBufferPointer($0)) }
    }

    private static func record(_ count: Int, into recorder: IntervalRecorder, isLate: Bool, isTroubled: Bool) {
        let isLogin = count % 50 == 1
        let request = id(of: isLogin ? "/login" : "/metrics", in: recorder)
        // A spread of 0.18 to about 4 ms, and a few far out.
        let step = Int64(count * 7919 % 1000)
        var service = 180_000 + step * step * 4
        if isTroubled, count % 500 == 0 { service = 48_123_456 + Int64(count) * 1000 }
        var sample = RequestSample(
            request: request, serviceTimeNanoseconds: service, responseTimeNanoseconds: service + (isLate ? 2_000_000 + step * 20_000 : 0),
            receivedBytes: isLogin ? 36 : 94, status: 200)
        sample.phases.waitMicroseconds = service / 1100
        sample.phases.receiveMicroseconds = 12 + step / 100
        if isLogin {
            sample.phases.lookupMicroseconds = 90
            sample.phases.connectMicroseconds = 60 + step / 20
        }
        if isTroubled, count % 400 == 7 {
            sample.failure = recorder.failure(of: request, reason: "HTTP 503")
            sample.status = 503
        }
        if isTroubled, count % 900 == 11 {
            sample.failure = recorder.failure(of: request, reason: "check failed: \"echoes the device\"")
        }
        if isTroubled, count % 700 == 13 {
            let exception = ScriptException(
                place: "sample-webapp.lua:14", message: "attempt to index a nil value (field 'body')", stack: "in task metrics\nin user 17")
            recorder.record(exception: exception, userClass: "MetricsUser")
        }
        recorder.countIssued()
        recorder.record(sample)
    }
}
