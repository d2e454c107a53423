import LoadEngine
import LoadModel
import Scripting
import Statistics
import Wire

@testable import Cluster

/// A master, its workers, their engine threads and the network between them, in virtual time and all from one seed.
///
/// Nothing here knows what is right: `SimulationCheck` looks after each event.
final class ClusterSimulation {
    enum Event {
        case toMaster(connection: Int, Peer, WorkerMessage)
        case toWorker(id: Int, connection: Int, MasterMessage)
        case wakeMaster(token: Int)
        case thawMaster
        case startMaster(keepsLog: Bool)
        case wakeWorker(id: Int, token: Int)
        case thawWorker(id: Int)
        case startWorker(name: Int)
        case connect(id: Int)
        case enginesStarted(id: Int, generation: Int)
        case report(id: Int, generation: Int, EngineReport)
        case engine(id: Int, generation: Int, EngineEvent)
        case wish
        case lookForStop(id: Int, generation: Int)
        case fault(Int)
    }

    struct Options {
        var users = 12
        var rate = 6.0
        var weights: [Double] = [1]
        var workers = 3
        var threads = 2
        var runTime: Int64 = 45_000_000_000
        var grace: Int64 = 0
        /// The first class has so many users; nil: by weight.
        var fixedCount: Int?
        var hasSetup = false
        var hasTeardown = false
        /// Rows of a data file of which each user draws one; nil: there is none.
        var rows: Int?
        var atEnd = DataSource.Exhaustion.stopUser
        var behaviour = SimulatedThread.Behaviour()
        /// Starts a second of the open model; nil: the closed one.
        var arrivalRate: Double?
        /// When a script calls `stop_run`, or breaks its limit of memory.
        var wishAt: Int64?
        var wishIsBreach = false
        var faults: [SimulatedFault] = []
        /// When the last fault is over.
        var healedAt: Int64 = 20_000_000_000
    }

    static let second: Int64 = 1_000_000_000

    let seed: UInt64
    let options: Options
    let plan: RunPlan
    private(set) var now: Int64 = ClusterSimulation.second
    private(set) var master: MasterState?
    private(set) var run: UInt64 = 0
    /// How many masters there have been; when the last one began.
    private(set) var masters = 0
    private(set) var masterStartedAt: Int64 = 0
    private(set) var masterKeptLog = false
    /// The master as it was when the run was over.
    private(set) var finished: (state: MasterState, at: Int64)?
    private(set) var workers: [SimulatedWorker] = []
    private(set) var masterFrozenUntil: Int64 = 0
    private(set) var events = 0

    private let planBytes: [UInt8]
    private let planHash: [UInt8]
    private var random: SplitMix64
    private var queue = EventQueue<Event>()
    private var log = SimulatedLog(run: 0)
    private var masterToken = 0
    private var heldByMaster: [MasterEvent] = []
    private var connections = 0
    /// The worker behind a connection, and the connection over which a worker last said hello.
    private var routes: [Peer: Int] = [:]
    private var lastArrival: [Int: Int64] = [:]
    private var active: [Int: SimulatedFault] = [:]

    init(seed: UInt64, options: Options) throws {
        var options = options
        let arrivals = options.arrivalRate.map {
            Load.Arrivals(schedule: ArrivalSchedule(rate: LoadProfile(constant: $0)), mostUsers: options.users)
        }
        options.behaviour.arrivals = arrivals
        self.seed = seed
        self.options = options
        random = SplitMix64(seed: seed)
        var plan = try SamplePlan.make(
            users: options.users, rate: options.rate, weights: options.weights, runTime: options.runTime, grace: options.grace)
        plan.scenario.userClasses[0].fixedCount = options.fixedCount
        if let arrivals { plan.load = .arrivals(arrivals) }
        plan.scenario.hasSetup = options.hasSetup
        plan.scenario.hasTeardown = options.hasTeardown
        if let rows = options.rows { plan.scenario.dataSources = [DataSource(file: "a.csv", atEnd: options.atEnd, rows: rows)] }
        self.plan = plan
        planBytes = [1, 2, 3]
        planHash = SamplePlan.hash(planBytes)
        startMaster(keepsLog: false)
        for name in 0..<options.workers { queue.put(.startWorker(name: name), at: now + delay(in: 0...2_000_000_000)) }
        if let wishAt = options.wishAt { queue.put(.wish, at: wishAt) }
        for (index, fault) in options.faults.enumerated() { queue.put(.fault(index), at: fault.at) }
    }

