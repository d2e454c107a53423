import EventLoop
import Glibc
import LoadModel
import Statistics
import Testing
import Wire

@testable import Cluster

@Suite(.serialized) struct StateLogTests {
    private static let peer = Peer(name: "w", session: 7)

    private static func intervals(_ run: Int) -> String { "intervals-000000000000000\(run).cicada" }

    private static func delta(_ number: Int, requests: Int = 3) -> WorkerDelta {
        let recorder = IntervalRecorder()
        var name = "page \(number % 3)"
        let request = name.withUTF8 { recorder.request(method: .get, name: UnsafeRawBufferPointer($0)) }
        for k in 0..<requests {
            recorder.countIssued()
            let time = Int64(1_000_000 * (number + k))
            recorder.record(RequestSample(request: request, serviceTimeNanoseconds: time, responseTimeNanoseconds: time + 5, status: 200))
        }
        return WorkerDelta(number: number, run: 5, snapshot: recorder.takeSnapshot(), users: 1, openConnections: 1, lagNanoseconds: 0)
    }

    private static func append(_ delta: WorkerDelta, to log: StateLog, session: UInt64 = 7, account: String = "w") -> String? {
        let bytes = WorkerMessage.delta(delta).encoded(nodeID: "w")
        return bytes.withUnsafeBytes {
            log.append($0, delta, peer: Peer(name: "w", session: session), account: account, second: delta.number)
        }
    }

