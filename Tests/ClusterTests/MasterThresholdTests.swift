import Judgement
import LoadModel
import Statistics
import Testing
import Wire

@testable import Cluster

struct MasterThresholdTests {
    private static let second = MasterHarness.second

    /// A master with one worker that runs.
    private func master(_ texts: [String], runTime: Int64? = nil) throws -> MasterHarness {
        var settings = MasterSettings(run: 5, version: "0.1.0", planBytes: [1], planHash: SamplePlan.hash([1]))
        settings.leaseNanoseconds = MasterSettings.lease
        settings.versionBase = 100
        var plan = try SamplePlan.make(users: 1, rate: 10, runTime: runTime)
        plan.thresholds = try texts.map { try Threshold($0) }
        var master = MasterHarness(plan: plan, settings: settings)
        master.join("a")
        return master
    }

    /// What a worker measured in an interval: requests that took so long each.
    private func delta(_ number: Int, _ requests: Int, milliseconds: Int64) -> WorkerMessage {
        let recorder = IntervalRecorder()
        var name = "/a"
        let request = name.withUTF8 { recorder.request(method: .get, name: UnsafeRawBufferPointer($0)) }
        for _ in 0..<requests {
            recorder.countIssued()
            recorder.record(
                RequestSample(
                    request: request, serviceTimeNanoseconds: milliseconds * 1_000_000, responseTimeNanoseconds: milliseconds * 1_000_000,
                    receivedBytes: 1, status: 200))
        }
        return .delta(
            WorkerDelta(number: number, run: 5, snapshot: recorder.takeSnapshot(), users: 1, openConnections: 1, lagNanoseconds: 0))
    }

    /// Seconds of the run, each with the delta that comes at its end. Answers with what was said.
    private func pass(_ times: [Int64], _ master: inout MasterHarness, from number: Int = 1) -> [Notice] {
        var notices: [Notice] = []
        for (index, milliseconds) in times.enumerated() {
            master.advance(by: Self.second, hearing: ["a"])
            notices += master.notices
            master.tell("a", delta(number + index, 10, milliseconds: milliseconds))
            notices += master.notices
        }
        return notices
    }

    @Test func aFailedWindowStopsTheRunInOrder() throws {
        var master = try master(["max < 100ms over 2s abort after 3s", "requests > 1"])
        let quiet = pass([1, 1, 1, 1, 500, 1], &master)
        #expect(quiet.isEmpty && master.state.phase == .running)
        master.advance(by: Self.second, hearing: ["a"])
        #expect(
            master.notices.map(\.text) == ["stopped by threshold max < 100ms over 2s abort after 3s: 500 ms in the 2 s before second 5"])
        #expect(master.state.phase == .stopping && master.hasSent(.stop(master.state.stopOrder), to: "a"))
        guard case .ended(let reason)? = master.state.ending else {
            Issue.record("\(String(describing: master.state.ending))")
            return
        }
        #expect(reason.hasPrefix("stopped by threshold max < 100ms"))
        master.tell("a", delta(7, 1000, milliseconds: 1))
        master.tell("a", .stopped)
        let judged = master.state.thresholdResults(now: master.now)
        #expect(judged.map(\.outcome) == [.failed, .passed] && judged[0].stoppedAfter == 5 && judged[1].measured == 1060)
    }

    @Test func theWholeRunSoFarStopsIt() throws {
        var master = try master(["median < 100ms abort after 3s"])
        #expect(pass([500, 500], &master).isEmpty)
        #expect(pass([500, 500], &master, from: 3).map(\.text) == ["stopped by threshold median < 100ms abort after 3s: 500 ms"])
        #expect(master.state.phase == .stopping)
    }

    @Test func aWindowThatFailsWithoutAbortIsToldOnce() throws {
        var master = try master(["max < 100ms over 1s"], runTime: 8 * Self.second)
        let notices = pass([1, 500, 1, 500, 1, 1], &master)
        #expect(notices.map(\.text) == ["threshold max < 100ms over 1s: 500 ms in the 1 s before second 2"])
        #expect(notices.first?.isWarning == true && master.state.phase == .running)
        master.advance(by: 2 * Self.second, hearing: ["a"])
        master.tell("a", delta(7, 10, milliseconds: 700))
        master.tell("a", .stopped)
        let judged = master.state.thresholdResults(now: master.now)[0]
        // Second 7 had nothing; the last second's figures come after the stop.
        #expect(judged.outcome == .failed && judged.windows?.count == 7 + 1 && judged.windows?.failed == 3, "\(judged)")
        #expect(judged.measured == 700e6 && judged.windows?.worstEnd == 8)
    }

    @Test func nobodyIsJudgedBeforeThereAreFigures() throws {
        var master = try master(["p95 < 1ms abort after 1s"])
        for _ in 0..<5 { master.advance(by: Self.second, hearing: ["a"]) }
        #expect(master.state.phase == .running)
        #expect(master.state.thresholdResults(now: master.now).map(\.reason) == ["no request was completed"])
    }

    @Test func thresholdsSurviveTheMaster() throws {
        var plan = try SamplePlan.make()
        plan.thresholds = try ["p95 < 200ms", "name(\"ü\").failure_rate < 1% over 30s abort after 1m"].map { try Threshold($0) }
        let copy = try RunPlan(decoding: plan.encoded())
        #expect(copy.thresholds == plan.thresholds && copy.encoded() == plan.encoded())
        var other = plan
        other.thresholds[0] = try Threshold("p95 < 201ms")
        #expect(!other.isEqual(to: plan) && copy.isEqual(to: plan))

        // The whole run is judged by what the log has; windows begin anew.
        var settings = MasterSettings(run: 5, version: "0.1.0", planBytes: [1], planHash: SamplePlan.hash([1]))
        settings.leaseNanoseconds = MasterSettings.lease
        plan.thresholds = try ["requests == 40", "max < 100ms over 1s"].map { try Threshold($0) }
        var result = RunResult()
        guard case .delta(let before) = delta(1, 20, milliseconds: 500) else { return }
        result.merge(before.snapshot, fromWorker: "a", second: 0)
        let resumption = Resumption(
            startedAt: -9 * Self.second, result: result, lastDeltas: [:], course: UserCourse(Ramp(from: 0, to: 1, ratePerSecond: 1)))
        var master = MasterHarness(plan: plan, settings: settings, resuming: resumption)
        master.join("a")
        for number in 1...5 {
            master.advance(by: Self.second, hearing: ["a"])
            master.tell("a", delta(number, 4, milliseconds: 1))
        }
        let judged = master.state.thresholdResults(now: master.now)
        #expect(
            judged.map(\.outcome) == [.passed, .passed] && judged[1].windows?.worstEnd == 13 && judged[1].windows?.count == 3, "\(judged)")
    }

    @Test func aPlanWithoutThresholdsCostsNothingAndSaysNothing() throws {
        var master = try master([])
        _ = pass([1, 1], &master)
        #expect(master.state.thresholdResults(now: master.now).isEmpty && !master.state.thresholds.isNeeded)
    }
}
