import Cluster
import LoadModel
import Statistics
import Testing
import Wire

@testable import LocustLink

/// A translator between a worker and a Locust master that are both played by the test; time is told by hand.
struct LocustWorkerDesk {
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
    var sent: [LocustWorkerMessage] { compactMap { if case .send(let message) = $0 { message } else { nil } } }
    var told: [MasterMessage] { compactMap { if case .tell(let message) = $0 { message } else { nil } } }
    var said: [String] { compactMap { if case .say(let notice) = $0 { notice.text } else { nil } } }
    var targets: [UserTargets] { told.compactMap { if case .targets(let targets) = $0 { targets } else { nil } } }
    var readies: Int { sent.count { if case .ready = $0 { true } else { false } } }
    var heartbeats: [LocustHeartbeat] { sent.compactMap { if case .heartbeat(let beat) = $0 { beat } else { nil } } }
    var reports: [LocustReport] { sent.compactMap { if case .report(let report) = $0 { report } else { nil } } }
    var welcomes: [Welcome] { told.compactMap { if case .welcome(let welcome) = $0 { welcome } else { nil } } }
}