    /// Takes the next step. False: nothing is left to happen.
    func step() -> Bool {
        guard let (time, event) = queue.pop() else { return false }
        now = max(now, time)
        events += 1
        for worker in workers where worker.isThere && worker.frozenUntil <= now {
            worker.engine?.advance(to: now)
            passOn(worker)
        }
        handle(event)
        return true
    }

    /// What engine threads have told unasked goes into their worker's mailbox.
    private func passOn(_ worker: SimulatedWorker) {
        for output in worker.engine?.takeOutput() ?? [] {
            switch output {
            case .report(let report): send(report, of: worker)
            case .event(let event):
                worker.lastReport = max(worker.lastReport, now + delay(in: 0...10_000_000))
                queue.put(.engine(id: worker.id, generation: worker.engineGeneration, event), at: worker.lastReport)
            }
        }
    }

    /// True when the run is over and no worker is left.
    var isOver: Bool { finished != nil && workers.allSatisfy { !$0.isThere } }

    /// Users of the current run that can do something now.
    var activeUsers: Int {
        workers.reduce(0) { sum, worker in
            guard worker.isThere, worker.frozenUntil <= now, let engine = worker.engine, engine.run == run else { return sum }
            return sum + engine.activeUsers
        }
    }

    func isMasterFrozen() -> Bool { masterFrozenUntil > now }

    // MARK: - Events

    private func handle(_ event: Event) {
        switch event {
        case .toMaster(let connection, let peer, let message): arrive(message, from: peer, over: connection)
        case .toWorker(let id, let connection, let message):
            if workers[id].connection == connection { tell(workers[id], .message(message)) }
        case .wakeMaster(let token): if token == masterToken { tellMaster(.tick) }
        case .thawMaster:
            guard masterFrozenUntil <= now else { break }
            let held = heldByMaster
            heldByMaster = []
            for event in held { tellMaster(event) }
            tellMaster(.tick)
        case .startMaster(let keepsLog): if master == nil, finished == nil { startMaster(keepsLog: keepsLog) }
        case .wakeWorker(let id, let token): if token == workers[id].wakeToken { tick(workers[id]) }
        case .thawWorker(let id): thaw(workers[id])
        case .startWorker(let name): startWorker(name)
        case .connect(let id): connect(workers[id])
        case .enginesStarted(let id, let generation):
            guard workers[id].engineGeneration == generation, workers[id].engine != nil else { break }
            var crew = EngineCrew(
                threads: options.threads, classes: plan.scenario.userClasses.map(\.name), graceNanoseconds: options.grace,
                connections: 1000,
                capacity: 1000, limit: "nothing")
            crew.dataSources = plan.scenario.dataSources.count
            crew.needsSharedValue = options.hasSetup
            crew.hasTeardown = options.hasTeardown
            crew.isOpen = options.arrivalRate != nil
            tell(workers[id], .enginesStarted(crew))
        case .report(let id, let generation, let report):
            if workers[id].engineGeneration == generation { tell(workers[id], .report(report)) }
        case .engine(let id, let generation, let event):
            if workers[id].engineGeneration == generation { tell(workers[id], .engine(event)) }
        case .wish:
            let busy = workers.filter { $0.isThere && $0.engine?.activeUsers ?? 0 > 0 }
            guard let worker = busy.randomElement(using: &random) else { break }
            let event =
                options.wishIsBreach
                ? EngineEvent.breached(thread: 0, userClass: 0, reason: "not enough memory")
                : EngineEvent.stopWanted(thread: 0, userClass: 0, reason: "done")
            tell(worker, .engine(event))
        case .lookForStop(let id, let generation): lookForStop(workers[id], generation: generation)
        case .fault(let index): begin(options.faults[index], number: index)
        }
    }

