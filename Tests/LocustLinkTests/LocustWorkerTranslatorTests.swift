import Cluster
import LoadModel
import Statistics
import Testing
import Wire

@testable import LocustLink

/// A translator between a worker and a Locust master that are both played by the test; time is told by hand.
private struct Desk {
    var translator: LocustWorkerTranslator
    var seconds = 100.0
    /// The worker's last heartbeat.
    var beat = Heartbeat(sequence: 0, run: 0, activity: .ready)
    var run: UInt64 = 0
    private(set) var plans = 0

    init(
        hasSetup: Bool = false, hasTeardown: Bool = false, classes: [String] = ["Alpha", "Beta"], sources: [DataSource] = [],
        refuses: String? = nil
    ) throws {
        translator = try LocustWorkerTranslator(firstRun: 7, now: LocustMoment(monotonic: 0, wall: 1_000_000_100)) { terms in
            if let refuses, terms.host == refuses { throw LocustTermsError("no such host") }
            return LocustPlan(
                bytes: Array("plan \(terms)".utf8) + [UInt8](repeating: 7, count: 300_000), classes: classes, hasSetup: hasSetup,
                hasTeardown: hasTeardown, rows: LocustRows(sources: sources, part: LocustDataPart()))
        }
    }

    mutating func event(_ event: LocustWorkerTranslator.Event) -> [LocustWorkerTranslator.Action] {
        let actions = translator.event(event, now: LocustMoment(monotonic: Int64(seconds * 1e9), wall: 1_000_000_000 + seconds))
        for case .tell(.welcome(let welcome)) in actions { run = welcome.run }
        return actions
    }

    mutating func master(_ message: LocustMasterMessage) -> [LocustWorkerTranslator.Action] { event(.master(message)) }
    mutating func worker(_ message: WorkerMessage) -> [LocustWorkerTranslator.Action] { event(.worker(message)) }

    /// Time passes, in the steps of a worker's heartbeats; `answers`: the master echoes.
    mutating func pass(_ duration: Double, answers: Bool = true) -> [LocustWorkerTranslator.Action] {
        var actions: [LocustWorkerTranslator.Action] = []
        let end = seconds + duration
        while seconds < end {
            seconds = min(end, seconds + 0.25)
            var more = event(.tick(canSend: true))
            if answers, more.contains(where: { if case .send(.heartbeat) = $0 { true } else { false } }) { more += master(.heartbeat) }
            actions += more
        }
        return actions
    }

    /// The worker's next heartbeat.
    mutating func heartbeat(users: [Int] = [0, 0], version: Int64 = 0, activity: WorkerActivity = .running, epoch: Int = 0)
        -> [LocustWorkerTranslator.Action]
    {
        beat.sequence += 1
        (beat.run, beat.users, beat.targetsVersion, beat.activity, beat.epoch) = (run, users, version, activity, epoch)
        return worker(.heartbeat(beat))
    }

    static let hello = WorkerHello(
        version: "1", protocolVersion: Protocol.version, session: 1, host: "h", processIdentifier: 1, cores: 2, descriptors: 1000,
        memoryBytes: 1 << 30)

    /// The worker is there, known to the master, and has its plan.
    mutating func join() {
        _ = event(.connected)
        _ = worker(.hello(Self.hello))
        _ = master(.acknowledge(index: 3))
        ready()
    }

    mutating func ready() {
        _ = worker(.ready(WorkerReady(planHash: translator.plan.hash, capacity: 1000, limit: "1000 descriptors", threads: 2)))
        _ = heartbeat()
    }

    /// An order, carried out; answers with the targets.
    mutating func spawn(_ users: [LocustUsers], at timestamp: Double = 1) -> UserTargets? {
        let targets = master(.spawn(LocustSpawn(timestamp: timestamp, users: users))).targets.last
        guard let targets else { return nil }
        _ = heartbeat(users: targets.counts.map(\.count), version: targets.version)
        return targets
    }

