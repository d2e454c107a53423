import LoadModel
import Statistics
import Wire

@testable import Cluster

/// Looks at a simulation after each event, and at its end, for what must always hold.
struct SimulationCheck {
    private static let second = ClusterSimulation.second

    /// What was found wrong first.
    private(set) var violation: String?
    private var ceiling = 0
    private var run: UInt64 = 0
    private var masters = 0
    private var boundsBefore = 0
    private var countBefore = 0
    private var hasRecovered: Bool?
    private var recoveryDeadline: Int64 = .max

    /// Whether the users had come back to the plan's count; nil: the run was over before that could be asked.
    var isRecovered: Bool? { hasRecovered }

    mutating func look(_ simulation: ClusterSimulation) {
        if violation != nil { return }
        checkUsers(simulation)
        checkMemory(simulation)
        checkScript(simulation)
        checkAcknowledged(simulation)
        if simulation.events % 64 == 0 { checkContents(simulation.master, simulation) }
        checkRecovery(simulation)
        checkTime(simulation)
    }

    mutating func lookAtEnd(_ simulation: ClusterSimulation) {
        if violation != nil { return }
        guard let (state, _) = simulation.finished else { return fail("no end", simulation) }
        checkContents(state, simulation)
        for entry in state.entries { checkAccount(entry, state, simulation) }
        for worker in simulation.workers where !state.entries.contains(where: { $0.peer == worker.peer }) {
            checkAbsent(worker, state, simulation)
        }
    }

    // MARK: - Parts

    private mutating func fail(_ words: String, _ simulation: ClusterSimulation) {
        if violation != nil { return }
        let entries = (simulation.master?.entries ?? simulation.finished?.state.entries ?? []).map { entry in
            let dealt = simulation.master?.dispatch.counts(of: entry.index) ?? []
            return "\(entry.account) \(entry.peer.session) \(entry.phase) dealt \(dealt), epoch \(entry.epoch), \(entry.allowance)"
        }
        let workers = simulation.workers.filter(\.isThere).map { worker in
            "\(worker.peer) \(worker.state.phase) has \(worker.engine?.users ?? []), order \(worker.state.targetsVersion) of epoch \(worker.state.epoch)"
        }
        violation = (["at \(Double(simulation.now) / 1e9) s: \(words)"] + entries + workers).joined(separator: "\n  ")
    }

    /// The plan's count over a step is what the step ends with, and where the number falls, what may be left of the one before.
    private mutating func checkUsers(_ simulation: ClusterSimulation) {
        if let master = simulation.master {
            if simulation.run != run {
                (run, ceiling, boundsBefore) = (simulation.run, 0, 0)
            }
            if simulation.masters != masters {
                masters = simulation.masters
                boundsBefore = 0
            }
            let count = master.dispatch.live
            let dealt = master.dispatch.count
            let sum = master.entries.reduce(0) { $0 + $1.allowance.bound }
            if sum != master.bounds { fail("bounds \(master.bounds), their sum \(sum)", simulation) }
            if master.bounds > max(count, boundsBefore) {
                fail("bounds rose from \(boundsBefore) to \(master.bounds), above the plan's \(count)", simulation)
            }
            boundsBefore = master.bounds
            let isNew = simulation.masterKeptLog && simulation.now < simulation.masterStartedAt + 10 * Self.second
            ceiling = isNew ? max(ceiling, count) : max(count, min(ceiling, master.bounds))
            if master.phase == .running, let startedAt = master.startedAt {
                let planned = max(
                    master.course.users(before: master.nextStep - startedAt), master.course.users(before: simulation.now - startedAt))
                if dealt > max(planned, countBefore) { fail("\(dealt) users dealt, \(planned) are planned", simulation) }
            }
            countBefore = dealt
        }
        let active = simulation.activeUsers
        if active > ceiling { fail("\(active) users active, the plan has \(ceiling)", simulation) }
    }

