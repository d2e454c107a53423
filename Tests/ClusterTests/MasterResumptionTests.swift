import LoadModel
import Statistics
import Testing
import Wire

@testable import Cluster

/// A run that is taken up from the log of a master that was killed.
struct MasterResumptionTests {
    private static let second = MasterHarness.second

    private static func resumption(users: Int, elapsed: Int64 = 10) -> Resumption {
        var result = RunResult()
        if case .delta(let delta) = MasterHarness.delta(3, requests: 7) { result.merge(delta.snapshot, fromWorker: "a", second: 0) }
        return Resumption(
            startedAt: second - elapsed * second, result: result,
            lastDeltas: ["a": Resumption.SessionProgress(session: 1, account: "a", lastDelta: 3)],
            course: UserCourse(Ramp(from: 0, to: users, ratePerSecond: 10)))
    }

    private static let standing = RunStanding(run: 5, planHash: SamplePlan.hash([1]), acknowledged: 2, issued: 9, delivered: 5)

    @Test func aRunGoesOnWithWhatItsLogHolds() throws {
        var master = try MasterHarness(users: 10, resuming: Self.resumption(users: 10))
        master.hello("a", run: Self.standing)
        guard case .welcome(let welcome)? = master.sent.first?.message else {
            Issue.record("the worker is not welcome")
            return
        }
        #expect(welcome.acknowledged == 3)
        master.ready("a")
        master.tell("a", MasterHarness.delta(3, requests: 7))
        master.tell("a", MasterHarness.delta(4, requests: 2))
        #expect(master.state.result.workers.first?.merged == 9 && master.state.elapsed(now: master.now) == 10 * Self.second)
    }

    @Test func nobodyGetsMoreThanItHasWhileOthersMayStillHaveUsers() throws {
        var master = try MasterHarness(users: 10, resuming: Self.resumption(users: 10))
        master.hello("a", run: Self.standing)
        master.ready("a")
        #expect(master.targets.isEmpty)
        master.heartbeat("a", users: [5], version: 77)
        #expect(master.told("a") == [5] && master.targets.first?.targets.version ?? 0 > 100)
        master.advance(by: 3 * Self.second, hearing: ["a"])
        #expect(master.told("a") == [5])
        master.advance(by: 2 * Self.second, hearing: ["a"])
        #expect(master.told("a") == [10])
    }

    @Test func aRunIsTakenUpWithFewerWorkersThanItNeeds() throws {
        var master = try MasterHarness(users: 10, resuming: Self.resumption(users: 10))
        master.hello("a", run: Self.standing)
        master.ready("a", capacity: 4)
        #expect(master.state.phase == .running && master.state.ending == nil)
    }

    @Test func aStopThatAnEarlierMasterOrderedGoesOn() throws {
        var master = try MasterHarness(users: 10, resuming: Self.resumption(users: 10))
        master.hello("a", run: Self.standing)
        master.ready("a")
        master.tell("a", .stopped)
        #expect(master.state.ending == .interrupted && master.hasSent(.quit(reason: nil), to: "a"))
    }

    @Test func aWorkerOfAnEarlierMasterIsWaitedForAndMayComeAtTheEnd() throws {
        var resumption = Self.resumption(users: 10)
        resumption.lastDeltas["b"] = Resumption.SessionProgress(session: 2, account: "b", lastDelta: 4)
        for (name, session) in [("a", UInt64(1)), ("b", 2)] {
            resumption.standings[name] = WorkerStanding(
                peer: Peer(name: name, session: session), account: name, issued: 30, users: 5, rate: 10, userRate: 2, unheard: 55)
        }
        var master = try MasterHarness(users: 10, runTime: 12 * Self.second, resuming: resumption)
        master.hello("a", run: Self.standing)
        master.ready("a")
        master.heartbeat("a", users: [5], version: 77)
        master.advance(by: 3 * Self.second, hearing: ["a"])
        #expect(master.state.phase == .stopping && master.notices.last?.text.contains("b may still come back") == true)
        master.tell("a", .stopped)
        #expect(master.state.phase == .stopping)

        // One that nobody waits for is not let in any more; one of this run is.
        var stranger = master
        stranger.hello("c", session: 9)
        #expect(stranger.hasSent(.quit(reason: "the run is ending"), to: "c"))
        var patient = master
        patient.hello("b", session: 2, run: Self.standing)
        guard case .welcome(let welcome)? = patient.sent.first?.message else {
            Issue.record("not welcomed")
            return
        }
        #expect(welcome.acknowledged == 4)
        patient.ready("b")
        #expect(patient.sent.contains { if case .stop = $0.message { true } else { false } })
        patient.tell("b", MasterHarness.delta(5, requests: 2))
        patient.tell("b", .stopped)
        #expect(patient.state.phase == .finishing && patient.state.ending == .runTimeOver)
        #expect(patient.state.result.workers.allSatisfy { $0.unheard == 0 })

        master.advance(by: 13 * Self.second, hearing: ["a"])
        #expect(master.state.phase == .over && master.state.ending == .runTimeOver)
        #expect(master.state.result.workers.first { $0.name == "b" }?.unheard == 55)
    }

    @Test func aThirdProcessOfANameHasAnAccountOfItsOwn() throws {
        var resumption = Self.resumption(users: 10)
        resumption.lastDeltas = ["a": Resumption.SessionProgress(session: 7, account: "a#2", lastDelta: 3)]
        var master = try MasterHarness(users: 10, resuming: resumption)
        master.join("a", session: 8)
        #expect(master.entry("a").account == "a#3")
        master.advance(by: 6 * Self.second)
        var other = try MasterHarness(users: 10, workers: 2, resuming: resumption)
        other.join("a", session: 7)
        #expect(other.entry("a").account == "a#2")
        other.advance(by: 6 * Self.second)
        other.join("a", session: 8)
        #expect(other.entry("a").account == "a#3")
    }

    @Test func whatAWorkerSentForAnotherMasterIsSaid() throws {
        var master = try MasterHarness()
        master.hello("a", run: RunStanding(run: 4, planHash: [1], acknowledged: 2, issued: 9, delivered: 5))
        // Its users there go on until it has turned to this run.
        master.hello("a", run: RunStanding(run: 4, planHash: [1], acknowledged: 2, issued: 11, delivered: 5))
        #expect(master.state.earlierLosses.isEmpty && master.notices.isEmpty)
        master.ready("a")
        #expect(master.state.earlierLosses == ["a": 11])
        #expect(master.notices.first?.text.contains("the 11 requests") == true)
    }
}
