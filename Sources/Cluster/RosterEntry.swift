import Judgement
import LoadModel
import Statistics
import Wire

/// One worker as the master knows it. Pure.
struct RosterEntry {
    /// Where a worker stands.
    enum Phase: String {
        /// Has said hello; the plan is on its way.
        case joining
        /// Has the plan; takes part as soon as the run has begun.
        case ready
        /// Not heard of for longer than its lease: it has no users, and may come back.
        case lost
        /// Has left in order.
        case left
        /// Could not go on.
        case failed
    }

    /// What is known of the users that a worker has by the order of an earlier master, of which nobody knows.
    enum Inheritance {
        /// There are none.
        case none
        /// Nothing yet.
        case unknown
        /// How many are active; others may be due.
        case known
    }

    /// The greatest rate is looked for in spans of no less than this, the rate shown is over a longer one.
    private static let shortSpan: Int64 = 200_000_000
    private static let longSpan: Int64 = 950_000_000

    let name: String
    /// The name in accounts and reports: `name`, or `name#2` for a second process of the same name.
    let account: String
    /// Its index, in `Dispatch` too.
    let index: Int
    /// Where its users' numbers begin: see `Welcome.place`.
    let place: Int
    var hello: WorkerHello
    var phase = Phase.joining
    /// True once it has said that it has the plan.
    var hasBeenReady = false
    /// True for one that a master before this one had in the run.
    var isResumed = false
    private let joinedAt: Int64
    private var planChunks = 0
    var inheritance = Inheritance.none
    var capacity = 0
    var limit = ""
    /// Its engine threads.
    var threads = 1
    /// Connections that it may have open by its last order; nil: as many as it likes.
    var connectionShare: Int?
    /// Connections that it may open per second by its last order; nil: any number.
    var connectRate: Double?
    var allowance: Allowance
    /// The worker's epoch as it last told.
    var epoch = 0
    /// When it was last heard of.
    var lastHeard: Int64 { didSet { excusedSilence = 0 } }
    /// How much of the silence since then was not the worker's.
    var excusedSilence: Int64 = 0
    var lostAt: Int64?
    /// True when a limit of the whole run was broken there.
    var isBreached = false
    /// When what `setup` returned was last sent.
    var sharedAt: Int64 = .min / 2
    /// When starts were last given, or said again.
    var arrivalsSentAt: Int64 = .min / 2
    /// How many heartbeats, one after the other, have said that all its starts are made and all its iterations ended.
    private(set) var doneHeartbeats = 0
    /// When targets were last sent.
    var targetsSentAt: Int64 = .min / 2
    private(set) var heartbeat: Heartbeat?
    /// The last delta applied.
    var lastDelta = 0
    var lastDeltaAt: Int64?
    /// True when it was lost and another process has its place.
    var isReplaced = false
    /// True when it is leaving of its own accord.
    var isDeparting = false
    /// True after a stop, when all its users have ended and all it measured is here.
    var isStopped = false
    /// Warnings of its own that were said.
    var warnings = 0
    /// The worst delay of its engine loops in the interval of its last delta.
    private var lagNanoseconds: Int64 = 0
    private(set) var requestsPerSecond = 0.0
    private(set) var greatestRate = 0.0
    /// The greatest figures of the whole run.
    private var greatest = (users: 0, cpuPercent: 0.0, memoryBytes: Int64(0), lagNanoseconds: Int64(0))
    /// The greatest rate, divided by the users at that time.
    private(set) var greatestUserRate = 0.0
    /// What it may have sent since its last word, when another process took its name.
    var unheardWhenReplaced: Int64 = 0
    /// Users that it may have had at most when it was given up.
    var usersBefore = 0
    /// Those of them that it had not reported.
    var comingBefore = 0
    private var heartbeatAt: Int64?
    private var shortRate = SpanRate()
    private var longRate = SpanRate()