    /// What was measured in a second.
    func delta(_ number: Int, requests: Int64 = 5, exceptions: Int64 = 0) -> WorkerDelta {
        var snapshot = IntervalSnapshot()
        var request = RequestInterval(key: RequestKey(method: .get, name: "/"))
        request.requests = requests
        request.responseTime.add(2_000_000)
        snapshot.requests = [request]
        if exceptions > 0 {
            let example = ScriptException(place: "a.lua:3", message: "boom", stack: "in task")
            snapshot.exceptions = [ExceptionInterval(example: example, userClass: "Alpha", count: exceptions)]
        }
        return WorkerDelta(number: number, run: run, snapshot: snapshot, users: 1, openConnections: 0, lagNanoseconds: 0)
    }
}

extension [LocustWorkerTranslator.Action] {
    fileprivate var sent: [LocustWorkerMessage] { compactMap { if case .send(let message) = $0 { message } else { nil } } }
    fileprivate var told: [MasterMessage] { compactMap { if case .tell(let message) = $0 { message } else { nil } } }
    fileprivate var said: [String] { compactMap { if case .say(let notice) = $0 { notice.text } else { nil } } }
    fileprivate var targets: [UserTargets] { told.compactMap { if case .targets(let targets) = $0 { targets } else { nil } } }
    fileprivate var readies: Int { sent.count { if case .ready = $0 { true } else { false } } }
    fileprivate var heartbeats: [LocustHeartbeat] { sent.compactMap { if case .heartbeat(let beat) = $0 { beat } else { nil } } }
    fileprivate var reports: [LocustReport] { sent.compactMap { if case .report(let report) = $0 { report } else { nil } } }
    fileprivate var welcomes: [Welcome] { told.compactMap { if case .welcome(let welcome) = $0 { welcome } else { nil } } }
}

struct LocustWorkerTranslatorTests {
    private let three = [LocustUsers("Alpha", 2), LocustUsers("Beta", 1)]

    // MARK: - Joining

    /// A Locust master deals a worker that repeats `client_ready` a double share.
    @Test func readyIsSaidOnceIn5SecondsAndNeverAgain() throws {
        var desk = try Desk()
        #expect(desk.pass(3).isEmpty)
        _ = desk.event(.connected)
        #expect(desk.worker(.hello(Desk.hello)).sent == [.ready(version: nil)])
        for _ in 0..<9 {
            #expect(desk.pass(0.5).sent.isEmpty)
            #expect(desk.worker(.hello(Desk.hello)).sent.isEmpty)
        }
        let again = desk.pass(0.5)
        #expect(again.sent == [.ready(version: nil)] && again.said == ["whoever listens there does not answer: is it a Locust master?"])
        #expect(desk.master(.acknowledge(index: 3)).welcomes.map(\.index) == [3])
        #expect(desk.pass(30).readies == 0)
    }

    @Test func nothingIsSentWithoutAConnection() throws {
        var desk = try Desk()
        #expect(desk.worker(.hello(Desk.hello)).isEmpty)
        desk.join()
        _ = desk.event(.lost)
        desk.seconds += 10
        #expect(desk.event(.tick(canSend: false)).isEmpty)
        // Figures wait for the connection.
        _ = desk.worker(.delta(desk.delta(1)))
        #expect(desk.event(.tick(canSend: true)).reports.map(\.total.requests) == [5])
    }

