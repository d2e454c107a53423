import Judgement
import LoadEngine
import LoadModel
import Statistics
import Wire

/// A master's decisions, without clock, thread or socket: who takes part, which users are whose, when the run ends, and the merged result.
///
/// Its parts: the roster (`MasterState+Roster`, `MasterState+Succession`, `MasterState+Loss`), users (`MasterState+Users`), what runs once (`MasterState+Once`), what workers
/// ask for (`MasterState+Wishes`), thresholds (`MasterState+Thresholds`), the end (`MasterState+End`).
package struct MasterState {
    /// Users are dealt in steps of this length, each spread evenly over its length.
    package static let stepNanoseconds: Int64 = 1_000_000_000
    /// Silence is looked for, and what was not confirmed is sent again, so often.
    static let checkNanoseconds: Int64 = 250_000_000
    /// New figures are shown so long after each whole second of the run: by then the workers' deltas have come in.
    static let progressDelayNanoseconds: Int64 = 150_000_000
    /// How long after the last permitted moment the workers' last deltas are waited for.
    package static let lastDeltaNanoseconds: Int64 = 10_000_000_000
    /// How long the last deltas are waited for after everything was cut off at once.
    package static let cutOffNanoseconds: Int64 = 300_000_000
    /// A worker that has been lost for longer is not waited for at the end.
    static let longestReturnNanoseconds: Int64 = 60_000_000_000
    /// How long workers are given to hear that the run is over.
    static let farewellNanoseconds: Int64 = 1_000_000_000
    /// How much longer than a worker the master waits for `teardown`.
    static let teardownMarginNanoseconds: Int64 = 3_000_000_000
    /// What `setup` returned is sent again after this to a worker that does not have it.
    static let shareAgainNanoseconds: Int64 = 1_000_000_000
    /// Workers that take part at most, those that have gone included: an answer to an operator has room for no more.
    static let mostWorkers = WireBounds.workers
    /// Users that a plan may have.
    static let mostUsers = 10_000_000
    /// Lines about workers that have never been ready; further ones are not said.
    static let mostLinesAboutStrangers = 100
    /// Warnings of one worker; further ones are said on its own machine only.
    static let mostWarnings = 100
    /// A pause of the master's own process that is longer is not counted as the workers' silence.
    static let longestTurnNanoseconds: Int64 = 1_000_000_000

    /// What the master is doing.
    enum Phase: Equatable {
        /// Workers are awaited.
        case waiting
        /// One of them runs the script's `setup`.
        case setup
        case running
        /// Users are coming to their end, and workers deliver.
        case stopping
        /// One of the workers runs the script's `teardown`.
        case teardown
        /// Workers are dismissed.
        case finishing
        case over
    }

    /// The merged whole so far.
    package internal(set) var result = RunResult()
    /// Set when it is known how the run ends.
    package internal(set) var ending: RunEnding?
    /// The second of the run that users were noted for last.
    package private(set) var usersSecond = 0
    /// When the first user was due, on the monotonic clock.
    package internal(set) var startedAt: Int64?
    /// When the stop was ordered.
    package internal(set) var stoppedAt: Int64?
    /// How the number of users goes.
    package internal(set) var course: UserCourse

    let plan: RunPlan
    let settings: MasterSettings
    var waitingSince: Int64
    var phase = Phase.waiting
    var entries: [RosterEntry] = []
    /// The entry of a name; of several processes of one name the latest.
    var positions: [String: Int] = [:]
    /// Processes that wait for the place of another one.
    var claims: [Peer: Claim] = [:]
    /// Refused workers, said once each.
    var refused: Set<String> = []
    var linesAboutStrangers = 0
    /// Accounts of workers, each of which belongs to one process.
    var accountNames: Set<String> = []
    /// Lines that scripts print, of all workers together.
    var printed = PrintedLines()
    var dispatch: Dispatch
    /// What was run once, and what of that is under way.
    package internal(set) var onceRecord = OnceRecord()
    var onceOrder: OnceOrder?
    /// Why the run is to end when `setup` has, in words.
    var endAfterSetup: String?
    /// Which starts are whose; nil in the closed model.
    var arrivals: ArrivalLedger?
    var lastArrivalsVersion: Int64
    /// Which rows of the data sources are whose.
    var ledger: RowLedger
    /// Sum of the workers' `Allowance.bound`.
    var bounds = 0
    /// True when a worker is to have other users than it was told, because others must have left before.
    var hasPendingGrants = false
    var lastVersion: Int64
    var nextStep: Int64 = 0
    var nextCheck: Int64
    var nextProgress: Int64 = .max
    var lastEvent: Int64
    var interruptions = 0
    var cutOffAt: Int64?
    var finishingSince: Int64?
    var resumed: [String: Resumption.SessionProgress] = [:]
    /// How workers of the run stood when the master before was killed, by account; those that have come back are not in it.
    var absent: [String: WorkerStanding] = [:]
    /// The greatest rate of one user, over all workers and earlier masters.
    var greatestUserRate = 0.0
    /// Until then workers that have not come back may have users by the order of an earlier master.
    var inheritanceEnd: Int64 = .min
    /// Workers that earlier masters of the run knew: new ones are numbered after them, and so are their users.
    var earlierWorkers = 0
    var hasSaidShort = false
    /// What workers say that they have sent for an earlier master.
    var sentEarlier: [String: Int64] = [:]
    /// How the plan's thresholds stand.
    var thresholds: ThresholdWatch

    package init(plan: RunPlan, settings: MasterSettings, resuming: Resumption? = nil, now: Int64) {
        self.plan = plan
        self.settings = settings
        let classes = plan.scenario.userClasses
        dispatch = Dispatch(classes: classes.map { ($0.name, $0.weight) }, fixedCounts: classes.map(\.fixedCount))
        ledger = RowLedger(sources: plan.leased, files: plan.scenario.dataSources.count)
        course = plan.load.course.limited(to: dispatch.mostUsers ?? .max)
        lastVersion = settings.versionBase
        thresholds = ThresholdWatch(plan.thresholds, reading: settings.reading)
        lastArrivalsVersion = settings.versionBase
        arrivals = plan.load.arrivals.map { _ in ArrivalLedger(end: plan.endOfStarts, horizon: resuming?.horizon ?? 0) }
        result = RunResult(reading: settings.reading)
        waitingSince = now
        nextCheck = now + Self.checkNanoseconds
        lastEvent = now
        if let resuming {
            startedAt = resuming.startedAt
            result = resuming.result
            resumed = resuming.lastDeltas
            // What was never noted is the plan's own.
            course = resuming.course.limited(to: dispatch.mostUsers ?? .max)
            absent = resuming.standings
            onceRecord = resuming.once
            earlierWorkers = Set(resuming.standings.keys).union(resuming.result.workers.map(\.name)).count
            for (peer, block) in resuming.rows { ledger.note(block, of: peer) }
            for standing in resuming.standings.values { ledger.noteDrawn(standing.drawnRows, of: standing.peer) }
            greatestUserRate = absent.values.reduce(0) { max($0, $1.userRate) }
            inheritanceEnd = now + (settings.leaseNanoseconds ?? 0)
        }
    }

    /// When `tick` wants to be called.
    package var nextDeadline: Int64? {
        switch phase {
        case .waiting: return [waitingDeadline, nextCheck].compactMap(\.self).min()
        case .setup: return nextCheck
        case .running: return [endOfRun, nextStep, nextCheck, nextProgress].compactMap(\.self).min()
        case .teardown: return [teardownDeadline, nextCheck].compactMap(\.self).min()
        case .stopping: return [stopDeadline, nextCheck].compactMap(\.self).min()
        case .finishing: return min(nextCheck, (finishingSince ?? 0) + Self.farewellNanoseconds)
        case .over: return nil
        }
    }

    /// Nanoseconds since the start, up to the stop. A run that is taken up after its time was over was no longer for that.
    package func elapsed(now: Int64) -> Int64 {
        startedAt.map { min(max(0, (stoppedAt ?? now) - $0), plan.longestRunNanoseconds ?? .max) } ?? 0
    }

    /// Whole seconds since the start, after the stop too, whose deltas have had the time to come in.
    package func wholeSeconds(now: Int64) -> Int {
        startedAt.map { Int(max(0, now - $0 - Self.progressDelayNanoseconds) / 1_000_000_000) } ?? 0
    }

    /// Users active at the workers' last word.
    package var users: Int { entries.reduce(0) { $0 + $1.users } }
    /// The same of each class.
    package var usersByClass: [Int] {
        var sums = [Int](repeating: 0, count: plan.scenario.userClasses.count)
        for entry in entries where entry.isPresent {
            for (userClass, count) in entry.allowance.reported.enumerated() where userClass < sums.count { sums[userClass] += count }
        }
        return sums
    }
    /// Workers that have the plan and are there.
    package var presentWorkers: Int { entries.reduce(0) { $0 + ($1.isPresent ? 1 : 0) } }
    /// What was lost with an earlier master, by worker, of those that take part.
    package var earlierLosses: [String: Int64] {
        let accounts = Set(entries.lazy.filter(\.hasBeenReady).map(\.account))
        return sentEarlier.filter { accounts.contains($0.key) }
    }
    /// True once it is known how the run ends.
    package var isEnding: Bool {
        switch phase {
        case .waiting, .setup, .running: false
        case .stopping, .teardown, .finishing, .over: true
        }
    }
    /// True while the workers that the run begins with are awaited.
    package var isWaiting: Bool { phase == .waiting }
    /// True while there is load to stop.
    package var hasLoad: Bool { phase == .running || phase == .stopping }
    /// True when every worker that is there has said that all its users have ended.
    package var areWorkersStopped: Bool { entries.allSatisfy { $0.isStopped || $0.phase == .left || $0.phase == .failed } }

    /// What is known of each worker, in the order of joining; `isFinal`: the greatest figures of the whole run.
    package func rows(now: Int64, isFinal: Bool = false) -> [WorkerRow] {
        // In the end only those are of interest that took part.
        let entries = isFinal ? entries.filter(\.hasBeenReady) : entries
        let accounts = Dictionary(result.workers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return entries.map { entry in
            let known = accounts[entry.account]
            let account = (issued: known?.issued ?? 0, merged: known?.merged ?? 0, interrupted: known?.interrupted ?? 0)
            return isFinal ? entry.finalRow(account: account, elapsed: elapsed(now: now), now: now) : entry.row(account: account, now: now)
        }
    }

    /// How each worker of the run stands, for the log.
    package func standings(now: Int64) -> [WorkerStanding] {
        // Those that never had the plan have sent nothing.
        entries.lazy.filter(\.hasBeenReady).map { standing(of: $0, now: now) } + absent.values
    }

    /// How one worker stands; nil: it is not known.
    package func standing(of peer: Peer, now: Int64) -> WorkerStanding? {
        positions[peer.name].flatMap { entries[$0].peer == peer ? standing(of: entries[$0], now: now) : nil }
    }

    private func standing(of entry: RosterEntry, now: Int64) -> WorkerStanding {
        let mayReturn = entry.isKnown && !entry.isStopped
        let unheard: Int64? =
            switch entry.phase {
            case .lost where mayReturn: unheardRequests(of: entry, now: now)
            case .joining, .ready, .lost, .left: mayReturn ? nil : 0
            case .failed: entry.unheardWhenReplaced
            }
        return WorkerStanding(
            peer: entry.peer, account: entry.account, issued: max(entry.heartbeat?.issued ?? 0, entry.hello.run?.issued ?? 0),
            users: entry.allowance.bound, rate: entry.greatestRate, userRate: greatestUserRate, unheard: unheard,
            mayReturn: mayReturn, endedUsers: entry.allowance.ended, drawnRows: entry.heartbeat?.drawnRows ?? [])
    }

    /// Takes an event at the time `now`, in nanoseconds of the monotonic clock.
    package mutating func event(_ event: MasterEvent, now: Int64) -> [MasterAction] {
        guard phase != .over else { return [] }
        excuseOwnPause(now: now)
        switch event {
        case .message(let peer, let message): return take(message, from: peer, now: now)
        case .interrupted: return interrupt(now: now)
        case .rescale(let users, let rate): return rescale(users: users, ratePerSecond: rate, now: now)
        case .tick: return tick(now: now)
        }
    }

    /// A master whose process was stopped for a while has not heard its workers; that was not their silence.
    private mutating func excuseOwnPause(now: Int64) {
        let pause = now - lastEvent
        lastEvent = now
        guard pause > Self.longestTurnNanoseconds else { return }
        for index in entries.indices { entries[index].excusedSilence += pause }
        excuseClaims(pause: pause)
    }

    private mutating func tick(now: Int64) -> [MasterAction] {
        var actions: [MasterAction] = []
        if now >= nextCheck {
            nextCheck = now + Self.checkNanoseconds
            actions += check(now: now)
        }
        switch phase {
        case .waiting:
            if let deadline = waitingDeadline, now >= deadline { actions += giveUpWaiting(now: now) }
        case .running:
            if let endOfRun, now >= endOfRun {
                actions += stop(because: .runTimeOver, now: now)
            } else {
                if now >= nextStep { actions += dealStep(now: now) + giveStarts(now: now) }
                if now >= nextProgress {
                    noteUsers(now: now)
                    actions.append(.progress)
                    actions += judgeThresholds(now: now)
                }
            }
        case .stopping: actions += continueStop(now: now)
        case .setup: break
        case .teardown:
            if let teardownDeadline, now >= teardownDeadline {
                actions += giveUpTeardown(
                    cutOffAt == nil ? "teardown was given up after \(WorkerState.teardownNanoseconds / 1_000_000_000) s" : nil, now: now)
            }
        case .finishing: actions += continueFarewell(now: now)
        case .over: break
        }
        return actions
    }

    /// Looks for workers that have fallen silent, and repeats what was not confirmed.
    private mutating func check(now: Int64) -> [MasterAction] {
        var actions: [MasterAction] = []
        for index in entries.indices where entries[index].phase == .ready || entries[index].phase == .joining {
            if let lease = settings.leaseNanoseconds, entries[index].silence(now: now) > lease + MasterSettings.lossMargin {
                actions += lose(index, now: now)
            }
        }
        // One that was about to take a lost worker's place did not come.
        if phase == .running, presentWorkers == 0, !hasSuccessor(now: now) {
            return actions + endWithoutWorkers("the last worker was lost", now: now)
        }
        if hasPendingGrants, phase == .running { actions += grant(now: now, step: [:]) }
        return actions + sayPrinted(now: now)
    }

    private mutating func noteUsers(now: Int64) {
        guard let startedAt else { return }
        let second = max(0, Int((now - startedAt) / 1_000_000_000) - 1)
        result.noteUsers(users, second: second)
        usersSecond = second
        while nextProgress <= now { nextProgress += 1_000_000_000 }
    }

    /// Whether the run time is over.
    func isTimeOver(now: Int64) -> Bool { endOfRun.map { now >= $0 } ?? false }

    private var endOfRun: Int64? {
        guard let startedAt, let runTime = plan.longestRunNanoseconds else { return nil }
        return startedAt + runTime
    }

    private var waitingDeadline: Int64? { settings.longestWaitNanoseconds.map { waitingSince + $0 } }
}