    init(name: String, account: String, index: Int, place: Int, hello: WorkerHello, classes: Int, now: Int64) {
        self.name = name
        self.account = account
        self.index = index
        self.place = place
        self.hello = hello
        allowance = Allowance(classes: classes)
        joinedAt = now
        lastHeard = now
    }

    /// Where messages to it go.
    var peer: Peer { Peer(name: name, session: hello.session) }
    /// True while orders reach it.
    var isPresent: Bool { phase == .ready }
    /// True while it may come back.
    var isKnown: Bool { phase == .ready || phase == .joining || phase == .lost }
    /// The most that its process used of one core.
    var greatestCPUPercent: Double { greatest.cpuPercent }
    /// Users at its last word.
    var users: Int { isPresent ? allowance.reported.reduce(0, +) : 0 }

    /// Takes a heartbeat in. Answers false for one that is older than what is known.
    mutating func take(_ heartbeat: Heartbeat, now: Int64) -> Bool {
        lastHeard = now
        if let last = self.heartbeat, heartbeat.sequence <= last.sequence { return false }
        self.heartbeat = heartbeat
        doneHeartbeats = heartbeat.pendingStarts == 0 ? doneHeartbeats + 1 : 0
        greatest.users = max(greatest.users, heartbeat.users.reduce(0, +))
        greatest.cpuPercent = max(greatest.cpuPercent, heartbeat.cpuPercent)
        greatest.memoryBytes = max(greatest.memoryBytes, heartbeat.memoryBytes)
        greatest.lagNanoseconds = max(greatest.lagNanoseconds, heartbeat.lagNanoseconds)
        heartbeatAt = now
        if let rate = shortRate.note(heartbeat.issued, at: now, span: Self.shortSpan) {
            greatestRate = max(greatestRate, min(rate, WorkerStanding.greatestRate))
            let users = heartbeat.users.reduce(0, +)
            if users > 0 { greatestUserRate = max(greatestUserRate, min(rate / Double(users), WorkerStanding.greatestUserRate)) }
        }
        if let rate = longRate.note(heartbeat.issued, at: now, span: Self.longSpan) { requestsPerSecond = rate }
        return true
    }

    /// Takes in what a new delta says beside its snapshot.
    mutating func take(_ delta: WorkerDelta, now: Int64) {
        lastDelta = delta.number
        lastDeltaAt = now
        lagNanoseconds = delta.lagNanoseconds
        greatest.lagNanoseconds = max(greatest.lagNanoseconds, delta.lagNanoseconds)
    }

    /// A rate that an earlier master saw.
    mutating func noteRate(_ perSecond: Double) { greatestRate = max(greatestRate, perSecond) }

    /// Whether it may be sent another part of the plan: each part some times, and ten parts a second.
    mutating func mayHavePlanChunk(of planSize: Int, now: Int64) -> Bool {
        let most = 4 * (planSize / PlanChunk.largest + 1) + Int((now - joinedAt) / 100_000_000)
        guard planChunks < most else { return false }
        planChunks += 1
        return true
    }

    /// Nanoseconds since its last word, less what was not its silence.
    func silence(now: Int64) -> Int64 { now - lastHeard - excusedSilence }

    /// Takes in what a heartbeat says about users. `versionBase`: orders of an earlier master have no later version.
    mutating func noteUsers(_ heartbeat: Heartbeat, versionBase: Int64) {
        // By the second such heartbeat every engine thread has heard of the stop.
        if heartbeat.activity == .stopping, isDeparting { return allowance.wane(to: heartbeat.users) }
        if inheritance != .none {
            inheritance = heartbeat.targetsVersion == 0 || heartbeat.targetsVersion > versionBase ? .none : .known
            allowance.inherit(heartbeat.users)
        }
        allowance.confirm(version: heartbeat.targetsVersion, users: heartbeat.users, isSettled: heartbeat.activity == .running)
    }