    @Test func heartbeatsEachSecondAndReportsEachThree() throws {
        var desk = try Desk()
        desk.join()
        let actions = desk.pass(30)
        #expect((29...31).contains(actions.heartbeats.count) && (9...11).contains(actions.reports.count))
        #expect(
            actions.reports.allSatisfy { $0.total.requests == 0 && $0.entries.isEmpty && $0.users.map(\.userClass) == ["Alpha", "Beta"] })
        // What is idle says nothing of times before the report.
        #expect(actions.reports.last?.total.startTime ?? 0 > 1_000_000_125)
    }

    @Test func thePlanIsServedInParts() throws {
        var desk = try Desk()
        desk.join()
        var bytes: [UInt8] = []
        while bytes.count < desk.translator.plan.bytes.count {
            guard case .planChunk(let chunk) = desk.worker(.planRequest(offset: bytes.count)).told.first else { break }
            #expect(chunk.offset == bytes.count && chunk.bytes.count <= PlanChunk.largest)
            bytes += chunk.bytes
        }
        #expect(bytes == desk.translator.plan.bytes)
        #expect(desk.worker(.planRequest(offset: -1)).told.isEmpty && desk.worker(.planRequest(offset: 1 << 40)).told.isEmpty)
    }

    /// The lease is the Locust master's: an answer to our heartbeat answers the worker's.
    @Test func heartbeatAnswersArePassedOn() throws {
        var desk = try Desk()
        desk.join()
        _ = desk.heartbeat()
        #expect(desk.pass(1, answers: false).heartbeats.count == 1)
        let sequence = desk.beat.sequence
        _ = desk.heartbeat()
        #expect(desk.master(.heartbeat).told == [.heartbeat(HeartbeatReply(sequence: sequence, run: desk.run))])
    }

    @Test func heartbeatsTellProcessorTimeOfAThread() throws {
        var desk = try Desk()
        desk.join()
        desk.beat.cpuPercent = 150
        desk.beat.memoryBytes = 99
        _ = desk.heartbeat()
        let beat = desk.pass(1).heartbeats.last
        #expect(beat == LocustHeartbeat(activity: .ready, cpuPercent: 75, memoryBytes: 99))
    }

    // MARK: - Orders

    @Test func ordersAreAbsoluteTargets() throws {
        var desk = try Desk()
        desk.join()
        let actions = desk.master(.spawn(LocustSpawn(timestamp: 5, users: [LocustUsers("Alpha", 3)])))
        #expect(actions.sent == [.spawning])
        let targets = try #require(actions.targets.first)
        #expect(
            targets.counts == [ClassCount("Alpha", 3), ClassCount("Beta", 0)] && targets.firstDueIn == 0 && targets.intervalNanoseconds == 0
        )
        #expect(desk.pass(1).heartbeats.map(\.activity) == [.spawning])
        // Until a heartbeat shows them they are told again; then `spawning_complete` is said, once.
        #expect(desk.heartbeat(users: [1, 0], version: 0, activity: .spawning).targets.map(\.version) == [targets.version])
        #expect(desk.heartbeat(users: [2, 0], version: targets.version, activity: .spawning).isEmpty)
        #expect(
            desk.heartbeat(users: [3, 0], version: targets.version).sent == [
                .spawningComplete([LocustUsers("Alpha", 3), LocustUsers("Beta", 0)])
            ])
        #expect(desk.heartbeat(users: [3, 0], version: targets.version).isEmpty)
        #expect(desk.pass(1).heartbeats.map(\.activity) == [.running])
        let more = desk.master(.spawn(LocustSpawn(timestamp: 6, users: three)))
        let next = try #require(more.targets.first)
        #expect(next.version > targets.version)
    }

    @Test func oldOrdersAreDropped() throws {
        var desk = try Desk()
        desk.join()
        _ = desk.spawn(three, at: 5)
        for timestamp in [5, 4.9, 0] {
            let actions = desk.master(.spawn(LocustSpawn(timestamp: timestamp, users: [LocustUsers("Alpha", 50)])))
            #expect(actions.sent == [.spawning] && actions.targets.isEmpty)
        }
        #expect(desk.spawn(three, at: 5.1) != nil)
    }

    @Test func ordersThatComeBeforeThePlanIsReadAreKept() throws {
        var desk = try Desk()
        _ = desk.event(.connected)
        _ = desk.worker(.hello(Desk.hello))
        _ = desk.master(.acknowledge(index: nil))
        #expect(desk.master(.spawn(LocustSpawn(timestamp: 1, users: three))).targets.isEmpty)
        #expect(desk.master(.spawn(LocustSpawn(timestamp: 2, users: [LocustUsers("Beta", 4)]))).targets.isEmpty)
        _ = desk.worker(.ready(WorkerReady(planHash: desk.translator.plan.hash, capacity: 10, limit: "", threads: 1)))
        #expect(desk.heartbeat(epoch: 2).targets.map { [$0.counts[0].count, $0.counts[1].count, $0.epoch] } == [[0, 4, 2]])
    }

    /// Another host is another plan, and so a new run; the same one is not.
    @Test func hostTagsAndStopTimeoutMakeANewPlan() throws {
        var desk = try Desk()
        desk.join()
        var order = LocustSpawn(timestamp: 1, users: three, host: "http://b", stopTimeout: 2)
        order.options = ["tags": "x, y"]
        let actions = desk.master(.spawn(order))
        #expect(actions.welcomes.map(\.planHash) == [desk.translator.plan.hash] && actions.welcomes[0].run == 8)
        #expect(desk.translator.terms.tags == ["x", "y"] && desk.translator.terms.host == "http://b")
        desk.ready()
        #expect(desk.translator.targets != nil)
        order.timestamp = 2
        #expect(desk.master(.spawn(order)).welcomes.isEmpty)
        order.timestamp = 3
        order.host = "http://c"
        let later = desk.master(.spawn(order))
        #expect(later.welcomes.isEmpty && later.said.count == 1 && later.said[0].contains("from the next start"))
        order.timestamp = 4
        #expect(desk.master(.spawn(order)).said.isEmpty)
        guard case .stop(let stop) = desk.master(.stop).told.first else { return #expect(Bool(false), "no stop") }
        #expect(stop == StopOrder(graceNanoseconds: 2_000_000_000))
    }

    @Test func termsThatCannotBeMetAreToldOnce() throws {
        var desk = try Desk(refuses: "b")
        desk.join()
        let first = desk.master(.spawn(LocustSpawn(timestamp: 1, users: three, host: "b")))
        #expect(first.said.count == 1 && first.said[0].contains("no such host") && first.targets.isEmpty)
        // The master is told, and does not wait for users in vain.
        #expect(first.sent.contains { if case .exception = $0 { true } else { false } })
        #expect(first.sent.contains(.spawningComplete([LocustUsers("Alpha", 0), LocustUsers("Beta", 0)])))
        #expect(desk.master(.spawn(LocustSpawn(timestamp: 2, users: three, host: "b"))).said.isEmpty)
        #expect(desk.spawn(three, at: 3) != nil)
    }

    @Test func classesThatAreUnknownAreToldOnceAndLeftOut() throws {
        var desk = try Desk()
        desk.join()
        let actions = desk.master(
            .spawn(LocustSpawn(timestamp: 1, users: [LocustUsers("Alhpa", 2), LocustUsers("Beta", 2), LocustUsers("Zeta", 0)])))
        #expect(actions.said.count == 1 && actions.said[0].contains("'Alhpa'") && actions.said[0].contains("did you mean 'Alpha'?"))
        #expect(actions.targets[0].counts == [ClassCount("Alpha", 0), ClassCount("Beta", 2)])
        #expect(desk.master(.spawn(LocustSpawn(timestamp: 2, users: [LocustUsers("Alhpa", 3)]))).said.isEmpty)
    }

    /// After a lease that has ended targets are told for the new epoch, but only when the master is heard.
    @Test func usersAreCalledBackWhenTheMasterIsHeardAgain() throws {
        var desk = try Desk()
        desk.join()
        let spawned = desk.spawn(three)
        let targets = try #require(spawned)
        _ = desk.pass(59, answers: false)
        #expect(
            desk.heartbeat(users: [0, 0], version: 0, epoch: 1).targets.map { [Int64($0.epoch), $0.version] } == [[1, targets.version]])
        _ = desk.pass(1.1, answers: false)
        #expect(desk.heartbeat(users: [0, 0], version: 0, epoch: 1).targets.isEmpty)
    }

    // MARK: - Figures

    @Test func deltasAreAcknowledgedAtOnceAndReportedOnce() throws {
        var desk = try Desk()
        desk.join()
        _ = desk.spawn(three)
        _ = desk.pass(3)
        for number in 1...3 { #expect(desk.worker(.delta(desk.delta(number))).told == [.acknowledge(delta: number)]) }
        #expect(desk.worker(.delta(desk.delta(3))).told == [.acknowledge(delta: 3)])
        var stranger = desk.delta(4)
        stranger.run = 99
        #expect(desk.worker(.delta(stranger)).isEmpty)
        let reports = desk.pass(6).reports
        #expect(reports.map(\.total.requests) == [15, 0] && reports[0].entries.map(\.name) == ["/"])
        #expect(reports[0].users == [LocustUsers("Alpha", 2), LocustUsers("Beta", 1)])
    }

    @Test func exceptionsAreSentOneByOneUpToALimit() throws {
        var desk = try Desk()
        desk.join()
        _ = desk.spawn(three)
        let few = desk.worker(.delta(desk.delta(1, exceptions: 3)))
        #expect(few.sent == Array(repeating: .exception(message: "boom", traceback: "a.lua:3\nin task"), count: 3))
        let many = desk.worker(.delta(desk.delta(2, exceptions: 1000)))
        #expect(many.sent.count == 100 && many.said.count == 1)
        let lines = desk.pass(11).sent.compactMap { if case .logs(let lines) = $0 { lines } else { nil } }
        #expect(lines.last?.contains { $0.contains("900 more exceptions at a.lua:3") } == true)
        #expect(desk.worker(.delta(desk.delta(3, exceptions: 1000))).said.isEmpty)
    }

    @Test func theLogIsSentWholeWhenItHasChanged() throws {
        var desk = try Desk()
        desk.join()
        _ = desk.worker(.logs(["a"]))
        _ = desk.worker(.logs((0..<600).map { "line \($0)" }))
        let logs = desk.pass(25).sent.compactMap { if case .logs(let lines) = $0 { lines } else { nil } }
        #expect(logs == [(100..<600).map { "line \($0)" }])
        _ = desk.worker(.logs(["last"]))
        let later = desk.pass(11).sent.compactMap { if case .logs(let lines) = $0 { lines } else { nil } }
        #expect(later.map(\.count) == [500] && later[0].last == "last")
    }

    // MARK: - The end

    @Test func afterAStopComeTheFiguresAndThenANewRun() throws {
        var desk = try Desk()
        desk.join()
        _ = desk.spawn(three)
        #expect(desk.master(.stop).told == [.stop(StopOrder(graceNanoseconds: 0))])
        #expect(desk.pass(2).told.allSatisfy { if case .heartbeat = $0 { true } else { false } })
        #expect(desk.worker(.delta(desk.delta(1))).sent.isEmpty)
        let end = desk.worker(.stopped)
        #expect(end.reports.map(\.total.requests) == [5] && end.reports[0].users.allSatisfy { $0.count == 0 })
        #expect(end.sent.last == .stopped && end.told == [.quit(reason: nil)])
        #expect(desk.worker(.quit).isEmpty && !desk.translator.isDismissed)
        // The loop begins anew.
        #expect(desk.worker(.hello(Desk.hello)).sent == [.ready(version: nil)])
        let old = desk.run
        _ = desk.master(.acknowledge(index: 3))
        #expect(desk.run == old + 1)
        desk.ready()
        // The master's clock may have been set back meanwhile.
        #expect(desk.spawn(three, at: 0.5) != nil)
    }

    /// Whoever starts the next test at once does not wait for workers to be back.
    @Test func anOrderBehindAStopIsForTheNextTest() throws {
        for isBack in [false, true] {
            var desk = try Desk()
            desk.join()
            _ = desk.spawn(three)
            _ = desk.master(.stop)
            let order = LocustSpawn(timestamp: 2, users: [LocustUsers("Beta", 7)])
            if !isBack { #expect(desk.master(.spawn(order)).isEmpty) }
            _ = desk.worker(.stopped)
            if isBack { #expect(desk.master(.spawn(order)).isEmpty) }
            _ = desk.worker(.hello(Desk.hello))
            #expect(desk.master(.acknowledge(index: 3)).sent.contains(.spawning))
            _ = desk.worker(.ready(WorkerReady(planHash: desk.translator.plan.hash, capacity: 10, limit: "", threads: 1)))
            #expect(desk.heartbeat().targets.map { $0.counts.map(\.count) } == [[0, 7]])
        }
    }

    /// Behind a second stop it is not.
    @Test func anOrderBetweenTwoStopsIsForgotten() throws {
        var desk = try Desk()
        desk.join()
        _ = desk.spawn(three)
        _ = desk.master(.stop)
        _ = desk.master(.spawn(LocustSpawn(timestamp: 2, users: three)))
        _ = desk.master(.stop)
        _ = desk.worker(.stopped)
        _ = desk.worker(.hello(Desk.hello))
        #expect(!desk.master(.acknowledge(index: 3)).sent.contains(.spawning))
    }

    @Test func quitIsAnsweredWithinHalfASecond() throws {
        var desk = try Desk()
        desk.join()
        _ = desk.spawn(three)
        #expect(desk.master(.quit).told == [.stop(StopOrder(graceNanoseconds: 0))])
        #expect(desk.worker(.delta(desk.delta(1))).reports.map(\.total.requests) == [5])
        // What is under way then is cut off.
        #expect(desk.pass(0.25).told.contains(.stop(StopOrder(graceNanoseconds: 0, isImmediate: true))))
        #expect(desk.pass(0.5).told.allSatisfy { if case .heartbeat = $0 { true } else { false } })
        let end = desk.worker(.stopped)
        #expect(end.sent.last == .quit && end.told == [.quit(reason: nil)] && desk.translator.isDismissed)
        #expect(desk.pass(10).isEmpty)
    }

    /// With a stop timeout tasks go on, and what is measured is sent as it comes.
    @Test func quitLeavesTasksTheirTime() throws {
        var desk = try Desk()
        desk.join()
        _ = desk.master(.spawn(LocustSpawn(timestamp: 1, users: three, stopTimeout: 5)))
        desk.ready()
        #expect(desk.master(.quit).told == [.stop(StopOrder(graceNanoseconds: 5_000_000_000))])
        #expect(!desk.pass(4).told.contains(.stop(StopOrder(graceNanoseconds: 0, isImmediate: true))))
        #expect(desk.worker(.delta(desk.delta(1))).reports.count == 1)
    }

    @Test func quitBehindAStopMeansLeave() throws {
        var desk = try Desk()
        desk.join()
        _ = desk.spawn(three)
        _ = desk.master(.stop)
        _ = desk.master(.quit)
        _ = desk.master(.stop)
        #expect(desk.worker(.stopped).sent.last == .quit && desk.translator.isDismissed)
    }

    @Test func whoHasNoEngineThreadsYetLeavesAtOnce() throws {
        for message in [LocustMasterMessage.quit, .stop] {
            var desk = try Desk()
            _ = desk.event(.connected)
            _ = desk.worker(.hello(Desk.hello))
            _ = desk.master(.acknowledge(index: 0))
            let actions = desk.master(message)
            #expect(actions.told == [.quit(reason: nil)] && actions.sent.last == (message == .quit ? .quit : .stopped))
        }
    }

    @Test func aWorkerThatLeavesByItselfReportsFirst() throws {
        var desk = try Desk()
        desk.join()
        _ = desk.spawn(three)
        _ = desk.worker(.delta(desk.delta(1)))
        let actions = desk.worker(.quit)
        #expect(actions.reports.map(\.total.requests) == [5] && actions.sent.last == .quit)
        #expect(desk.pass(10).isEmpty && !desk.translator.isDismissed)
    }

    @Test func aMasterThatIsNotHeardIsGivenUp() throws {
        var desk = try Desk()
        desk.join()
        _ = desk.spawn(three)
        _ = desk.worker(.delta(desk.delta(1)))
        _ = desk.pass(4)
        _ = desk.worker(.delta(desk.delta(2)))
        desk.seconds += 50
        _ = desk.event(.lost)
        _ = desk.event(.tick(canSend: false))
        #expect(!desk.translator.isOrphaned)
        desk.seconds += 12
        let actions = desk.event(.tick(canSend: false))
        #expect(actions.told == [.quit(reason: nil)] && actions.said == ["5 requests could not be reported"] && desk.translator.isOrphaned)
    }

    // MARK: - Other connections, other masters

    @Test func aKnownWorkerSaysAHeartbeatOverANewConnection() throws {
        var desk = try Desk()
        desk.join()
        _ = desk.spawn(three)
        #expect(desk.master(.reconnect) == [.reconnect])
        _ = desk.event(.lost)
        desk.seconds += 0.2
        let actions = desk.event(.connected)
        #expect(actions.heartbeats.count == 1 && actions.readies == 0)
        _ = desk.master(.heartbeat)
        #expect(desk.pass(20).readies == 0)
    }

    /// Who does not answer a heartbeat over a new connection may be another master: it is asked once, then the connection is made anew.
    @Test func aMasterThatDoesNotKnowTheWorkerIsAsked() throws {
        var desk = try Desk()
        desk.join()
        _ = desk.spawn(three)
        _ = desk.worker(.delta(desk.delta(1)))
        let old = desk.run
        _ = desk.event(.lost)
        _ = desk.event(.connected)
        #expect(desk.pass(2.5, answers: false).readies == 0)
        #expect(desk.pass(0.5, answers: false).readies == 1)
        #expect(desk.pass(4.5, answers: false).readies == 0)
        #expect(desk.pass(1, answers: false).contains(.reconnect))
        _ = desk.event(.lost)
        _ = desk.event(.connected)
        #expect(desk.pass(3, answers: false).readies == 1)
        let actions = desk.master(.acknowledge(index: 0))
        #expect(
            actions.welcomes.map(\.run) == [old + 1] && actions.said.contains { $0.contains("started anew") && $0.contains("requests") })
        // The old run's users go first; then the worker asks for the new one.
        var hello = Desk.hello
        hello.run = RunStanding(run: old, planHash: [], acknowledged: 0, issued: 0, delivered: 0)
        #expect(desk.worker(.hello(hello)).welcomes.count == 1)
        desk.ready()
        #expect(desk.spawn(three, at: 0.1) != nil)
    }

    @Test func aSecondAcknowledgementChangesNothing() throws {
        var desk = try Desk()
        desk.join()
        _ = desk.spawn(three)
        let run = desk.run
        #expect(desk.master(.acknowledge(index: 5)).isEmpty && desk.run == run)
    }

    // MARK: - The script

    @Test func setupComesBeforeUsersAndTeardownBehindThem() throws {
        var desk = try Desk(hasSetup: true, hasTeardown: true)
        desk.join()
        #expect(desk.master(.spawn(LocustSpawn(timestamp: 1, users: three))).told == [.once(.setup)])
        let actions = desk.worker(.onceDone(OnceAnswer(step: .setup, value: [1, 2])))
        #expect(actions.told.first == .share([1, 2]) && actions.targets.count == 1)
        desk.beat.hasSharedValue = true
        #expect(desk.heartbeat(users: [2, 1], version: actions.targets[0].version).sent.count == 1)
        _ = desk.master(.stop)
        #expect(desk.worker(.stopped) == [.tell(.once(.teardown))])
        let end = desk.worker(.onceDone(OnceAnswer(step: .teardown)))
        #expect(end.sent.last == .stopped)
    }

    @Test func aSetupThatFailsStartsNobody() throws {
        var desk = try Desk(hasSetup: true)
        desk.join()
        _ = desk.master(.spawn(LocustSpawn(timestamp: 1, users: three)))
        let actions = desk.worker(.onceDone(OnceAnswer(step: .setup, failure: "a.lua:1: no")))
        #expect(actions.said.contains { $0.contains("a.lua:1: no") } && actions.targets.isEmpty)
        #expect(desk.heartbeat().targets.isEmpty)
        #expect(desk.master(.spawn(LocustSpawn(timestamp: 2, users: three))).targets.isEmpty)
    }

    @Test func aScriptThatEndsTheRunEndsItsUsers() throws {
        var desk = try Desk()
        desk.join()
        _ = desk.spawn(three)
        let wish = EndWish(reason: "enough", userClass: "Alpha", isBreach: false)
        let actions = desk.worker(.endWanted(wish))
        #expect(actions.told == [.stop(StopOrder(graceNanoseconds: 0))] && actions.said.contains { $0.contains("enough") })
        #expect(actions.sent.isEmpty)
        #expect(desk.worker(.endWanted(wish)).isEmpty)
        _ = desk.worker(.delta(desk.delta(1)))
        #expect(desk.worker(.stopped).reports.map(\.total.requests) == [5])
        #expect(desk.worker(.stopped).isEmpty)
        // It stays, without users, until the master ends the test.
        #expect(desk.master(.spawn(LocustSpawn(timestamp: 9, users: three))).isEmpty)
        #expect(desk.pass(4).heartbeats.map(\.activity).contains(.ready))
        #expect(desk.master(.stop).sent.last == .stopped)
    }

    /// A limit that is broken is an exception to the master.
    @Test func aBrokenLimitIsToldAsAnException() throws {
        var desk = try Desk()
        desk.join()
        _ = desk.spawn(three)
        let actions = desk.worker(.endWanted(EndWish(reason: "too much memory", userClass: "Beta", isBreach: true)))
        let words = "user class Beta wants the test to end: too much memory; users end here, but not on other workers"
        #expect(actions.sent == [.exception(message: words, traceback: words)] && actions.said == [words])
    }

    // MARK: - Rows

    @Test(arguments: [("1/1", 0..<10), ("1/3", 0..<4), ("2/3", 4..<7), ("3/3", 7..<10)])
    func partsCoverAllRowsOnce(text: String, rows: Range<Int>) throws {
        #expect(try #require(LocustDataPart(text)).rows(of: 10) == rows)
    }

    @Test(arguments: ["", "1", "0/2", "3/2", "1/0", "a/b", "1/2/3", "-1/2", "1/99999"]) func otherTextsAreNoParts(text: String) {
        #expect(LocustDataPart(text) == nil)
    }

    @Test func rowsStayInTheirPart() throws {
        var part = LocustDataPart()
        (part.number, part.count) = (2, 2)
        let sources = [DataSource(file: "a", rows: 9), DataSource(file: "b", atEnd: .cyclic, rows: 9), DataSource(file: "c", rows: 1)]
        var rows = LocustRows(sources: sources, part: part)
        #expect(rows.grant(RowRequest(source: 0, number: 1, count: 3)) == RowBlock(source: 0, number: 1, rows: 5..<8, isExhausted: false))
        #expect(rows.grant(RowRequest(source: 0, number: 2, count: 3)) == RowBlock(source: 0, number: 2, rows: 8..<9, isExhausted: true))
        #expect(rows.grant(RowRequest(source: 0, number: 3, count: 3))?.rows.count == 0)
        var drawn: [Int] = []
        for number in 1...4 { drawn += rows.grant(RowRequest(source: 1, number: number, count: 3)).map { Array($0.rows) } ?? [] }
        #expect(drawn == [5, 6, 7, 8, 5, 6, 7, 8])
        #expect(rows.grant(RowRequest(source: 2, number: 1, count: 1)) == RowBlock(source: 2, number: 1, rows: 1..<1, isExhausted: true))
        #expect(rows.grant(RowRequest(source: 3, number: 1, count: 1)) == nil)
    }
}
