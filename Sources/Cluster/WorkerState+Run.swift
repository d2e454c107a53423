import LoadEngine
import Statistics
import Wire

/// Users and figures of a run.
extension WorkerState {
    /// The engine threads are there.
    mutating func begin(_ crew: EngineCrew, now: Int64) -> [WorkerAction] {
        guard phase == .starting else { return [] }
        self.crew = crew
        let place = welcome?.place ?? 0
        let stride = max(1, welcome?.workers ?? 1)
        shares = ThreadShares(
            threads: crew.threads, classes: crew.classes.count,
            firstNumber: place % stride + place / stride * Self.numbersOfLateWorkers, numberStride: stride, mixesClasses: crew.isOpen)
        rows = RowIntake(sources: crew.dataSources, threads: crew.threads)
        endedInReports = Array(repeating: Array(repeating: 0, count: crew.classes.count), count: crew.threads)
        users = Array(repeating: 0, count: crew.threads)
        openConnections = users
        phase = .running
        nextReport = now + Self.intervalNanoseconds
        // The first heartbeat may be the word that begins the run.
        nextHeartbeat = min(nextHeartbeat, now + Self.heartbeatNanoseconds)
        return ready()
    }

    /// So many users from now on, unless the order is an old one.
    mutating func take(_ targets: UserTargets, now: Int64) -> [WorkerAction] {
        guard phase == .running, let crew, targets.epoch == epoch, targets.version > targetsVersion, !lease.hasLapsed(at: now),
            releasing.isEmpty, !crew.needsSharedValue || sharedValue != nil
        else { return [] }
        if targetsVersion == 0 { alignReports(runElapsed: targets.runElapsedNanoseconds, now: now) }
        clock.noteBegan(now - targets.runElapsedNanoseconds)
        let byName = Dictionary(targets.counts.map { ($0.name, $0.count) }, uniquingKeysWith: { first, _ in first })
        let counts = zip(crew.classes, shares.endedBeforeTotals).map { max(0, (byName[$0] ?? 0) - $1) }
        wantedUsers = counts
        let leaving = zip(shares.totals, counts).reduce(0) { $0 + max(0, $1.0 - $1.1) }
        if leaving > 0 {
            let until = max(lastUserDue, targets.lastDueIn(of: leaving) + now)
            fadingTargets = (fadingTargets?.version ?? targetsVersion, max(until, fadingTargets?.until ?? until))
        }
        let coming = zip(shares.totals, counts).reduce(0) { $0 + max(0, $1.1 - $1.0) }
        if coming > 0 { lastUserDue = max(lastUserDue, targets.lastDueIn(of: coming) + now) }
        targetsVersion = targets.version
        var actions: [WorkerAction] = []
        let cap = min(targets.connectionCap ?? .max, crew.connections)
        if cap != connectionCap {
            connectionCap = cap
            actions += (0..<crew.threads).map { .order(thread: $0, .cap(max(1, (cap + $0) / crew.threads))) }
        }
        if targets.connectRate != connectRate {
            connectRate = targets.connectRate
            let each = connectRate.map { $0 / Double(crew.threads) }
            actions += (0..<crew.threads).map { .order(thread: $0, .connectRate(each)) }
        }
        actions += shares.orders(
            to: counts, firstDue: now + targets.firstDueIn, interval: targets.intervalNanoseconds,
            grace: crew.graceNanoseconds
        ).map { .order(thread: $0.thread, $0.command) }
        return actions
    }

    /// Numbers of users that each worker which comes late has for itself.
    private static let numbersOfLateWorkers = 1_000_000_000

    /// Intervals end on whole seconds of the run, so that all workers' figures of a second belong together.
    private mutating func alignReports(runElapsed: Int64, now: Int64) {
        nextReport = now + Self.intervalNanoseconds - runElapsed % Self.intervalNanoseconds
    }

    /// Ends an interval. A thread that has not answered for the last one is not waited for: the others' figures go on their way.
    mutating func askForReports(now: Int64) -> [WorkerAction] {
        nextReport += Self.intervalNanoseconds
        if nextReport <= now { nextReport = now + Self.intervalNanoseconds }
        if !awaited.isEmpty { closeInterval(now: now) }
        let asked = Set(0..<(crew?.threads ?? 0)).subtracting(stoppedThreads).subtracting(awaited)
        awaited.formUnion(asked)
        return asked.sorted().map { .order(thread: $0, .report) }
    }

    /// Takes an engine thread's report.
    mutating func take(_ report: EngineReport, now: Int64) -> [WorkerAction] {
        // After the stop comes what teardown measured.
        guard let crew, phase == .running || phase == .stopping || phase == .stopped && isRunningOnce else { return [] }
        snapshot.fold(report.snapshot)
        issuedInReports += report.snapshot.issued
        users[report.thread] = report.users
        openConnections[report.thread] = report.openConnections
        lag.fold(report.lag)
        if report.endedUsers.count == crew.classes.count { endedInReports[report.thread] = report.endedUsers }
        if phase == .stopped { return [] }
        var faulted: [WorkerAction] = []
        if let fault = report.fault, wish?.isBreach != true, departure == .ordered { faulted = fail(fault, now: now) }
        return faulted + settle(report, crew: crew, now: now)
    }