    private func begin(_ fault: SimulatedFault, number: Int) {
        switch fault.kind {
        case .cut, .disturbed: active[number] = fault
        case .freezeWorker(let name):
            guard let worker = current(name), worker.frozenUntil <= now else { break }
            worker.frozenUntil = fault.end
            queue.put(.thawWorker(id: worker.id), at: fault.end)
        case .stallEngine(let name): current(name)?.engine?.stall(until: now + fault.duration / 4)
        case .killWorker(let name, let restarts):
            guard let worker = current(name) else { break }
            worker.isKilled = true
            worker.endedAt = now
            if restarts { queue.put(.startWorker(name: name), at: fault.end) }
        case .terminateWorker(let name): current(name).map { tell($0, .terminated) }
        case .join:
            let names = Set(workers.map(\.peer.name)).count
            queue.put(.startWorker(name: max(names, options.workers)), at: now)
        case .freezeMaster:
            masterFrozenUntil = fault.end
            queue.put(.thawMaster, at: fault.end)
        case .killMaster(let keepsLog):
            guard master != nil else { break }
            master = nil
            masterToken += 1
            heldByMaster = []
            masterFrozenUntil = 0
            routes = [:]
            queue.put(.startMaster(keepsLog: keepsLog), at: fault.end)
        case .rescale(let users, let rate):
            guard masterFrozenUntil <= now, master != nil else { break }
            tellMaster(.rescale(users: users, ratePerSecond: rate))
            log.course = master?.course
        }
    }

    private func current(_ name: Int) -> SimulatedWorker? { workers.last { $0.peer.name == Self.name(name) && $0.isThere } }

    private static func name(_ number: Int) -> String { "host\(number % 2)_\(number)" }

    // MARK: - The master

    private func startMaster(keepsLog: Bool) {
        masters += 1
        masterStartedAt = now
        let resumption = keepsLog ? log.resumption(plan: plan) : nil
        masterKeptLog = resumption != nil
        run = resumption == nil ? UInt64(masters) : log.run
        if resumption == nil { log = SimulatedLog(run: run) }
        var settings = MasterSettings(run: run, version: "0.1.0", planBytes: planBytes, planHash: planHash)
        settings.leaseNanoseconds = MasterSettings.lease
        settings.versionBase = now / 1000
        settings.expectedWorkers = resumption == nil ? options.workers : 1
        if masters > 1 { settings.expectedWorkers = 1 }
        settings.longestWaitNanoseconds = 20 * Self.second
        master = MasterState(plan: plan, settings: settings, resuming: resumption, now: now)
        scheduleMaster()
        for worker in workers where worker.isThere {
            worker.connection = 0
            queue.put(.connect(id: worker.id), at: now + delay(in: 10_000_000...500_000_000))
        }
    }

    private func arrive(_ message: WorkerMessage, from peer: Peer, over connection: Int) {
        guard master != nil else { return }
        // As the link does: who has not said hello over this connection is asked to.
        if case .hello = message { routes[peer] = connection }
        guard routes[peer] == connection else {
            if case .heartbeat = message, masterFrozenUntil <= now, let worker = worker(of: peer) {
                transmit(to: worker, over: connection, .heartbeat(HeartbeatReply(sequence: 0, run: 0)))
            }
            return
        }
        tellMaster(.message(peer, message))
    }

