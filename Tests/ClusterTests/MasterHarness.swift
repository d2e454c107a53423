import LoadModel
import Statistics
import Wire

@testable import Cluster

/// A master with everything that it said, and workers that are made of words only, in virtual time.
struct MasterHarness {
    static let second: Int64 = 1_000_000_000

    var state: MasterState
    var now: Int64 = second
    /// What the last call sent.
    private(set) var sent: [(message: MasterMessage, name: String)] = []
    private(set) var notices: [Notice] = []
    private(set) var isFinished = false
    private(set) var peers: [Peer] = []
    private var sequences: [String: Int64] = [:]
    private let settings: MasterSettings

    init(plan: RunPlan, settings: MasterSettings, resuming: Resumption? = nil) {
        self.settings = settings
        state = MasterState(plan: plan, settings: settings, resuming: resuming, now: now)
    }

    /// With settings as for a cluster.
    init(
        users: Int = 10, rate: Double = 10, weights: [Double] = [1], runTime: Int64? = nil, grace: Int64 = 0, workers: Int = 1,
        longestWait: Int64? = nil, lease: Int64? = MasterSettings.lease, connectionCap: Int? = nil, connectRate: Double? = nil,
        resuming: Resumption? = nil,
        load: Load? = nil, iterations: Int? = nil, requests: Int? = nil,
        changing change: (inout Scenario) -> Void = { _ in }
    ) throws {
        var settings = MasterSettings(run: 5, version: "0.1.0", planBytes: [1], planHash: SamplePlan.hash([1]))
        settings.expectedWorkers = workers
        settings.plannedWorkers = workers
        settings.longestWaitNanoseconds = longestWait
        settings.leaseNanoseconds = lease
        settings.versionBase = 100
        var plan = try SamplePlan.make(users: users, rate: rate, weights: weights, runTime: runTime, grace: grace)
        plan.connectionCap = connectionCap
        plan.connectRate = connectRate
        if let load { plan.load = load }
        plan.iterationLimit = iterations
        plan.requestLimit = requests
        change(&plan.scenario)
        self.init(plan: plan, settings: settings, resuming: resuming)
    }

    mutating func event(_ event: MasterEvent) {
        sent = []
        notices = []
        for action in state.event(event, now: now) {
            switch action {
            case .send(let message, let peer): sent.append((message, peer.name))
            case .say(let notice): notices.append(notice)
            case .finish: isFinished = true
            case .progress: break
            }
        }
    }

    /// `session`: the process of that name; nil: the last one that was welcome.
    mutating func tell(_ name: String, session: UInt64? = nil, _ message: WorkerMessage) {
        let session = session ?? state.positions[name].map { state.entries[$0].hello.session }
        guard let peer = peers.last(where: { $0.name == name && $0.session == session ?? $0.session }) else { return }
        event(.message(peer, message))
    }

    mutating func hello(
        _ name: String, session: UInt64 = 1, version: String = "0.1.0", protocolVersion: Int = Protocol.version, run: RunStanding? = nil,
        index: Int? = nil
    ) {
        let peer = Peer(name: name, session: session)
        if !peers.contains(peer) { peers.append(peer) }
        var hello = WorkerHello(
            version: version, protocolVersion: protocolVersion, session: session, host: name, processIdentifier: 1, cores: 1,
            descriptors: 1,
            memoryBytes: 1, run: run)
        hello.machine.index = index
        event(.message(peer, .hello(hello)))
    }

    mutating func ready(_ name: String, capacity: Int = 1000, threads: Int = 1) {
        tell(name, .ready(WorkerReady(planHash: settings.planHash, capacity: capacity, limit: "\(capacity) descriptors", threads: threads)))
    }

    mutating func join(_ name: String, capacity: Int = 1000, session: UInt64 = 1, threads: Int = 1, place: Int? = nil) {
        hello(name, session: session, index: place)
        ready(name, capacity: capacity, threads: threads)
    }

