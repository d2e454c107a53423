import LoadEngine
import LoadModel
import Statistics
import Wire

/// A worker's decisions, without clock, thread or socket: it finds its master, takes the plan, has as many users as it is told on its engine
/// threads, delivers what they measure, and stops its load when the master is silent.
///
/// Its parts: the link (`WorkerState+Link`), users and figures (`WorkerState+Run`, `WorkerState+Ended`, `WorkerState+Arrivals`), what the script wants beside
/// (`WorkerState+Script`).
package struct WorkerState {
    /// Time between two deltas.
    package static let intervalNanoseconds: Int64 = 1_000_000_000
    /// Time between two heartbeats.
    package static let heartbeatNanoseconds: Int64 = 250_000_000
    /// A hello that was not answered is repeated after this.
    static let helloNanoseconds: Int64 = 500_000_000
    /// A master that was silent for this long is looked for over a new connection.
    static let reconnectNanoseconds: Int64 = 3_000_000_000
    /// A worker without a master for this long gives up.
    package static let giveUpNanoseconds: Int64 = 60_000_000_000
    /// A worker that was told to end has so long to deliver its figures.
    package static let departureNanoseconds: Int64 = 10_000_000_000
    /// The script's `teardown` has so long.
    package static let teardownNanoseconds: Int64 = 60_000_000_000
    /// Before it turns to another master's run a worker waits so long for its engine threads to drop their users.
    static let turnNanoseconds: Int64 = 10_000_000_000
    /// A pause of the worker's own process that is longer is not counted as the master's silence.
    static let longestTurnNanoseconds: Int64 = 1_000_000_000

    /// What the worker is doing.
    enum Phase: Equatable {
        /// Says hello until a master answers.
        case seeking
        /// The plan is coming in.
        case fetching
        /// The engine threads are being started.
        case starting
        /// Has users, or waits for some.
        case running
        /// Its users are coming to their end.
        case stopping
        /// Has no users any more and figures to deliver.
        case delivering
        /// Has delivered all and waits to be dismissed.
        case stopped
        case over
    }

    /// Why the load ends.
    enum Departure: Equatable {
        case ordered
        case terminated
        case failed(String)
    }

    let identity: WorkerHello
    let settings: WorkerSettings
    var phase = Phase.seeking
    var welcome: Welcome?
    /// What the master has said that it waits for before it lets this worker in; said once.
    var waitWords: String?
    var intake: PlanIntake?
    var outbox = Outbox(run: 0)
    var lease = Lease(length: nil, start: 0)
    var clock = ClockOffset()
    var departure = Departure.ordered

    // The link
    var lastWord: Int64
    var lastEvent: Int64
    var nextHello: Int64
    var helloSentAt: Int64
    var nextReconnect: Int64
    var nextHeartbeat: Int64 = .max
    var sequence: Int64 = 0
    var departureDeadline: Int64 = .max
    var terminations = 0
    /// Set while users are being dropped so that the worker can turn to another master's run: until when that may take.
    var turnDeadline: Int64 = .max

    // The run
    var crew: EngineCrew?
    var shares = ThreadShares(threads: 0, classes: 0)
    var targetsVersion: Int64 = 0
    /// Users of each class by the order in force, those included that have ended here by themselves since the lease last lapsed.
    var wantedUsers: [Int] = []
    /// Users that have ended by themselves, by thread and class, as engine threads have reported.
    var endedInReports: [[Int]] = []
    /// The order before one that lets users leave, until all that were to come or leave by then have been told: until then there may be more
    /// users than heartbeats say. It is the order that they show.
    var fadingTargets: (version: Int64, until: Int64)?
    /// Which order of starts was carried out last; 0: none since the lease lapsed.
    var arrivalsVersion: Int64 = 0
    /// When the run began, on this machine's monotonic clock, as far as orders of starts have told.
    var runStart: Int64?
    /// When the last user of all orders is due.
    var lastUserDue: Int64 = .min
    var epoch = 0
    var connectionCap: Int?
    /// Connections that it may open per second by the last order.
    var connectRate: Double?
    /// Threads that have not yet confirmed that they dropped their users after the lease had lapsed, each with the number of reports that are
    /// to come from it until it has.
    var releasing: [Int: Int] = [:]
    var nextReport: Int64 = .max
    var awaited: Set<Int> = []
    var stoppedThreads: Set<Int> = []
    var snapshot = IntervalSnapshot()
    var users: [Int] = []
    var openConnections: [Int] = []
    var lag = LoopLag()
    var readings = WorkerReadings()
    /// Requests issued, as engine threads have reported.
    var issuedInReports: Int64 = 0

    // The script
    /// What `setup` returned; nil: it has not come.
    var sharedValue: [UInt8]?
    var once: [OnceStep: OnceProgress] = [:]
    var rows = RowIntake(sources: 0, threads: 0)
    /// That the run is to end; said again until it does.
    var wish: EndWish?

    /// `identity`: what every hello says; its `run` is filled in.
    package init(identity: WorkerHello, settings: WorkerSettings = WorkerSettings(), now: Int64) {
        self.identity = identity
        self.settings = settings
        lastWord = now
        lastEvent = now
        nextHello = now
        helloSentAt = now
        nextReconnect = now + Self.reconnectNanoseconds
    }

    /// When `tick` wants to be called.
    package var nextDeadline: Int64 {
        if phase == .over { return .max }
        var next = min(nextHello, nextHeartbeat, nextReconnect, departureDeadline, turnDeadline, lastWord + settings.giveUpNanoseconds)
        if phase == .running || phase == .stopping { next = min(next, nextReport) }
        if phase == .running, targetsVersion > 0 { next = min(next, lease.expiry) }
        if let intake { next = min(next, intake.askedAt + PlanIntake.retryNanoseconds) }
        if let retry = outbox.nextRetry { next = min(next, retry) }
        if phase == .running || phase == .stopping || isRunningOnce, let retry = rows.nextRetry { next = min(next, retry) }
        if let progress = once[.teardown], progress.answer == nil { next = min(next, progress.deadline) }
        return next
    }

    /// In a longer pause of this process the lease ends.
    package var longestPause: Int64 { lease.length ?? .max }

    /// True while users are to be here.
    package var hasLoad: Bool { phase == .running && targetsVersion > 0 }

    /// True when every engine thread has said that its users have ended, or none was started.
    package var areThreadsIdle: Bool { crew == nil || stoppedThreads.count == crew?.threads && !isRunningOnce }

    /// Takes an event at the time `now`, in nanoseconds of the monotonic clock.
    package mutating func event(_ event: WorkerEvent, now: Int64) -> [WorkerAction] {
        guard phase != .over else { return [] }
        excuseOwnPause(now: now)
        // Before any word of the master is heard: a lease that has lapsed is not renewed.
        var actions = lapseIfDue(now: now)
        switch event {
        case .message(let message): actions += take(message, now: now)
        case .connected: actions += connected(now: now)
        case .enginesStarted(let crew): actions += begin(crew, now: now)
        case .enginesFailed(let reason): actions += [.send(.failed(reason))] + over(.failed(reason))
        case .report(let report): actions += take(report, now: now)
        case .engine(let event): actions += take(event, now: now)
        case .log(let lines): if welcome != nil { actions.append(.send(.logs(lines))) }
        case .warning(let text):
            actions.append(.say(Notice(text, isWarning: true)))
            if welcome != nil { actions.append(.send(.warning(text))) }
        case .leaseEnded: actions += lapse()
        case .terminated: actions += terminate(now: now)
        case .tick(let readings):
            let before = self.readings
            self.readings = readings
            // Gauges go with their threads; what was issued stays issued.
            self.readings.issued = max(readings.issued, before.issued)
            if readings.endedUsers.isEmpty { self.readings.endedUsers = before.endedUsers }
            if readings.drawnRows.isEmpty { self.readings.drawnRows = before.drawnRows }
            if readings.health == nil { self.readings.health = before.health }
            actions += noteEndedUsers(now: now) + tick(now: now)
        }
        return actions
    }

    /// A worker whose process was stopped for a while has not heard its master; that was not the master's silence. Its lease is another matter.
    private mutating func excuseOwnPause(now: Int64) {
        let pause = now - lastEvent
        lastEvent = now
        if pause > Self.longestTurnNanoseconds { lastWord += pause }
    }

    private mutating func tick(now: Int64) -> [WorkerAction] {
        if now >= departureDeadline {
            let missing = outbox.isEmpty ? "" : "; its last figures could not be delivered"
            let notice = Notice("leaving after \(Self.departureNanoseconds / 1_000_000_000) s\(missing)", isWarning: !outbox.isEmpty)
            if case .failed(let reason) = departure { return [.say(notice), .send(.failed(reason))] + over(.failed(reason)) }
            return [.say(notice)] + over(.terminated)
        }
        if now >= turnDeadline {
            let reason = "a task of the script does not end, so this worker cannot take part in another master's run"
            return [.send(.failed(reason))] + over(.failed(reason))
        }
        if now >= lastWord + settings.giveUpNanoseconds { return over(.noMaster) }
        var actions: [WorkerAction] = []
        if now >= nextReconnect {
            nextReconnect = now + Self.reconnectNanoseconds
            if now - lastWord >= Self.reconnectNanoseconds {
                actions.append(.reconnect)
                nextHello = now
            }
        }
        if now >= nextHello { actions += hello(now: now) }
        if phase == .fetching, let asked = intake?.askedAt, now >= asked + PlanIntake.retryNanoseconds,
            let request = intake?.request(now: now)
        {
            actions.append(.send(request))
        }
        if phase == .running || phase == .stopping, now >= nextReport { actions += askForReports(now: now) }
        actions += deliver(now: now) + askForRows(now: now) + breakOffOnce(now: now)
        if now >= nextHeartbeat { actions += heartbeat(now: now) }
        return actions
    }

    /// The end.
    mutating func over(_ end: WorkerEnd) -> [WorkerAction] {
        phase = .over
        return [.endEngines, .end(end)]
    }
}

/// What the engine threads of a run are, once they have been started.
package struct EngineCrew: Sendable, Equatable {
    package var threads: Int
    /// Names of the user classes in the plan's order.
    package var classes: [String]
    /// How long a user that is to leave may go on with its task, in nanoseconds.
    package var graceNanoseconds: Int64
    /// Connections that all threads together may have open.
    package var connections: Int
    /// Users that they can carry, and what sets that number.
    package var capacity: Int
    package var limit: String
    /// Data sources in the plan.
    package var dataSources = 0
    /// Whether iterations start by a schedule, so that each thread needs users of each class.
    package var isOpen = false
    /// Whether users are to have what the script's `setup` returned.
    package var needsSharedValue = false
    /// Whether the threads are needed once more when all users have gone.
    package var hasTeardown = false

    package init(threads: Int, classes: [String], graceNanoseconds: Int64, connections: Int, capacity: Int, limit: String) {
        self.threads = threads
        self.classes = classes
        self.graceNanoseconds = graceNanoseconds
        self.connections = connections
        self.capacity = capacity
        self.limit = limit
    }
}