    /// A log of a run that was begun, with so many deltas; closed again.
    private static func write(_ folder: TemporaryFolder, plan: RunPlan, deltas: Int) throws {
        guard case .new(let log, nil) = try StateLog.open(folder: folder.path, plan: plan) else {
            Issue.record("the folder is not empty")
            return
        }
        try log.begin(run: 5, planBytes: plan.encoded())
        log.noteStart(MonotonicClock.nanoseconds(), now: MonotonicClock.nanoseconds())
        for number in 0..<deltas { #expect(append(delta(number + 1), to: log) == nil) }
    }

    private static func reopen(_ folder: TemporaryFolder, plan: RunPlan) throws -> (
        log: StateLog, header: StateHeader, resumption: Resumption
    )? {
        guard case .takenUp(let log, let header, let resumption) = try StateLog.open(folder: folder.path, plan: plan) else { return nil }
        return (log, header, resumption)
    }

    private static func result(deltas: Int) -> RunResult {
        var result = RunResult()
        for number in 0..<deltas { result.merge(delta(number + 1).snapshot, fromWorker: "w", second: number + 1) }
        return result
    }

    private static func text(_ result: RunResult) -> String { "\(result.requests) \(result.workers) \(result.history) \(result.failures)" }

    @Test func aRunIsTakenUpWithTheIdenticalResult() throws {
        let (folder, plan) = (TemporaryFolder(), try SamplePlan.make(users: 9, rate: 2))
        try Self.write(folder, plan: plan, deltas: 40)
        let (log, header, resumption) = try #require(try Self.reopen(folder, plan: plan))
        #expect(header.run == 5 && header.planBytes == plan.encoded())
        #expect(Self.text(resumption.result) == Self.text(Self.result(deltas: 40)))
        #expect(resumption.lastDeltas == ["w": Resumption.SessionProgress(session: 7, account: "w", lastDelta: 40)])
        #expect(resumption.course == UserCourse(Ramp(from: 0, to: 9, ratePerSecond: 2)))
        #expect(abs(resumption.startedAt - MonotonicClock.nanoseconds()) < 60_000_000_000)
        // It goes on where it ended.
        #expect(Self.append(Self.delta(41), to: log) == nil)
        log.note(Ramp(from: 9, to: 3, ratePerSecond: 4, startNanoseconds: 11))
        _ = consume log
        let again = try #require(try Self.reopen(folder, plan: plan))
        #expect(Self.text(again.resumption.result) == Self.text(Self.result(deltas: 41)))
        #expect(again.resumption.course == UserCourse(Ramp(from: 9, to: 3, ratePerSecond: 4, startNanoseconds: 11)))
    }

    @Test func eachDeltaCountsOnceAndASessionBeginsAnew() throws {
        let (folder, plan) = (TemporaryFolder(), try SamplePlan.make())
        try Self.write(folder, plan: plan, deltas: 2)
        do {
            let (log, _, _) = try #require(try Self.reopen(folder, plan: plan))
            _ = Self.append(Self.delta(2), to: log)
            _ = Self.append(Self.delta(1), to: log, session: 8, account: "w#2")
            log.note([Self.standing("w#2", session: 8, issued: 5)])
        }
        let resumption = try #require(try Self.reopen(folder, plan: plan)).resumption
        #expect(resumption.result.workers.map(\.merged) == [6, 3])
        #expect(resumption.result.workers.map(\.issued) == [6, 5])
        #expect(resumption.lastDeltas["w"] == Resumption.SessionProgress(session: 8, account: "w#2", lastDelta: 1))
    }

    private static func standing(_ account: String, session: UInt64, issued: Int64, unheard: Int64? = nil) -> WorkerStanding {
        WorkerStanding(
            peer: Peer(name: "w", session: session), account: account, issued: issued, users: 10, rate: 100, userRate: 20, unheard: unheard)
    }

    @Test func whatRanOnceAndWhichRowsWereGrantedIsKept() throws {
        let (folder, plan) = (TemporaryFolder(), try SamplePlan.make())
        try Self.write(folder, plan: plan, deltas: 1)
        var once = OnceRecord()
        once.setupWorker = Self.peer
        once.value = [49]
        let blocks = (1...3).map { RowBlock(source: 0, number: $0, rows: ($0 * 10)..<($0 * 10 + 5), isExhausted: $0 == 3) }
        do {
            let (log, _, _) = try #require(try Self.reopen(folder, plan: plan))
            log.note(once)
            once.teardownWorker = Peer(name: "x", session: 1)
            log.note(once)
            for block in blocks { #expect(log.note(block, of: Self.peer) == nil) }
            var standing = Self.standing("w", session: 7, issued: 5)
            standing.endedUsers = [1, 2]
            standing.drawnRows = [9]
            log.note([standing])
        }
        let resumption = try #require(try Self.reopen(folder, plan: plan)).resumption
        #expect(resumption.once == once && resumption.rows.allSatisfy { $0.peer == Self.peer })
        // Two blocks stand for all: the last, and one for what was before.
        let before = RowBlock(source: 0, number: 2, rows: 0..<10, isExhausted: false)
        #expect(resumption.rows.map(\.block) == [before, blocks[2]])
        #expect(resumption.standings["w"]?.endedUsers == [1, 2] && resumption.standings["w"]?.drawnRows == [9])
    }

    @Test func aRunWhoseMasterWasKilledInSetupIsNotTakenUp() throws {
        let (folder, plan) = (TemporaryFolder(), try SamplePlan.make())
        do {
            guard case .new(let log, nil) = try StateLog.open(folder: folder.path, plan: plan) else { return }
            try log.begin(run: 5, planBytes: plan.encoded())
            var once = OnceRecord()
            once.setupWorker = Self.peer
            log.note(once)
        }
        guard case .new(_, let notice) = try StateLog.open(folder: folder.path, plan: plan) else {
            Issue.record("it was taken up")
            return
        }
        #expect(
            notice?.text.contains("its setup was under way") == true && folder.files == [Self.intervals(5), "run-5.cicada", "run.cicada"])
    }

    /// One that was at work may have gone on for its lease and for what its master's last second hid; one that was lost is known better.
    @Test func itIsKnownWhatWorkersMayHaveSent() throws {
        let (folder, plan) = (TemporaryFolder(), try SamplePlan.make())
        try Self.write(folder, plan: plan, deltas: 1)
        do {
            let (log, _, _) = try #require(try Self.reopen(folder, plan: plan))
            log.note([Self.standing("w", session: 7, issued: 5, unheard: 42), Self.standing("w#2", session: 9, issued: 0)])
        }
        let resumption = try #require(try Self.reopen(folder, plan: plan)).resumption
        #expect(resumption.standings["w"]?.unheard == 42)
        // 10 users at 20 requests a second each, for 5 s, and the first requests of all.
        let most = try #require(resumption.standings["w#2"]?.unheard)
        #expect((1010...1030).contains(most), "\(most)")
        // It has not delivered anything, but is known when it comes back.
        #expect(resumption.lastDeltas["w"] == Resumption.SessionProgress(session: 9, account: "w#2", lastDelta: 0))
    }

    @Test func aTornTailIsIgnoredWhereverItIsTorn() throws {
        let (folder, plan) = (TemporaryFolder(), try SamplePlan.make())
        try Self.write(folder, plan: plan, deltas: 3)
        let short = folder.read()
        do { _ = Self.append(Self.delta(4), to: try #require(try Self.reopen(folder, plan: plan)).log) }
        let whole = folder.read()
        #expect(whole.count > short.count + 5)
        for length in short.count..<whole.count {
            folder.write(Array(whole[..<length]))
            do {
                let (log, _, resumption) = try #require(try Self.reopen(folder, plan: plan))
                #expect(Self.text(resumption.result) == Self.text(Self.result(deltas: 3)))
                _ = Self.append(Self.delta(4), to: log)
            }
            #expect(folder.read() == whole)
        }
    }

    @Test func anotherPlanIsKeptAside() throws {
        let folder = TemporaryFolder()
        try Self.write(folder, plan: try SamplePlan.make(users: 1), deltas: 1)
        guard case .new(_, let notice?) = try StateLog.open(folder: folder.path, plan: try SamplePlan.make(users: 2)) else {
            Issue.record("another plan's run is taken up")
            return
        }
        #expect(notice.isWarning && notice.text.contains("its plan is another one"))
        #expect(folder.files == [Self.intervals(5), "run-5.cicada", "run.cicada"])
    }

    @Test func aMasterThatWasAwayForTooLongIsNotFollowed() throws {
        let (folder, plan) = (TemporaryFolder(), try SamplePlan.make())
        try Self.write(folder, plan: plan, deltas: 1)
        var times = [timespec(tv_sec: time(nil) - 100, tv_nsec: 0), timespec(tv_sec: time(nil) - 100, tv_nsec: 0)]
        utimensat(AT_FDCWD, folder.log, &times, 0)
        guard case .new(_, let notice?) = try StateLog.open(folder: folder.path, plan: plan) else {
            Issue.record("a run of long ago is taken up")
            return
        }
        #expect(notice.text.contains("60 s are the limit"))
    }

    @Test func aFinishedRunLeavesNothing() throws {
        let (folder, plan) = (TemporaryFolder(), try SamplePlan.make())
        try Self.write(folder, plan: plan, deltas: 1)
        do { try #require(try Self.reopen(folder, plan: plan)).log.finish() }
        guard case .new(_, nil) = try StateLog.open(folder: folder.path, plan: plan) else {
            Issue.record("a finished run is taken up")
            return
        }
        #expect(folder.read().isEmpty)
    }

    @Test func aRunThatHadNotBegunLeavesNothing() throws {
        let (folder, plan) = (TemporaryFolder(), try SamplePlan.make())
        do {
            guard case .new(let log, nil) = try StateLog.open(folder: folder.path, plan: plan) else {
                Issue.record("not a new log")
                return
            }
            try log.begin(run: 5, planBytes: plan.encoded())
        }
        guard case .new(_, let notice) = try StateLog.open(folder: folder.path, plan: plan) else {
            Issue.record("not a new log")
            return
        }
        #expect(notice == nil && folder.files == [Self.intervals(5), "run.cicada"])
    }

    @Test func oneMasterAtATimeHasTheFolder() throws {
        let (folder, plan) = (TemporaryFolder(), try SamplePlan.make())
        guard case .new(let log, nil) = try StateLog.open(folder: folder.path, plan: plan) else { return }
        try log.begin(run: 1, planBytes: plan.encoded())
        let error = #expect(throws: StateLogError.self) { try StateLog.open(folder: folder.path, plan: plan) }
        #expect(error?.description.contains("in use by another master") == true)
        withExtendedLifetime(log) {}
    }

    @Test func damageIsSaidNotGuessedAt() throws {
        let (folder, plan) = (TemporaryFolder(), try SamplePlan.make())
        try Self.write(folder, plan: plan, deltas: 2)
        var bytes = folder.read()
        bytes[4] = 99
        folder.write(bytes)
        let error = #expect(throws: StateLogError.self) { try StateLog.open(folder: folder.path, plan: plan) }
        #expect(error?.description.contains("damaged at byte 0") == true)
    }

    @Test func whatDoesNotFitIsNotInTheLogAndTheNextIsWhole() throws {
        let (folder, plan) = (TemporaryFolder(), try SamplePlan.make())
        try Self.write(folder, plan: plan, deltas: 1)
        do {
            let (log, _, _) = try #require(try Self.reopen(folder, plan: plan))
            let failure = Self.withoutRoom(in: folder, 20) { Self.append(Self.delta(2), to: log) }
            #expect(failure?.contains("cannot be written") == true)
            #expect(Self.append(Self.delta(2), to: log) == nil)
        }
        let resumption = try #require(try Self.reopen(folder, plan: plan)).resumption
        #expect(Self.text(resumption.result) == Self.text(Self.result(deltas: 2)))
    }

    @Test func theStartIsWrittenBeforeWhatComesAfterItHoweverLateThereIsRoom() throws {
        let (folder, plan) = (TemporaryFolder(), try SamplePlan.make(users: 9, rate: 2))
        do {
            guard case .new(let log, nil) = try StateLog.open(folder: folder.path, plan: plan) else {
                Issue.record("not a new log")
                return
            }
            try log.begin(run: 5, planBytes: plan.encoded())
            let failure = Self.withoutRoom(in: folder, 3) {
                log.noteStart(MonotonicClock.nanoseconds(), now: MonotonicClock.nanoseconds())
                log.note(Ramp(from: 0, to: 3, ratePerSecond: 4, startNanoseconds: 10))
                log.note(Ramp(from: 0, to: 4, ratePerSecond: 4, startNanoseconds: 11))
                return Self.append(Self.delta(1), to: log)
            }
            #expect(failure != nil)
            #expect(Self.append(Self.delta(1), to: log) == nil)
        }
        let resumption = try #require(try Self.reopen(folder, plan: plan)).resumption
        #expect(Self.text(resumption.result) == Self.text(Self.result(deltas: 1)))
        #expect(resumption.course == UserCourse(Ramp(from: 0, to: 4, ratePerSecond: 4, startNanoseconds: 11)))
    }

    @Test func aFinishedRunIsNotTakenUpThoughThereWasNoRoomToSaySo() throws {
        let (folder, plan) = (TemporaryFolder(), try SamplePlan.make())
        try Self.write(folder, plan: plan, deltas: 1)
        do {
            let (log, _, _) = try #require(try Self.reopen(folder, plan: plan))
            Self.withoutRoom(in: folder, 2) { log.finish() }
        }
        guard case .new(_, nil) = try StateLog.open(folder: folder.path, plan: plan) else {
            Issue.record("not a new log")
            return
        }
    }

    /// Does something while the log may grow by so many bytes only. The limit is the process's; nothing else in this process writes files
    /// meanwhile that are as long.
    private static func withoutRoom<Value>(in folder: TemporaryFolder, _ bytes: Int, _ work: () -> Value) -> Value {
        signal(SIGXFSZ, SIG_IGN)
        var before = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &before)
        var limit = before
        limit.rlim_cur = rlim_t(folder.read().count + bytes)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        defer { setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &before) }
        return work()
    }
}
