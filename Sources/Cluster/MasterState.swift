import LoadEngine
import LoadModel
import Statistics

/// What happens to a master.
package enum MasterEvent: Sendable {
    case message(WorkerMessage)
    /// Somebody wants the run to end in order.
    case interrupted
    /// Time has passed.
    case tick
}

/// What a master does about it.
package enum MasterAction: Sendable {
    case send(MasterMessage)
    /// There are new figures to show.
    case progress
    /// The run is over: see `MasterState.ending`.
    case finish
}

/// Why a run ended.
package enum RunEnding: Sendable, Equatable {
    case runTimeOver
    case interrupted
    /// The worker could not go on, or never started.
    case failed(String)
}

/// A master's decisions, without clock, thread or socket: when which users start, when the run ends, and the merged result.
package struct MasterState {
    /// Users are dealt in steps of this length, each spread evenly over its length.
    package static let stepNanoseconds: Int64 = 1_000_000_000
    /// How long after the last permitted moment a worker's last delta is waited for.
    package static let lastDeltaNanoseconds: Int64 = 10_000_000_000
    /// How long a worker's last delta is waited for after everything was cut off at once.
    package static let cutOffNanoseconds: Int64 = 300_000_000
    /// The name of the one worker of a local run.
    package static let localWorker = "local"

    /// The merged whole so far.
    package private(set) var result = RunResult()
    /// Users active at the worker's last word.
    package private(set) var users = 0
    package private(set) var openConnections = 0
    /// The worst delay of an engine loop, over the whole run.
    package private(set) var worstLag = LoopLag()
    /// Set when the run is over.
    package private(set) var ending: RunEnding?
    /// When the first user was due, on the monotonic clock.
    package private(set) var startedAt: Int64?
    /// When the stop was ordered.
    package private(set) var stoppedAt: Int64?

    private let plan: RunPlan
    private var deal: UserDeal
    private var dealt: [Int]
    private var usersDealt = 0
    private var nextStep: Int64 = 0
    private var lastNumber = 0
    private var isFinished = false
    private var interruptions = 0
    private var cutOffAt: Int64?
    /// True when the worker has said that all its users have ended.
    package private(set) var isWorkerStopped = false

    package init(plan: RunPlan) {
        self.plan = plan
        deal = UserDeal(classes: plan.scenario.userClasses.map { ($0.name, $0.weight) })
        dealt = Array(repeating: 0, count: plan.scenario.userClasses.count)
    }

    /// When `tick` wants to be called; nil: not at all.
    package var nextDeadline: Int64? {
        if let cutOffAt { return cutOffAt + Self.cutOffNanoseconds }
        if let stoppedAt { return stoppedAt + plan.stopGraceNanoseconds + StopDeadlines.sentRequestNanoseconds + Self.lastDeltaNanoseconds }
        guard let startedAt else { return nil }
        let end = plan.runTimeNanoseconds.map { startedAt + $0 }
        let step = usersDealt < plan.load.users ? nextStep : nil
        return [end, step].compactMap(\.self).min()
    }

    /// Nanoseconds since the start, up to the stop.
    package func elapsed(now: Int64) -> Int64 { startedAt.map { max(0, (stoppedAt ?? now) - $0) } ?? 0 }

    /// Takes an event at the time `now`, in nanoseconds of the monotonic clock.
    package mutating func event(_ event: MasterEvent, now: Int64) -> [MasterAction] {
        guard !isFinished else { return [] }
        switch event {
        case .message(.ready):
            startedAt = now
            nextStep = now
            return dealStep(now: now)
        case .message(.delta(let delta)):
            take(delta, now: now)
            return [.progress]
        case .message(.stopped):
            isWorkerStopped = true
            return finish()
        case .message(.failed(let reason)):
            ending = .failed(reason)
            return finish()
        case .interrupted:
            if startedAt == nil {
                ending = .interrupted
                return finish()
            }
            interruptions += 1
            if interruptions == 1 { return stop(because: .interrupted, now: now) }
            // Somebody is in a hurry: nothing is awaited any more but the last figures, which a sound worker has at hand.
            ending = .interrupted
            if stoppedAt == nil { stoppedAt = now }
            guard cutOffAt == nil else { return finish() }
            cutOffAt = now
            return [.send(.cutOff)]
        case .tick:
            if let startedAt, let runTime = plan.runTimeNanoseconds, stoppedAt == nil, now >= startedAt + runTime {
                return stop(because: .runTimeOver, now: now)
            }
            if stoppedAt != nil {
                guard let deadline = nextDeadline, now >= deadline else { return [] }
                if cutOffAt == nil { ending = .failed("the worker did not deliver its last figures") }
                return finish()
            }
            return dealStep(now: now)
        }
    }

    private mutating func dealStep(now: Int64) -> [MasterAction] {
        guard let startedAt, usersDealt < plan.load.users, now >= nextStep else { return [] }
        // A late tick makes up for the time it missed: the targets are absolute.
        while nextStep <= now { nextStep += Self.stepNanoseconds }
        let first = usersDealt
        let due = plan.load.usersDue(before: nextStep - startedAt)
        while usersDealt < due {
            dealt[deal.next()] += 1
            usersDealt += 1
        }
        guard usersDealt > first else { return [] }
        let firstDue = startedAt + plan.load.due(of: first)
        let interval = plan.load.intervalNanoseconds
        return [.send(.targets(UserTargets(counts: dealt, firstDue: firstDue, intervalNanoseconds: interval)))]
    }

    private mutating func take(_ delta: WorkerDelta, now: Int64) {
        guard delta.number > lastNumber else { return }
        lastNumber = delta.number
        users = delta.users
        openConnections = delta.openConnections
        worstLag.fold(delta.lag)
        // A delta holds the interval before it came in, and comes in shortly after a whole second.
        let second = max(0, Int((elapsed(now: now) + 500_000_000) / 1_000_000_000) - 1)
        result.merge(delta.snapshot, fromWorker: Self.localWorker, second: second)
        result.noteUsers(users, second: second)
    }

    private mutating func stop(because reason: RunEnding, now: Int64) -> [MasterAction] {
        guard stoppedAt == nil else { return [] }
        ending = reason
        stoppedAt = now
        return [.send(.stop(graceNanoseconds: plan.stopGraceNanoseconds))]
    }

    private mutating func finish() -> [MasterAction] {
        isFinished = true
        return [.send(.quit), .finish]
    }
}