    /// An engine thread cannot go on: the others' requests are cut off and counted, and this worker leaves when all is delivered. Where the
    /// script has broken a limit of the whole run, the master stops that instead.
    private mutating func fail(_ fault: String, now: Int64) -> [WorkerAction] {
        departure = .failed(fault)
        departureDeadline = now + Self.departureNanoseconds
        if phase == .running { phase = .stopping }
        return orders(toStop: StopOrder(graceNanoseconds: 0, isImmediate: true))
    }

    /// What a report is waited for.
    private mutating func settle(_ report: EngineReport, crew: EngineCrew, now: Int64) -> [WorkerAction] {
        awaited.remove(report.thread)
        var isReleased = false
        if let left = releasing[report.thread] {
            releasing[report.thread] = left > 1 ? left - 1 : nil
            isReleased = releasing.isEmpty
            if isReleased { shares.clear(endedBefore: endedInReports) }
        }
        if report.isStopped { stoppedThreads.insert(report.thread) }
        let isLast = stoppedThreads.count == crew.threads
        var released: [WorkerAction] = []
        if isReleased {
            // On the way to another master's run: now it is known what was issued in this one, and the new master hears it before it is joined.
            released = turnDeadline == .max ? [.lease(until: lease.expiry, isNew: true)] : hello(now: now)
        }
        guard isLast || awaited.isEmpty && !report.isStopped else { return released }
        closeInterval(now: now)
        guard isLast else { return released + deliver(now: now) }
        phase = .delivering
        // They may be needed once more.
        let isNeeded = crew.hasTeardown && departure == .ordered
        return (isNeeded ? [] : [.endEngines]) + deliver(now: now)
    }

    mutating func closeInterval(now: Int64) {
        outbox.add(
            snapshot, end: now, users: users.reduce(0, +), openConnections: openConnections.reduce(0, +),
            lagNanoseconds: lag.maximumNanoseconds)
        snapshot = IntervalSnapshot()
        lag = LoopLag()
    }

    /// The master wants the load to end.
    mutating func stop(_ order: StopOrder, now: Int64) -> [WorkerAction] {
        switch phase {
        case .running:
            phase = .stopping
            if let soon = settings.reportAfterStopNanoseconds { nextReport = min(nextReport, now + soon) }
            return orders(toStop: order)
        case .stopping: return order.isImmediate ? orders(toStop: order) : []
        case .stopped: return order.isImmediate && isRunningOnce ? [.order(thread: 0, .cutOff)] : [.send(.stopped)]
        case .seeking, .fetching, .starting, .delivering, .over: return []
        }
    }

    private static let leaving = Notice("leaving: delivering the last figures (Ctrl-C again ends at once)")

    /// Somebody at this worker wants it to end; the second time, at once.
    mutating func terminate(now: Int64) -> [WorkerAction] {
        terminations += 1
        if terminations > 1 {
            let undelivered = max(readings.issued, issuedInReports) - outbox.delivered
            let notice = Notice("\(undelivered) requests were not delivered to the master", isWarning: true)
            return (undelivered > 0 ? [.say(notice)] : []) + over(.terminated)
        }
        departure = .terminated
        turnDeadline = .max
        departureDeadline = now + Self.departureNanoseconds
        switch phase {
        case .seeking, .fetching, .starting: return [.send(.quit)] + over(.terminated)
        case .running:
            phase = .stopping
            return [.say(Self.leaving)] + orders(toStop: StopOrder(graceNanoseconds: 0))
        case .stopping, .delivering: return [.say(Self.leaving)]
        case .stopped:
            // What teardown has measured until now is delivered: see `answerOnce`.
            if isRunningOnce { return [.say(Self.leaving), .order(thread: 0, .cutOff)] }
            if let progress = once[.teardown], !progress.isAnswerDue { return [.say(Self.leaving)] }
            return [.send(.quit)] + over(.terminated)
        case .over: return []
        }
    }

    private func orders(toStop order: StopOrder) -> [WorkerAction] {
        (0..<(crew?.threads ?? 0)).map {
            .order(thread: $0, order.isImmediate ? .cutOff : .stop(graceNanoseconds: order.graceNanoseconds))
        }
    }
}

extension UserTargets {
    /// From the sending to the last of so many users that come or go.
    fileprivate func lastDueIn(of count: Int) -> Int64 {
        firstDueIn + ThreadShares.spread(intervalNanoseconds, over: count) * Int64(count - 1)
    }
}
