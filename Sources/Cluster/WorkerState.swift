import LoadEngine
import Statistics

/// What happens to a worker.
package enum WorkerEvent: Sendable {
    case message(MasterMessage)
    /// All engine threads are running.
    case enginesStarted
    /// The engine threads could not be started.
    case enginesFailed(String)
    case report(EngineReport)
    /// Time has passed.
    case tick
}

/// What a worker does about it.
package enum WorkerAction: Sendable {
    case startEngines(RunPlan)
    case order(thread: Int, EngineCommand)
    case send(WorkerMessage)
    case endEngines
}

/// A worker's decisions, without clock, thread or socket: it spreads the users over its engine threads and adds their reports up to
/// numbered deltas.
package struct WorkerState {
    /// Time between two deltas.
    package static let intervalNanoseconds: Int64 = 1_000_000_000

    private var threads = 0
    private var counts: [Int] = []
    private var usersSpawned = 0
    private var nextThread = 0
    private var isRunning = false
    private var isStopping = false
    private var nextReport: Int64 = 0
    private var deltaNumber = 0
    private var awaited: Set<Int> = []
    private var stopped: Set<Int> = []
    private var snapshot = IntervalSnapshot()
    private var users: [Int] = []
    private var openConnections: [Int] = []
    private var lag = LoopLag()

    package init() {}

    /// When `tick` wants to be called; nil: not at all.
    package var nextDeadline: Int64? { isRunning && awaited.isEmpty ? nextReport : nil }

    /// Takes an event at the time `now`, in nanoseconds of the monotonic clock.
    package mutating func event(_ event: WorkerEvent, now: Int64) -> [WorkerAction] {
        switch event {
        case .message(.plan(let plan)):
            threads = plan.engineThreads
            counts = Array(repeating: 0, count: plan.scenario.userClasses.count)
            users = Array(repeating: 0, count: threads)
            openConnections = users
            return [.startEngines(plan)]
        case .enginesStarted:
            isRunning = true
            nextReport = now + Self.intervalNanoseconds
            return [.send(.ready)]
        case .enginesFailed(let reason):
            isRunning = false
            return [.endEngines, .send(.failed(reason))]
        case .message(.targets(let targets)): return isStopping ? [] : spawn(targets)
        case .message(.stop(let grace)):
            guard !isStopping else { return [] }
            isStopping = true
            return (0..<threads).map { .order(thread: $0, .stop(graceNanoseconds: grace)) }
        case .message(.cutOff):
            isStopping = true
            return (0..<threads).map { .order(thread: $0, .cutOff) }
        case .message(.quit):
            isRunning = false
            return [.endEngines]
        case .tick:
            guard isRunning, awaited.isEmpty, now >= nextReport else { return [] }
            nextReport += Self.intervalNanoseconds
            if nextReport <= now { nextReport = now + Self.intervalNanoseconds }
            awaited = Set(0..<threads).subtracting(stopped)
            return awaited.sorted().map { .order(thread: $0, .report) }
        case .report(let report): return take(report)
        }
    }

    private mutating func spawn(_ targets: UserTargets) -> [WorkerAction] {
        var missing = zip(targets.counts, counts).map { max(0, $0 - $1) }
        counts = zip(targets.counts, counts).map { max($0, $1) }
        // The classes are interleaved as evenly as their numbers allow: each step takes from the one that is furthest behind.
        let total = missing.reduce(0, +)
        guard total > 0 else { return [] }
        let shares = missing
        var perThread: [[UInt16]] = Array(repeating: [], count: threads)
        let firstThread = nextThread
        for step in 0..<total {
            var best = 0
            var bestDebt = -Double.infinity
            for (index, share) in shares.enumerated() where missing[index] > 0 {
                let debt = Double(share) * Double(step + 1) / Double(total) - Double(share - missing[index])
                if debt > bestDebt { (best, bestDebt) = (index, debt) }
            }
            missing[best] -= 1
            perThread[nextThread].append(UInt16(best))
            nextThread = (nextThread + 1) % threads
        }
        var actions: [WorkerAction] = []
        for offset in 0..<min(threads, total) {
            let thread = (firstThread + offset) % threads
            let order = SpawnOrder(
                firstDue: targets.firstDue + Int64(offset) * targets.intervalNanoseconds,
                intervalNanoseconds: targets.intervalNanoseconds * Int64(threads), userClasses: perThread[thread],
                firstNumber: usersSpawned + offset, numberStride: threads)
            actions.append(.order(thread: thread, .spawn(order)))
        }
        usersSpawned += total
        return actions
    }

    private mutating func take(_ report: EngineReport) -> [WorkerAction] {
        snapshot.fold(report.snapshot)
        users[report.thread] = report.users
        openConnections[report.thread] = report.openConnections
        lag.fold(report.lag)
        if let fault = report.fault, !isStopping {
            isStopping = true
            return [.send(.delta(takeDelta())), .send(.failed(fault)), .endEngines]
        }
        awaited.remove(report.thread)
        if report.isStopped { stopped.insert(report.thread) }
        let isLast = stopped.count == threads
        guard isLast || (awaited.isEmpty && !report.isStopped) else { return [] }
        let delta = takeDelta()
        guard isLast else { return [.send(.delta(delta))] }
        isRunning = false
        return [.send(.delta(delta)), .endEngines, .send(.stopped)]
    }

    /// What has come in since the delta before, under the next number.
    private mutating func takeDelta() -> WorkerDelta {
        defer {
            snapshot = IntervalSnapshot()
            lag = LoopLag()
        }
        deltaNumber += 1
        return WorkerDelta(
            number: deltaNumber, snapshot: snapshot, users: users.reduce(0, +), openConnections: openConnections.reduce(0, +), lag: lag)
    }
}