    /// What runs once runs once, before and after all users; no row is given out twice, and none is lost sight of.
    private mutating func checkScript(_ simulation: ClusterSimulation) {
        let workers = simulation.workers
        for step in [UserStep.setup, .teardown] {
            let runs = workers.reduce(0) { $0 + $1.runs(of: step, inRun: simulation.run) }
            if runs > 1 { fail("\(step) was run \(runs) times", simulation) }
            if step == .teardown, runs > 0, simulation.activeUsers > 0 { fail("teardown is run while there are users", simulation) }
        }
        if workers.contains(where: { $0.engine?.threads.contains(where: \.hasMissedValue) ?? false }) {
            fail("a user came before the value of setup", simulation)
        }
        guard simulation.options.rows != nil, simulation.events % 16 == 0 else { return }
        let drawn = workers.flatMap { $0.drawn(inRun: simulation.run) }
        if Set(drawn).count != drawn.count { fail("rows were drawn twice: \(drawn.sorted())", simulation) }
        for use in simulation.master?.dataUse ?? simulation.finished?.state.dataUse ?? [] {
            if use.granted != use.drawn + use.burnt + use.held { fail("\(use) does not add up", simulation) }
            if use.drawn > drawn.count { fail("\(use), but \(drawn.count) were drawn", simulation) }
        }
    }

    private mutating func checkMemory(_ simulation: ClusterSimulation) {
        for worker in simulation.workers where worker.isThere && worker.state.lease.sentCount > 64 {
            fail("\(worker.peer.name): \(worker.state.lease.sentCount) heartbeats are kept", simulation)
        }
    }

    /// What was acknowledged is in the result.
    private mutating func checkAcknowledged(_ simulation: ClusterSimulation) {
        guard let master = simulation.master else { return }
        for worker in simulation.workers where worker.isThere && worker.state.welcome?.run == simulation.run {
            guard let index = master.positions[worker.peer.name], master.entries[index].hello.session == worker.peer.session else {
                continue
            }
            if master.entries[index].lastDelta < worker.state.outbox.acknowledged {
                fail(
                    "\(worker.peer): \(worker.state.outbox.acknowledged) acknowledged, \(master.entries[index].lastDelta) merged",
                    simulation)
            }
        }
    }

    /// The result holds each delta applied once, as it was first sent.
    private mutating func checkContents(_ master: MasterState?, _ simulation: ClusterSimulation) {
        guard let master else { return }
        let merged = Dictionary(uniqueKeysWithValues: master.result.requests.compactMap { entry in entry.key.map { ($0.name, entry) } })
        for entry in master.entries {
            guard let worker = simulation.workers.first(where: { $0.peer == entry.peer }) else { continue }
            let sent = worker.contents[simulation.run] ?? []
            guard entry.lastDelta <= sent.count else { return fail("\(entry.name): delta \(entry.lastDelta) was never sent", simulation) }
            var (finished, interrupted, mark): (Int64, Int64, Int64) = (0, 0, 0)
            for request in sent.prefix(entry.lastDelta).flatMap(\.snapshot.requests) {
                finished += request.requests
                interrupted += request.interrupted
                mark += request.receivedBytes
            }
            let result = merged["\(entry.peer.session)"]
            if (result?.requests ?? 0, result?.interrupted ?? 0, result?.receivedBytes ?? 0) != (finished, interrupted, mark) {
                fail(
                    "\(entry.name): \(result?.requests ?? 0)+\(result?.interrupted ?? 0) requests are merged, of \(finished)+\(interrupted) sent",
                    simulation)
            }
        }
    }

