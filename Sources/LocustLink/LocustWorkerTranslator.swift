import Cluster
import Wire

/// A moment on both clocks: what waits goes by the monotonic one, what is reported by the wall clock.
package struct LocustMoment: Sendable, Equatable {
    /// Nanoseconds of the monotonic clock.
    package var monotonic: Int64
    /// Seconds since 1970.
    package var wall: Double

    package init(monotonic: Int64, wall: Double) {
        self.monotonic = monotonic
        self.wall = wall
    }
}

/// Between `WorkerState`, which speaks with a Cicada master, and a Locust master: plays for each the part that the other does not have. Pure.
///
/// For the worker it is the master: it gives it the plan that the worker was started with, acknowledges deltas, and answers heartbeats when the Locust
/// master has answered one. For the Locust master it is a Locust worker: it says `client_ready` once, heartbeats each second, reports each 3 s.
///
/// Its parts: the master's words (`LocustWorkerTranslator+Master`), the worker's (`LocustWorkerTranslator+Worker`).
package struct LocustWorkerTranslator {
    /// What happens.
    package enum Event: Sendable {
        case worker(WorkerMessage)
        case master(LocustMasterMessage)
        /// There is a connection, or another one than before.
        case connected
        case lost
        /// Time has passed. `canSend`: there is a connection, with room.
        case tick(canSend: Bool)
    }

    /// What is to be done about it.
    package enum Action: Sendable, Equatable {
        case tell(MasterMessage)
        case send(LocustWorkerMessage)
        /// Drop the connection and make another under the same id.
        case reconnect
        /// For people at the worker.
        case say(Notice)
    }

    /// An unanswered `client_ready` is said again after this, and no sooner: a Locust master deals a worker that repeats it a double share.
    static let readyNanoseconds: Int64 = 5_000_000_000
    static let heartbeatNanoseconds: Int64 = 1_000_000_000
    static let reportNanoseconds: Int64 = 3_000_000_000
    static let logNanoseconds: Int64 = 10_000_000_000
    /// A master that has not answered a heartbeat over a new connection for so long may be another one, to which this worker is a stranger.
    static let doubtNanoseconds: Int64 = 3_000_000_000
    /// As long as Locust's workers do without an answer.
    package static let leaseNanoseconds: Int64 = 60_000_000_000
    /// After its lease a worker gets so long to drop its users before it leaves.
    static let orphanNanoseconds: Int64 = 500_000_000
    /// A Locust master that ends waits 0.5 s for last reports. Where tasks get no time to finish, requests still under way after this are cut off.
    package static let lastWordNanoseconds: Int64 = 200_000_000
    /// Exceptions at one place are sent one by one, so many of a second at most.
    static let mostExceptions: Int64 = 100

    /// Where the worker stands with its master.
    enum Phase: Equatable {
        /// The master does not know it.
        case absent
        /// Known, without users.
        case idle
        /// Has been told to have users.
        case testing
        /// Its users are coming to their end.
        case stopping
        /// They have ended because the script wanted it; the master does not know why.
        case ended
        /// It has taken leave.
        case left
    }

    /// Who wants the users to end.
    enum Ending: Equatable {
        case script, stop, quit
    }

    /// What became of the script's `setup`.
    enum Setup: Equatable {
        case due, failed
        case done([UInt8])
    }

    /// Users may be here so long after a heartbeat that was answered.
    let leaseNanoseconds: Int64
    /// Makes the plan for the terms of an order. Throws what is wrong with them, in words.
    let makePlan: (LocustTerms) throws -> LocustPlan
    var plan: LocustPlan
    var terms: LocustTerms
    var phase = Phase.absent
    var ending = Ending.stop
    /// True when the master has told this worker to end, not only its users.
    package internal(set) var isDismissed = false

    /// True when the master has not been heard for too long: nobody is to be waited for, nor told.
    package internal(set) var isOrphaned = false

    // The Locust master
    var index = 0
    /// When it was heard last.
    var lastWord: Int64 = 0
    var canSend = false
    /// From a connection's beginning, as it is told, to its end. A socket can send a moment sooner: what greets the master then would be said again.
    private var isConnected = false
    var nextReady: Int64 = .min
    /// How often `client_ready` was said without an answer.
    var unanswered = 0
    var nextHeartbeat: Int64 = .max
    var nextReport: Int64 = .max
    var nextLogs: Int64 = .max
    /// Since when there has been a new connection without an answer.
    var doubtSince: Int64?
    /// True when `client_ready` was said to a master that may be another one.
    var isAskingAgain = false
    /// `Heartbeat.sequence` of the worker's last one before ours was sent.
    var sequenceSent: Int64 = 0
    var lastTimestamp = 0.0
    var order: LocustSpawn?
    /// An order that came before this worker was back from the last test.
    var early: LocustSpawn?
    /// False: the last order is not carried out yet.
    var isComplete = true
    /// When what is under way is cut off.
    var cutOffAt: Int64 = .max

    // The worker
    /// True from its first hello on.
    var isThere = false
    /// The run that it was welcomed to; nil: none.
    var run: UInt64?
    var nextRun: UInt64
    /// Its engine threads are running.
    var ready: WorkerReady?
    var beat: Heartbeat?
    var targets: UserTargets?
    var lastVersion: Int64 = 0
    var lastDelta = 0
    var rows: LocustRows
    var setup = Setup.due
    var isTeardownDone = false

    var tally: LocustTally
    /// Reports that are to be sent, until it is known whether the socket takes them.
    private var handedOver: [LocustTally] = []
    var log = LocustLog()
    /// What was said already and need not be said again.
    var told: Set<String> = []

    /// `makePlan` is asked at once, and again when an order has other terms. `firstRun`: the number of the first run, drawn at random.
    package init(
        firstRun: UInt64, leaseNanoseconds: Int64 = LocustWorkerTranslator.leaseNanoseconds, now: LocustMoment,
        makePlan: @escaping (LocustTerms) throws -> LocustPlan
    ) throws {
        self.leaseNanoseconds = leaseNanoseconds
        self.makePlan = makePlan
        terms = LocustTerms()
        let plan = try makePlan(terms)
        self.plan = plan
        rows = plan.rows
        nextRun = max(firstRun, 1)
        tally = LocustTally(start: now.wall)
    }

    /// Takes an event.
    package mutating func event(_ event: Event, now: LocustMoment) -> [Action] {
        switch event {
        case .worker(let message): return take(message, now: now) + tick(now: now)
        case .master(let message):
            lastWord = now.monotonic
            return take(message, now: now) + tick(now: now)
        case .connected:
            // A worker that is known says so with a heartbeat, not with `client_ready`.
            (nextReady, nextHeartbeat) = (now.monotonic, now.monotonic)
            doubtSince = isKnown ? now.monotonic : nil
            isAskingAgain = false
            (canSend, isConnected) = (true, true)
            return tick(now: now)
        case .lost:
            (canSend, isConnected) = (false, false)
            doubtSince = nil
            return []
        case .tick(let canSend):
            self.canSend = canSend
            return tick(now: now)
        }
    }

    /// Whether the master has acknowledged this worker.
    var isKnown: Bool { phase != .absent && phase != .left }

    private mutating func tick(now: LocustMoment) -> [Action] {
        var actions: [Action] = []
        if now.monotonic >= cutOffAt {
            cutOffAt = .max
            if phase == .stopping { actions.append(.tell(.stop(StopOrder(graceNanoseconds: 0, isImmediate: true)))) }
        }
        if isKnown, now.monotonic >= lastWord + leaseNanoseconds + Self.orphanNanoseconds { return actions + orphan() }
        guard canSend else { return actions }
        if phase == .absent, isThere, isConnected, now.monotonic >= nextReady {
            actions.append(sayReady(now: now))
            unanswered += 1
            if unanswered == 2 { actions += sayOnce("whoever listens there does not answer: is it a Locust master?") }
        }
        guard isKnown else { return actions }
        if let since = doubtSince, now.monotonic >= since + Self.doubtNanoseconds {
            if !isAskingAgain || now.monotonic >= nextReady {
                // Not a word even to that: the master may still hold the old connection for this id.
                if isAskingAgain {
                    (doubtSince, isConnected) = (nil, false)
                    return actions + [.reconnect]
                }
                isAskingAgain = true
                actions.append(sayReady(now: now))
            }
        }
        if now.monotonic >= nextHeartbeat {
            nextHeartbeat = max(nextHeartbeat + Self.heartbeatNanoseconds, now.monotonic + Self.heartbeatNanoseconds / 2)
            sequenceSent = beat?.sequence ?? 0
            actions.append(.send(.heartbeat(heartbeat)))
        }
        if now.monotonic >= nextReport { actions.append(report(now: now)) }
        if now.monotonic >= nextLogs {
            nextLogs = now.monotonic + Self.logNanoseconds
            if let lines = log.takeIfChanged() { actions.append(.send(.logs(lines))) }
        }
        return actions
    }

    /// The master is given up. The worker's own lease has ended before, and its users with it.
    private mutating func orphan() -> [Action] {
        isOrphaned = true
        phase = .left
        (run, ready, beat) = (nil, nil, nil)
        let lost = tally.requests
        tally = LocustTally(start: 0)
        return (lost > 0 ? [say("\(lost) requests could not be reported")] : []) + [.tell(.quit(reason: nil))]
    }

    private mutating func sayReady(now: LocustMoment) -> Action {
        nextReady = now.monotonic + Self.readyNanoseconds
        // Without a version: a Locust master of any version is to take this worker without a warning.
        return .send(.ready(version: nil))
    }

    /// The last words before the worker leaves or begins anew: all that is left to be told.
    mutating func lastWords(now: LocustMoment) -> [Action] {
        let unsent = canSend ? 0 : tally.requests
        var actions = unsent > 0 ? [say("there is no connection to the Locust master: \(unsent) requests could not be reported")] : []
        actions.append(report(now: now))
        if let lines = log.takeIfChanged() { actions.append(.send(.logs(lines))) }
        return actions
    }

    /// What was measured since the last report.
    mutating func report(now: LocustMoment) -> Action {
        nextReport = now.monotonic + Self.reportNanoseconds
        handedOver.append(tally)
        return .send(.report(tally.take(users: users, now: now.wall)))
    }

    /// What has become of the oldest report that was to be sent: one that the socket did not take comes with the next.
    package mutating func reportWasTaken(_ isTaken: Bool) {
        guard !handedOver.isEmpty else { return }
        let report = handedOver.removeFirst()
        if !isTaken { tally.merge(report) }
    }

    /// Users active, of each class of the plan.
    var users: [LocustUsers] {
        let counts = beat.flatMap { $0.run == run && $0.users.count == plan.classes.count ? $0.users : nil }
        return plan.classes.indices.map { LocustUsers(plan.classes[$0], counts?[$0] ?? 0) }
    }

    private var heartbeat: LocustHeartbeat {
        let activity: LocustActivity
        switch phase {
        case .absent, .idle, .ended, .left: activity = .ready
        case .testing: activity = isComplete ? .running : .spawning
        case .stopping: activity = .running
        }
        // Locust's workers have one core each, and its master warns of those that are busy for more than 90 % of it.
        let threads = Double(max(1, ready?.threads ?? 1))
        return LocustHeartbeat(activity: activity, cpuPercent: (beat?.cpuPercent ?? 0) / threads, memoryBytes: beat?.memoryBytes ?? 0)
    }

    /// For people at the worker, and in its log at the master.
    mutating func say(_ text: String, isWarning: Bool = true) -> Action {
        log.add([text])
        return .say(Notice(text, isWarning: isWarning))
    }

    /// The same, the first time only.
    mutating func sayOnce(_ text: String) -> [Action] {
        guard told.count < 1000, told.insert(text).inserted else { return [] }
        return [say(text)]
    }
}