    private func tellMaster(_ event: MasterEvent) {
        if masterFrozenUntil > now {
            if case .tick = event { return }
            heldByMaster.append(event)
            return
        }
        guard var state = master else { return }
        if case .message(let peer, .delta(let delta)) = event, state.isNew(delta, from: peer) {
            log.lastWrite = now
            log.deltas.append((peer, state.account(of: peer) ?? peer.name, state.second(of: delta, now: now), delta))
        }
        master = nil
        let actions = state.event(event, now: now)
        master = state
        log.once = state.onceRecord
        log.horizon = state.startHorizon
        var isOver = false
        for action in actions {
            switch action {
            case .send(let message, let peer):
                if case .rows(let block) = message { log.rows.append((peer, block)) }
                if case .targets = message, let standing = state.standing(of: peer, now: now) { log.note(standing, at: now) }
                if let connection = routes[peer], let worker = worker(of: peer) { transmit(to: worker, over: connection, message) }
            case .progress:
                for standing in state.standings(now: now) { log.note(standing, at: now) }
            case .say: break
            case .finish: isOver = true
            }
        }
        if case .message(let peer, .quit) = event, let standing = state.standing(of: peer, now: now) { log.note(standing, at: now) }
        if log.startedAt == nil { log.startedAt = state.startedAt }
        if isOver {
            finished = (state, now)
            master = nil
            masterToken += 1
        } else {
            scheduleMaster()
        }
    }

    private func scheduleMaster() {
        masterToken += 1
        if let deadline = master?.nextDeadline { queue.put(.wakeMaster(token: masterToken), at: max(now, deadline)) }
    }

    // MARK: - Workers

    private func startWorker(_ name: Int) {
        guard finished == nil, current(name) == nil else { return }
        let session = UInt64(workers.count + 1)
        let hello = WorkerHello(
            version: "0.1.0", protocolVersion: Protocol.version, session: session, host: "host", processIdentifier: 1, cores: 2,
            descriptors: 1000, memoryBytes: 1 << 30)
        let worker = SimulatedWorker(
            id: workers.count, peer: Peer(name: Self.name(name), session: session), state: WorkerState(identity: hello, now: now))
        workers.append(worker)
        queue.put(.connect(id: worker.id), at: now)
        tick(worker)
    }

    private func connect(_ worker: SimulatedWorker) {
        guard worker.isThere, worker.connection == 0, finished == nil else { return }
        guard master != nil, !isCut(worker, up: true), !isCut(worker, up: false), worker.frozenUntil <= now else {
            queue.put(.connect(id: worker.id), at: now + 200_000_000)
            return
        }
        connections += 1
        worker.connection = connections
        tell(worker, .connected)
    }

    private func worker(of peer: Peer) -> SimulatedWorker? { workers.last { $0.peer == peer } }

    private func thaw(_ worker: SimulatedWorker) {
        guard worker.isThere, worker.frozenUntil <= now else { return }
        worker.engine?.stall(until: now)
        worker.engine?.advance(to: now)
        let held = worker.held
        worker.held = []
        for event in held { tell(worker, event) }
        tick(worker)
    }

    private func tick(_ worker: SimulatedWorker) { tell(worker, .tick(worker.readings)) }

    private func tell(_ worker: SimulatedWorker, _ event: WorkerEvent) {
        guard worker.isThere else { return }
        if worker.frozenUntil > now {
            if case .tick = event { return }
            worker.held.append(event)
            return
        }
        for action in worker.state.event(event, now: now) { carryOut(action, worker) }
        worker.wakeToken += 1
        if worker.isThere { queue.put(.wakeWorker(id: worker.id, token: worker.wakeToken), at: max(now, worker.state.nextDeadline)) }
    }

