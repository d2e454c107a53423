import LoadModel
import Statistics
import Testing
import Wire

@testable import Cluster

struct MasterStateTests {
    private static let second = MasterHarness.second

    // MARK: - The ramp

    @Test func dealsUsersInStepsOfASecondByTheirWeights() throws {
        var master = try MasterHarness(users: 25, rate: 10, weights: [3, 1])
        master.join("a")
        let first = try #require(master.targets.first?.targets)
        #expect(first.counts.reduce(0) { $0 + $1.count } == 10 && first.firstDueIn == 0 && first.intervalNanoseconds == 100_000_000)
        #expect(first.version == 101 && first.runElapsedNanoseconds == 0)
        master.confirm("a")
        master.advance(by: Self.second, hearing: ["a"])
        let second = try #require(master.targets.last?.targets)
        #expect(second.counts == [ClassCount("C0", 15), ClassCount("C1", 5)] && second.firstDueIn == 0)
        // A tick that comes late by some steps makes up for them.
        master.now += 9 * Self.second
        master.event(.tick)
        #expect(master.targets.first?.targets.counts.reduce(0) { $0 + $1.count } == 25)
    }

    @Test func slowRampsSkipEmptySteps() throws {
        var master = try MasterHarness(users: 3, rate: 0.5)
        master.join("a")
        #expect(master.told("a") == [1])
        master.confirm("a")
        master.advance(by: Self.second, hearing: ["a"])
        #expect(master.targets.isEmpty)
        master.advance(by: Self.second, hearing: ["a"])
        #expect(master.targets.map { $0.targets.firstDueIn } == [0] && master.told("a") == [2])
    }

    @Test func usersOfAStepAreDueEvenlyOverAllWorkers() throws {
        var master = try MasterHarness(users: 8, rate: 4, workers: 2)
        master.join("a")
        #expect(master.targets.isEmpty && master.state.isWaiting)
        master.join("b")
        var dues: [Int64] = []
        for (targets, _) in master.targets {
            for k in 0..<targets.counts[0].count { dues.append(targets.firstDueIn + Int64(k) * targets.intervalNanoseconds) }
        }
        #expect(dues.sorted() == [0, 250_000_000, 500_000_000, 750_000_000])
    }

    @Test func connectionsAreSharedOutWithoutARest() throws {
        var master = try MasterHarness(users: 12, rate: 100, workers: 2, connectionCap: 11)
        master.join("a", threads: 2)
        master.join("b", threads: 1)
        // One for each thread, and the others evenly.
        #expect(master.targets.map(\.targets.connectionCap) == [6, 5])
        for name in ["a", "b"] { master.heartbeat(name, users: [6], version: master.targets.last?.targets.version ?? 0) }
        master.join("c", threads: 1)
        let shares = Dictionary(master.targets.map { ($0.name, $0.targets.connectionCap) }, uniquingKeysWith: { $1 })
        #expect(shares["a"] == 5 && shares["b"] == 3, "\(shares)")
    }

    @Test func theRateOfConnectionsIsSharedOut() throws {
        var master = try MasterHarness(users: 12, rate: 100, workers: 2, connectRate: 100)
        master.join("a", threads: 2)
        master.join("b", threads: 1)
        #expect(master.targets.map(\.targets.connectRate) == [50, 50] && master.targets.map(\.targets.connectionCap) == [nil, nil])
        for name in ["a", "b"] { master.heartbeat(name, users: [6], version: master.targets.last?.targets.version ?? 0) }
        master.join("c", threads: 1)
        let shares = Dictionary(master.targets.map { ($0.name, $0.targets.connectRate) }, uniquingKeysWith: { $1 })
        let third = 100.0 / 3
        #expect(shares.keys.sorted() == ["a", "b"] && shares.values.allSatisfy { $0 == third })
    }