    /// A heartbeat; unless said otherwise of a worker that has just what it was told.
    mutating func heartbeat(
        _ name: String, session: UInt64? = nil,
        users: [Int]? = nil, version: Int64? = nil, epoch: Int = 0, activity: WorkerActivity = .running, issued: Int64 = 0,
        ended: [Int]? = nil, drawn: [Int] = [], hasSharedValue: Bool = false, arrivals: Int64 = 0, pending: Int = 1
    ) {
        sequences[name, default: 0] += 1
        let allowance = entry(name).allowance
        tell(
            name, session: session,
            .heartbeat(
                Heartbeat(
                    sequence: sequences[name] ?? 0, run: settings.run, activity: activity, issued: issued,
                    users: users ?? zip(allowance.counts, ended ?? allowance.ended).map { max(0, $0 - $1) },
                    endedUsers: ended ?? allowance.ended, drawnRows: drawn, hasSharedValue: hasSharedValue,
                    targetsVersion: version ?? allowance.version, epoch: epoch, arrivalsVersion: arrivals, pendingStarts: pending)))
    }

    mutating func confirm(_ name: String) { heartbeat(name) }

    /// A heartbeat of a worker that has all the starts that it was told to have.
    mutating func confirmStarts(_ name: String, pending: Int = 1) {
        heartbeat(name, arrivals: state.lastArrivalsVersion, pending: pending)
    }

    /// Lets time pass with whatever the master wants to do meanwhile; all that is sent is kept.
    mutating func advance(by nanoseconds: Int64) {
        let end = now + nanoseconds
        var all: (sent: [(MasterMessage, String)], notices: [Notice]) = ([], [])
        while let deadline = state.nextDeadline, deadline <= end {
            now = max(now, deadline)
            event(.tick)
            all.sent += sent
            all.notices += notices
        }
        now = end
        sent = all.sent.map { (message: $0.0, name: $0.1) }
        notices = all.notices
    }

    /// As `advance`, with a heartbeat of each of these workers every quarter of a second.
    mutating func advance(by nanoseconds: Int64, hearing names: [String]) {
        var all: (sent: [(MasterMessage, String)], notices: [Notice]) = ([], [])
        for _ in 0..<(nanoseconds / 250_000_000) {
            advance(by: 250_000_000)
            all.sent += sent
            all.notices += notices
            for name in names {
                confirm(name)
                all.sent += sent
                all.notices += notices
            }
        }
        sent = all.sent.map { (message: $0.0, name: $0.1) }
        notices = all.notices
    }

    func entry(_ name: String) -> RosterEntry { state.entries[state.positions[name] ?? 0] }

    /// Users that each of these workers was last told to have.
    func told(_ names: String...) -> [Int] { names.map { entry($0).allowance.counts.reduce(0, +) } }

    /// The orders last sent.
    var targets: [(targets: UserTargets, name: String)] { sent.compactMap { one in one.message.targets.map { ($0, one.name) } } }

    func hasSent(_ message: MasterMessage, to name: String) -> Bool { sent.contains { $0.message == message && $0.name == name } }
}

extension MasterMessage {
    /// The order, if it is one.
    var targets: UserTargets? { if case .targets(let targets) = self { targets } else { nil } }
}

extension MasterHarness {
    /// A delta of one name.
    static func delta(_ number: Int, requests: Int64, interrupted: Int64 = 0, run: UInt64 = 5, lag: Int64 = 3) -> WorkerMessage {
        var snapshot = IntervalSnapshot()
        snapshot.issued = requests + interrupted
        var figures = RequestInterval(key: RequestKey(method: .get, name: "a"))
        figures.requests = requests
        figures.interrupted = interrupted
        snapshot.requests = [figures]
        return .delta(WorkerDelta(number: number, run: run, snapshot: snapshot, users: 1, openConnections: 1, lagNanoseconds: lag))
    }
}