    private func carryOut(_ action: WorkerAction, _ worker: SimulatedWorker) {
        switch action {
        case .send(let message):
            if case .delta(let delta) = message { note(delta, of: worker) }
            transmit(message, from: worker)
        case .reconnect:
            worker.connection = 0
            queue.put(.connect(id: worker.id), at: now + delay(in: 5_000_000...100_000_000))
        case .startEngines:
            worker.endEngines()
            worker.engine = SimulatedEngine(
                run: worker.state.welcome?.run ?? 0, classes: plan.scenario.userClasses.count, threads: options.threads,
                name: "\(worker.peer.session)", leaseExpiry: worker.leaseExpiry, seed: random.next(), behaviour: options.behaviour)
            worker.hasData = options.rows != nil
            queue.put(
                .enginesStarted(id: worker.id, generation: worker.engineGeneration), at: now + delay(in: 5_000_000...400_000_000))
        case .order(let thread, let command):
            let report = worker.engine?.obey(command, thread: thread, now: now)
            passOn(worker)
            if let report { send(report, of: worker) }
            switch command {
            case .stop, .cutOff: queue.put(.lookForStop(id: worker.id, generation: worker.engineGeneration), at: now)
            default: break
            }
        case .lease(let expiry, let isNew):
            worker.leaseExpiry = expiry
            // A lease that has ended is not renewed: the engine threads may have found that out already.
            if let engine = worker.engine, !isNew, now >= engine.leaseExpiry {
                return tell(worker, .leaseEnded)
            }
            worker.engine?.leaseExpiry = expiry
        case .endEngines: worker.endEngines()
        case .say: break
        case .end(let end):
            worker.endEngines()
            worker.end = end
            worker.endedAt = now
            // Something starts it anew, as a cluster does.
            if case .refused(let reason) = end, reason.contains("already"), let name = Int(worker.peer.name.split(separator: "_")[1]) {
                queue.put(.startWorker(name: name), at: now + Self.second)
            }
        }
    }

    private func send(_ report: EngineReport, of worker: SimulatedWorker) {
        // By mailbox, so in order.
        worker.lastReport = max(worker.lastReport, now + delay(in: 0...10_000_000))
        queue.put(.report(id: worker.id, generation: worker.engineGeneration, report), at: worker.lastReport)
    }

    private func lookForStop(_ worker: SimulatedWorker, generation: Int) {
        guard worker.isThere, worker.engineGeneration == generation, worker.engine != nil else { return }
        if worker.frozenUntil <= now {
            for thread in 0..<options.threads { if let report = worker.engine?.takeStopReport(of: thread) { send(report, of: worker) } }
        }
        queue.put(.lookForStop(id: worker.id, generation: generation), at: now + 50_000_000)
    }

    private func note(_ delta: WorkerDelta, of worker: SimulatedWorker) {
        let known = worker.contents[delta.run]?.count ?? 0
        if delta.number == known + 1 { worker.contents[delta.run, default: []].append(delta) }
    }

    // MARK: - The network

    private func transmit(_ message: WorkerMessage, from worker: SimulatedWorker) {
        guard worker.connection != 0, !isCut(worker, up: true) else { return }
        let (peer, connection) = (worker.peer, worker.connection)
        for arrival in arrivals(over: 2 * connection) { queue.put(.toMaster(connection: connection, peer, message), at: arrival) }
    }

    private func transmit(to worker: SimulatedWorker, over connection: Int, _ message: MasterMessage) {
        guard !isCut(worker, up: false) else { return }
        for arrival in arrivals(over: 2 * connection + 1) {
            queue.put(.toWorker(id: worker.id, connection: connection, message), at: arrival)
        }
    }

    /// When a message arrives; not at all, or twice, where the network is disturbed.
    private func arrivals(over way: Int) -> [Int64] {
        let isDisturbed = active.values.contains { fault in
            if case .disturbed = fault.kind { return now < fault.end }
            return false
        }
        if !isDisturbed {
            let arrival = max(now + delay(in: 200_000...15_000_000), lastArrival[way] ?? 0)
            lastArrival[way] = arrival
            return [arrival]
        }
        let copies = [0, 0, 1, 1, 1, 1, 1, 1, 2, 2][Int.random(in: 0..<10, using: &random)]
        return (0..<copies).map { _ in
            now + (Int.random(in: 0..<8, using: &random) == 0 ? delay(in: 0...3_000_000_000) : delay(in: 0...200_000_000))
        }
    }

    private func isCut(_ worker: SimulatedWorker, up: Bool) -> Bool {
        active.values.contains { fault in
            guard now < fault.end, case .cut(let name, let cutsUp, let cutsDown) = fault.kind else { return false }
            return Self.name(name) == worker.peer.name && (up ? cutsUp : cutsDown)
        }
    }

    private func delay(in range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &random) }
}