    /// Users come back to the plan's count some time after everything is well again.
    private mutating func checkRecovery(_ simulation: ClusterSimulation) {
        guard hasRecovered == nil, let master = simulation.master, let startedAt = master.startedAt, master.phase == .running else {
            return
        }
        let users = Double(max(master.course.most, simulation.options.users))
        let healed = max(simulation.options.healedAt, simulation.masterStartedAt) + 16 * Self.second
        let deadline =
            max(healed, startedAt + (master.course.ramps.last?.startNanoseconds ?? 0) + 6 * Self.second)
            + Int64(users / master.spawnRate * 1e9)
        guard simulation.now > deadline else { return }
        let planned = master.course.users(before: simulation.now - startedAt) - (master.dispatch.count - master.dispatch.live)
        // Somebody is just about to end, or has, and it was not heard of yet.
        if simulation.options.behaviour.endChance > 0 || simulation.options.rows != nil, simulation.activeUsers < planned { return }
        hasRecovered = simulation.activeUsers == planned
        if simulation.activeUsers != planned {
            fail("\(simulation.activeUsers) users active, \(planned) are planned", simulation)
        }
    }

    /// Nothing hangs.
    private mutating func checkTime(_ simulation: ClusterSimulation) {
        let options = simulation.options
        let begin = max(simulation.masterStartedAt, options.healedAt)
        let bound = begin + 20 * Self.second + options.runTime + options.grace + 14 * Self.second
        if simulation.finished == nil, simulation.now > bound { fail("the run does not end", simulation) }
        if let (_, at) = simulation.finished, simulation.now > max(at, options.healedAt) + 80 * Self.second {
            fail("workers do not end: \(simulation.workers.filter(\.isThere).map { "\($0.peer) \($0.state.phase)" })", simulation)
        }
    }

    /// A worker of the run that the last master never heard of has been said to be absent, with enough requests.
    private mutating func checkAbsent(_ worker: SimulatedWorker, _ state: MasterState, _ simulation: ClusterSimulation) {
        let truth = worker.truth(ofRun: simulation.run)
        guard truth.issued > 0 else { return }
        guard let standing = state.absent.values.first(where: { $0.peer == worker.peer }),
            let account = state.result.workers.first(where: { $0.name == standing.account })
        else { return fail("\(worker.peer): nothing is said of \(truth)", simulation) }
        let loss = truth.issued - account.merged - account.interrupted
        if standing.userRate > 0, loss > account.unaccounted + account.unheard * 3 / 2 {
            fail("\(standing): \(loss) lost, \(account.unaccounted) and \(account.unheard) unheard said: \(truth)", simulation)
        }
    }

    private mutating func checkAccount(_ entry: RosterEntry, _ state: MasterState, _ simulation: ClusterSimulation) {
        guard let worker = simulation.workers.first(where: { $0.peer == entry.peer }) else { return }
        guard let account = state.result.workers.first(where: { $0.name == entry.account }) else { return }
        let truth = worker.truth(ofRun: simulation.run)
        if account.issued != account.merged + account.interrupted + account.unaccounted || account.unaccounted < 0 {
            fail("\(entry.account): \(account) does not add up", simulation)
        }
        let loss = truth.issued - account.merged - account.interrupted
        let isOrderly = entry.phase == .left && entry.isStopped || entry.phase == .left && worker.end == .terminated
        if isOrderly, account.unaccounted != 0 || loss != 0 || account.merged != truth.finished || account.interrupted != truth.interrupted
        {
            fail("\(entry.account) ended in order, but \(account) is not \(truth)", simulation)
        }
        if loss < account.unaccounted {
            fail("\(entry.account): \(loss) lost, \(account.unaccounted) said: \(account) \(truth)", simulation)
        }
        // The rate is as few heartbeats showed it; it may have been half as much again. Before any worker has shown one, nothing can be said.
        let isRateKnown = state.entries.contains { $0.greatestUserRate > 0 }
        if isRateKnown, loss > account.unaccounted + account.unheard * 3 / 2 {
            fail(
                "\(entry.account): \(loss) lost, \(account.unaccounted) and \(account.unheard) unheard said: \(account) \(truth)",
                simulation)
        }
    }
}