    @Test func fewerConnectionsThanThreadsAreRefused() throws {
        var master = try MasterHarness(users: 12, workers: 2, connectionCap: 3)
        master.join("a", threads: 2)
        master.join("b", threads: 2)
        guard case .notStarted(let reason) = master.state.ending else { return #expect(master.state.ending != nil) }
        #expect(reason.contains("4 engine threads") && reason.contains("--max-connections 3"))
    }

    @Test func theWorkersTableHasTheWorstLagOfTheRunAtItsEnd() throws {
        var master = try MasterHarness()
        master.join("a")
        master.tell("a", MasterHarness.delta(1, requests: 1, lag: 70))
        master.tell("a", MasterHarness.delta(2, requests: 1, lag: 20))
        #expect(master.state.rows(now: master.now).map(\.lagNanoseconds) == [20])
        #expect(master.state.rows(now: master.now, isFinal: true).map(\.lagNanoseconds) == [70])
    }

    // MARK: - The end

    @Test func stopsWhenTheRunTimeIsOver() throws {
        var master = try MasterHarness(users: 1, runTime: 5 * Self.second, grace: 7)
        master.join("a")
        master.advance(by: 5 * Self.second - 1, hearing: ["a"])
        master.advance(by: 249_999_999)
        #expect(master.state.phase == .running)
        master.advance(by: 1)
        #expect(master.hasSent(.stop(StopOrder(graceNanoseconds: 7)), to: "a"))
        #expect(master.state.elapsed(now: master.now + Self.second) == 5 * Self.second)
        master.tell("a", .stopped)
        #expect(master.hasSent(.quit(reason: nil), to: "a") && !master.isFinished && master.state.areWorkersStopped)
        master.tell("a", .quit)
        #expect(master.isFinished && master.state.ending == .runTimeOver)
        #expect(master.state.rows(now: master.now, isFinal: true).map(\.state) == ["done"])
    }

    @Test func doesNotWaitForEverForTheLastFigures() throws {
        var master = try MasterHarness(grace: Self.second)
        master.join("a")
        master.event(.interrupted)
        let deadline = master.now + Self.second + 2 * Self.second + MasterState.lastDeltaNanoseconds
        while master.now < deadline - Self.second { master.advance(by: Self.second, hearing: ["a"]) }
        #expect(master.state.phase == .stopping)
        master.advance(by: 2 * Self.second)
        #expect(master.state.ending == .failed("no last figures came from a"))
        master.advance(by: Self.second)
        #expect(master.isFinished)
    }

    @Test func aSecondInterruptionCutsOffAndWaitsOnlyBriefly() throws {
        var master = try MasterHarness()
        master.join("a")
        master.event(.interrupted)
        #expect(master.hasSent(.stop(StopOrder(graceNanoseconds: 0)), to: "a"))
        master.now += Self.second
        master.event(.interrupted)
        #expect(master.hasSent(.stop(StopOrder(graceNanoseconds: 0, isImmediate: true)), to: "a"))
        master.tell("a", MasterHarness.delta(1, requests: 3))
        #expect(master.state.result.workers.first?.merged == 3)
        master.advance(by: MasterState.cutOffNanoseconds)
        #expect(master.state.phase == .finishing && master.state.ending == .interrupted && !master.state.areWorkersStopped)
        master.event(.interrupted)
        #expect(master.isFinished)
    }

    @Test func aWorkerThatDidNotHearTheStopIsToldAgain() throws {
        var master = try MasterHarness()
        master.join("a")
        master.event(.interrupted)
        master.heartbeat("a")
        #expect(master.hasSent(.stop(StopOrder(graceNanoseconds: 0)), to: "a"))
        master.heartbeat("a", activity: .stopping)
        #expect(master.sent.count == 1)
    }

    @Test func anInterruptionWhileWaitingEndsAtOnce() throws {
        var master = try MasterHarness(workers: 2)
        master.join("a")
        master.event(.interrupted)
        #expect(master.hasSent(.quit(reason: nil), to: "a") && master.state.ending == .interrupted)
        master.advance(by: MasterState.farewellNanoseconds)
        #expect(master.isFinished)
    }

    // MARK: - Who takes part

    @Test func givesUpWhenTooFewComeInTime() throws {
        var master = try MasterHarness(workers: 3, longestWait: 2 * Self.second)
        master.join("a")
        master.advance(by: 2 * Self.second + 1)
        guard case .notStarted(let words)? = master.state.ending else {
            Issue.record("the run has begun")
            return
        }
        #expect(words.contains("1 of 3 expected workers came within 2 s"))
    }

    @Test func moreUsersThanAllCanCarryAreRefused() throws {
        var master = try MasterHarness(users: 30, workers: 2)
        master.join("a", capacity: 10)
        master.join("b", capacity: 15)
        guard case .notStarted(let words)? = master.state.ending else {
            Issue.record("the run has begun")
            return
        }
        #expect(words.contains("30 users are more than the 2 workers can carry, which is 25 (a: 10 (10 descriptors), b: 15"))
    }

    @Test(arguments: [
        ("0.2.0", Protocol.version, "has version 0.2.0"), ("1.1.0", Protocol.version, "has version 1.1.0"),
        ("0.1.0", Protocol.version + 1, "protocol \(Protocol.version + 1)"),
    ])
    func anotherVersionIsRefused(version: String, protocolVersion: Int, words: String) throws {
        var master = try MasterHarness()
        master.hello("a", version: version, protocolVersion: protocolVersion)
        guard case .quit(let reason?)? = master.sent.first?.message else {
            Issue.record("the worker is welcome")
            return
        }
        #expect(reason.contains(words) && master.notices.count == 1 && master.state.entries.isEmpty)
        // It is said once.
        master.hello("a", version: version, protocolVersion: protocolVersion)
        #expect(master.sent.count == 1 && master.notices.isEmpty)
    }

    @Test func aWorkerWithTheSameSeriesIsWelcome() throws {
        var master = try MasterHarness()
        master.hello("a", version: "0.1.9")
        guard case .welcome(let welcome)? = master.sent.first?.message else {
            Issue.record("the worker is refused")
            return
        }
        #expect(welcome.index == 0 && welcome.run == 5 && welcome.planSize == 1 && welcome.leaseNanoseconds == MasterSettings.lease)
    }

    @Test func anotherPlanIsRefused() throws {
        var master = try MasterHarness()
        master.hello("a")
        master.tell("a", .ready(WorkerReady(planHash: [9], capacity: 1, limit: "x", threads: 1)))
        guard case .quit(let reason?)? = master.sent.first?.message else {
            Issue.record("the worker takes part")
            return
        }
        #expect(reason.contains("another plan"))
        master.hello("b", run: RunStanding(run: 5, planHash: [9], acknowledged: 0, issued: 0, delivered: 0))
        guard case .quit? = master.sent.first?.message else {
            Issue.record("the worker takes part")
            return
        }
    }

    @Test func aSecondProcessOfTheNameIsRefusedUntilTheFirstIsSilent() throws {
        var master = try MasterHarness(users: 4, workers: 1)
        master.join("a")
        master.confirm("a")
        master.hello("a", session: 2)
        guard case .quit(let reason?)? = master.sent.first?.message else {
            Issue.record("two workers have one name")
            return
        }
        #expect(reason.contains("already a worker named a"))
        master.hello("b")
        master.ready("b")
        master.advance(by: 5 * Self.second, hearing: ["b"])
        master.join("a", session: 2)
        #expect(master.state.entries.map(\.account) == ["a", "b", "a#2"])
        #expect(master.entry("a").phase == .ready && master.state.entries[0].phase != .ready)
    }

    @Test func laterWorkersGetTheSurplusWhenItHasGone() throws {
        var master = try MasterHarness(users: 12, rate: 100)
        master.join("a")
        master.confirm("a")
        master.join("b")
        // Nobody comes before somebody has gone.
        #expect(master.told("a", "b") == [6, 0])
        master.heartbeat("a", users: [9], activity: .spawning)
        #expect(master.told("a", "b") == [6, 3])
        master.heartbeat("a", users: [6])
        #expect(master.told("a", "b") == [6, 6])
        master.confirm("b")
        master.join("c")
        for _ in 0..<3 { for name in ["a", "b", "c"] { master.confirm(name) } }
        #expect(master.told("a", "b", "c") == [4, 4, 4] && master.state.bounds == 12)
    }

    @Test func usersOfALostWorkerGoToTheOthers() throws {
        var master = try MasterHarness(users: 9, rate: 100, workers: 3)
        for name in ["a", "b", "c"] { master.join(name) }
        master.advance(by: 4 * Self.second, hearing: ["a", "b"])
        #expect(master.told("a", "b", "c") == [3, 3, 3])
        master.advance(by: Self.second, hearing: ["a", "b"])
        #expect(master.entry("c").phase == .lost && master.told("a", "b", "c") == [5, 4, 0])
    }

    @Test func aWorkerThatReturnsTakesPartAgain() throws {
        var master = try MasterHarness(users: 9, rate: 100, workers: 3)
        for name in ["a", "b", "c"] { master.join(name) }
        master.advance(by: 5 * Self.second, hearing: ["a", "b"])
        master.heartbeat("c", users: [0], version: 0, epoch: 1, activity: .ready)
        #expect(master.entry("c").phase == .ready && master.notices.map(\.text) == ["worker c is back"])
        for _ in 0..<3 { for name in ["a", "b"] { master.confirm(name) } }
        #expect(master.told("a", "b", "c") == [3, 3, 3])
        #expect(master.entry("c").epoch == 1 && master.state.bounds == 9)
    }

    @Test func aWorkerThatReturnsWhileOthersAreAwaitedCounts() throws {
        var master = try MasterHarness(users: 2, workers: 2)
        master.join("a")
        master.advance(by: 5 * Self.second)
        #expect(master.entry("a").phase == .lost)
        master.join("b")
        #expect(master.state.isWaiting)
        master.heartbeat("a", users: [0], version: 0, activity: .ready)
        #expect(master.state.phase == .running)
    }

    @Test func aWorkerWhoseWordOfThePlanWasLostIsAskedAgain() throws {
        var master = try MasterHarness()
        master.hello("a")
        master.heartbeat("a", users: [0], version: 0, activity: .ready)
        #expect(master.sent.contains { if case .welcome = $0.message { true } else { false } })
        master.ready("a")
        #expect(master.state.phase == .running)
    }

    @Test func aWorkerThatIsToldToEndHandsItsUsersOverAsTheyGo() throws {
        var master = try MasterHarness(users: 8, rate: 100, workers: 2)
        for name in ["a", "b"] { master.join(name) }
        for name in ["a", "b"] { master.confirm(name) }
        master.heartbeat("b", users: [4], activity: .stopping)
        #expect(master.told("a") == [4])
        master.heartbeat("b", users: [3], activity: .stopping)
        #expect(master.told("a") == [5])
        master.tell("b", .quit)
        #expect(master.told("a") == [8] && master.notices.first?.text == "worker b has left, all that it measured is here")
        master.tell("b", .quit)
        #expect(master.sent.isEmpty)
    }

    @Test func theRunEndsWithItsLastWorker() throws {
        var lost = try MasterHarness()
        lost.join("a")
        lost.advance(by: 6 * Self.second)
        #expect(lost.state.ending == .failed("the last worker was lost") && lost.isFinished)
        var left = try MasterHarness()
        left.join("a")
        left.tell("a", .quit)
        #expect(left.state.ending == .failed("the last worker has left") && left.isFinished)
        var failed = try MasterHarness(lease: nil)
        failed.join("a")
        failed.tell("a", .failed("no memory"))
        #expect(failed.state.ending == .failed("no memory") && failed.isFinished)
    }

    @Test func aFailureAtTheFarewellDoesNotChangeTheEnding() throws {
        var master = try MasterHarness(runTime: Self.second)
        master.join("a")
        master.hello("b")
        master.advance(by: Self.second)
        master.tell("a", .stopped)
        master.tell("a", .quit)
        master.tell("b", .failed("no memory"))
        #expect(master.state.ending == .runTimeOver)
    }

    @Test func itsOwnPauseIsNotTheWorkersSilence() throws {
        var master = try MasterHarness()
        master.join("a")
        master.confirm("a")
        master.now += 30 * Self.second
        master.event(.tick)
        #expect(master.entry("a").phase == .ready)
        // But for what it may have sent the silence counts.
        #expect(master.entry("a").silence(now: master.now) == 0 && master.now - master.entry("a").lastHeard == 30 * Self.second)
        master.advance(by: 5 * Self.second)
        #expect(master.entry("a").phase == .lost)
    }

    // MARK: - Delivery

    @Test func appliesEachDeltaOnceAndAcknowledgesItEachTime() throws {
        var master = try MasterHarness()
        master.join("a")
        for number in [1, 2, 2, 1, 3] {
            master.tell("a", MasterHarness.delta(number, requests: 10))
            #expect(master.hasSent(.acknowledge(delta: number), to: "a"))
        }
        #expect(master.state.result.workers.first?.merged == 30)
        master.tell("a", MasterHarness.delta(4, requests: 10, run: 4))
        #expect(master.sent.isEmpty && master.state.result.workers.first?.merged == 30)
    }

    @Test func ordersThatAreNotConfirmedAreRepeated() throws {
        var master = try MasterHarness(users: 5, rate: 100)
        master.join("a")
        let order = try #require(master.targets.first?.targets)
        master.heartbeat("a", users: [0], version: 0)
        #expect(master.targets.isEmpty)
        master.now += MasterState.checkNanoseconds + 1
        master.heartbeat("a", users: [0], version: 0)
        let again = try #require(master.targets.first?.targets)
        #expect(again.version == order.version && again.counts == order.counts)
        // A lapsed lease voids an order: it comes again with the new epoch.
        master.now += MasterState.checkNanoseconds + 1
        master.heartbeat("a", users: [0], version: 0, epoch: 1)
        #expect(master.targets.first?.targets.epoch == 1)
    }

    @Test func heartbeatsThatWereOvertakenSayNothing() throws {
        var master = try MasterHarness(users: 5, rate: 100)
        master.join("a")
        master.heartbeat("a", issued: 10)
        let old = Heartbeat(sequence: 1, run: 5, activity: .ready, issued: 3, users: [0], targetsVersion: 0)
        master.tell("a", .heartbeat(old))
        let answer = HeartbeatReply(sequence: 1, run: 5, clockNanoseconds: master.now)
        #expect(master.entry("a").allowance.isConfirmed && master.hasSent(.heartbeat(answer), to: "a"))
    }

    @Test func aStrangerIsAskedWhoItIs() throws {
        var master = try MasterHarness()
        master.event(.message(Peer(name: "x", session: 3), .heartbeat(Heartbeat(sequence: 4, run: 5, activity: .running))))
        #expect(master.hasSent(.heartbeat(HeartbeatReply(sequence: 0, run: 5)), to: "x"))
        master.event(.message(Peer(name: "x", session: 3), MasterHarness.delta(1, requests: 1)))
        #expect(master.sent.isEmpty && master.state.result.workers.isEmpty)
    }

    // MARK: - Other numbers

    @Test func goesToOtherNumbersFromWhereItIs() throws {
        var master = try MasterHarness(users: 10, rate: 100)
        master.join("a")
        master.advance(by: 2 * Self.second, hearing: ["a"])
        master.event(.rescale(users: 4, ratePerSecond: 3))
        #expect(
            master.told("a") == [7]
                && master.state.course == UserCourse(Ramp(from: 10, to: 4, ratePerSecond: 3, startNanoseconds: 2 * Self.second)))
        master.advance(by: Self.second, hearing: ["a"])
        #expect(master.told("a") == [4])
        master.event(.rescale(users: 6, ratePerSecond: nil))
        #expect(master.told("a") == [6])
        master.event(.interrupted)
        master.event(.rescale(users: 9, ratePerSecond: nil))
        #expect(master.sent.isEmpty && master.state.targetUsers == 6)
    }

    // MARK: - What was lost

    @Test func aLostWorkersAccountIsAnInterval() throws {
        var master = try MasterHarness(users: 4, rate: 100, workers: 2)
        for name in ["a", "b"] { master.join(name) }
        for beat in 1...8 {
            master.now += 250_000_000
            master.heartbeat("a", issued: Int64(beat) * 5)
            master.heartbeat("b", issued: Int64(beat) * 5)
        }
        master.tell("b", MasterHarness.delta(1, requests: 30))
        master.advance(by: 5 * Self.second, hearing: ["a"])
        master.event(.interrupted)
        master.tell("a", .stopped)
        master.event(.interrupted)
        master.event(.interrupted)
        let account = try #require(master.state.result.workers.first { $0.name == "b" })
        // 20 requests a second, for the 4 s of its lease.
        #expect(account.issued == 40 && account.merged == 30 && account.unaccounted == 10 && account.unheard == 80)
    }
}