    /// What it may have sent since its last word, as long as its lease allowed: at the greatest rate that it had, or that all users which it may
    /// have had would have at `userRate`, the greatest that any worker's had.
    func unheardRequests(userRate: Double, lease: Int64?, until now: Int64) -> Int64 {
        let silence = min(now - (heartbeatAt ?? lastHeard), lease ?? .max)
        let users = max(usersBefore, allowance.bound)
        let coming = max(comingBefore, allowance.bound - allowance.reported.reduce(0, +))
        let rate = max(greatestRate, userRate * Double(users))
        // No rate knows of the first requests of users that had not come yet.
        return max(Int64(users), Int64(coming) + WorkerStanding.requests(atRate: rate, nanoseconds: silence))
    }

    /// A count's growth per second, from span to span.
    private struct SpanRate {
        private var mark: (at: Int64, count: Int64)?

        /// Answers the rate when a span is full.
        mutating func note(_ count: Int64, at now: Int64, span: Int64) -> Double? {
            guard let mark, count >= mark.count else {
                mark = (now, count)
                return nil
            }
            guard now - mark.at >= span else { return nil }
            self.mark = (now, count)
            return Double(count - mark.count) * 1e9 / Double(now - mark.at)
        }
    }

    /// What the run is judged by, as far as it is this worker's. `startedAt`: the run's start on the master's clock.
    func evidence(account: WorkerAccount?, startedAt: Int64?) -> WorkerEvidence {
        var evidence = WorkerEvidence(name: self.account)
        evidence.isLost = phase == .lost || phase == .failed
        evidence.issued = account?.issued ?? 0
        evidence.unaccounted = account?.unaccounted ?? 0
        evidence.unheard = account?.unheard ?? 0
        evidence.health = heartbeat?.health
        if let clock = heartbeat?.clock, let startedAt {
            evidence.clockOffset = clock.offsetNanoseconds
            evidence.startError = .init(
                nanoseconds: clock.beganNanoseconds + clock.offsetNanoseconds - startedAt, uncertainty: clock.uncertaintyNanoseconds)
        }
        return evidence
    }

    /// A row of the table at the end: the greatest figures of the run, and the rate over all of it.
    func finalRow(account: (issued: Int64, merged: Int64, interrupted: Int64), elapsed: Int64, now: Int64) -> WorkerRow {
        var row = row(account: account, now: now)
        if isStopped { row.state = "done" }
        row.users = greatest.users
        row.usersDealt = greatest.users
        row.cpuPercent = greatest.cpuPercent
        row.memoryBytes = greatest.memoryBytes
        row.lagNanoseconds = greatest.lagNanoseconds
        row.requestsPerSecond = elapsed > 0 ? Double(account.issued) * 1e9 / Double(elapsed) : 0
        row.deltaAgeNanoseconds = nil
        return row
    }

    /// A row of the table of workers.
    func row(account: (issued: Int64, merged: Int64, interrupted: Int64), now: Int64) -> WorkerRow {
        let silence = max(0, now - lastHeard)
        var state = isReplaced ? "replaced" : phase.rawValue
        if phase == .ready {
            state = silence > 1_000_000_000 ? "silent" : heartbeat?.activity.rawValue ?? "ready"
        }
        var row = WorkerRow(
            name: self.account, host: hello.host, state: state, users: users,
            usersDealt: max(0, allowance.counts.reduce(0, +) - allowance.ended.reduce(0, +)), capacity: capacity,
            requestsPerSecond: isPresent ? requestsPerSecond : 0, cpuPercent: heartbeat?.cpuPercent ?? 0,
            memoryBytes: heartbeat?.memoryBytes ?? 0, lagNanoseconds: max(lagNanoseconds, heartbeat?.lagNanoseconds ?? 0),
            deltaAgeNanoseconds: lastDeltaAt.map { max(0, now - $0) }, silenceNanoseconds: silence, issued: account.issued,
            merged: account.merged, interrupted: account.interrupted)
        row.machine = hello.machine
        return row
    }
}
