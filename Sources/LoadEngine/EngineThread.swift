import EventLoop
import HTTPTransport
import LoadModel
import Statistics

/// One loop of load: its users, their timers, their transport and their statistics, on a thread of its own, shared with nobody.
///
/// Make it and call `run()` on that thread; every other thread talks to it through `commands` and hears from it through `report`.
package final class EngineThread<Users: VirtualUsers> {
    private let index: Int
    let settings: EngineSettings
    let users: Users
    let transport: CurlTransport
    private let poller: Poller
    private let commands: Mailbox<EngineCommand>
    private let report: @Sendable (EngineReport) -> Void
    let lease: EngineLease
    let gauges: EngineGauges

    let recorder = IntervalRecorder()
    private let exchange = UserExchange()
    private var reasons = StatusReasons()
    private var generator: SplitMix64
    private let bases: [[UInt8]]
    private let modes: [ConnectionMode]
    private let choices: [WeightedChoice]

    /// By slot.
    var progress: [UserProgress] = []
    var freeSlots: [Int] = []
    /// Leaving ones included.
    var activeUsers = 0
    var timers = TimerHeap()
    /// Users whose next step is due now, oldest first.
    var ready = Queue<DueStep>()
    var spawns = SpawnQueue()
    var retires = RetireQueue()
    var newest: NewestUsers
    var leavers = Leavers()
    var admission = AdmissionQueue()
    /// nil: the run goes on.
    var stop: StopDeadlines?
    var hasGraceEnded = false
    var hasReportedStop = false
    /// True from the moment when a request was refused because the lease has expired until all users are dropped.
    var hasLeaseExpired = false
    private var connectionCap: Int
    private var lag = LoopLag()
    private var fault: String?
    private var connectionsReported: Int64 = 0
    private var submitted = 0
    private var hasEnded = false

    /// So many requests are handed over before libcurl starts them: a crowd that is due at once must not wait for its last one.
    private static var startBatch: Int { 8 }
    /// So many idle connections are closed in one turn of the loop after the cap was lowered: users must not wait for thousands.
    private static var closeBatch: Int { 64 }
    private static var mailboxToken: UInt64 { 0 }

    /// Throws when the system has no descriptor or memory left for the loop.
    package init(
        index: Int, settings: EngineSettings, users: Users, commands: Mailbox<EngineCommand>,
        report: @escaping @Sendable (EngineReport) -> Void
    ) throws {
        self.index = index
        self.settings = settings
        self.users = users
        self.commands = commands
        self.report = report
        lease = settings.lease
        gauges = settings.gauges
        precondition(gauges.userClasses == settings.userClasses.count, "gauges for other user classes")
        connectionCap = settings.connectionCap
        newest = NewestUsers(userClasses: settings.userClasses.count)
        poller = try Poller()
        transport = try CurlTransport(poller: poller, options: settings.transport)
        poller.add(commands.descriptor, bits: Poller.readable, token: Self.mailboxToken)
        generator = SplitMix64(seed: settings.seed)
        bases = settings.userClasses.map { Array(($0.host ?? "").utf8) }
        modes = settings.userClasses.map { $0.connections ?? .user }
        choices = settings.userClasses.map { WeightedChoice(weights: $0.tasks.map(\.weight)) }
    }

    // MARK: - The loop

    /// Runs until `EngineCommand.end`.
    package func run() {
        OSThread.expireTimersOnTime()
        while !hasEnded {
            var now = MonotonicClock.nanoseconds()
            dropAllIfLeaseExpired(now: now)
            releaseSpawnsAndLeavings(now)
            releaseTimers(now)
            runReady()
            startSubmitted(now: now)
            takeFinished()
            let mayCloseMore = closeConnectionsAboveCap()
            admitQueued()
            now = MonotonicClock.nanoseconds()
            dropAllIfLeaseExpired(now: now)
            enforceLeavings(now: now)
            if let stop { enforce(stop, now: now) }
            gauges.show(openConnections: transport.openConnections)
            var timeout = mayCloseMore ? 0 : timeout(now: now)
            if timeout != 0 && users.tidy() { timeout = 0 }
            let count = poller.wait(nanoseconds: timeout)
            // The wait may have lasted past the expiry, if the process was stopped: libcurl must not find a connection ready then.
            if count > 0 && lease.expiryNanoseconds != .max { dropAllIfLeaseExpired(now: MonotonicClock.nanoseconds()) }
            for position in 0..<count {
                let event = poller.event(position)
                if CurlTransport.owns(event.token) {
                    transport.handle(event)
                    takeFinished()
                    if hasLeaseExpired { dropAll() }
                } else {
                    for command in commands.drain() { obey(command) }
                }
            }
        }
        for slot in progress.indices where progress[slot].activity != .gone { endUser(slot) }
    }

    private func timeout(now: Int64) -> Int64 {
        if !ready.isEmpty || transport.hasFinished { return 0 }
        var next = Int64.max
        if let deadline = timers.nextDeadline { next = min(next, deadline) }
        if let deadline = transport.nextDeadline { next = min(next, deadline) }
        if let deadline = spawns.nextDeadline { next = min(next, deadline) }
        if let deadline = retires.nextDeadline { next = min(next, deadline) }
        if let deadline = leavers.nextDeadline { next = min(next, deadline) }
        // Without users there is nothing to be stopped or dropped, however long ago that was due.
        if let stop, activeUsers > 0 { next = min(next, now < stop.graceEnd ? stop.graceEnd : stop.cutOff) }
        if hasUsers { next = min(next, lease.expiryNanoseconds) }
        if next == .max { return -1 }
        return max(0, next - now)
    }

    private func obey(_ command: EngineCommand) {
        switch command {
        case .spawn(let order):
            if stop == nil { spawns.append(order) }
        case .retire(let order):
            if stop == nil { retires.append(order) }
        case .release: dropAll()
        case .cap(let cap): connectionCap = cap
        case .report: sendReport()
        case .stop(let grace):
            if stop == nil { begin(StopDeadlines(stoppedAt: MonotonicClock.nanoseconds(), graceNanoseconds: grace)) }
        case .cutOff: begin(StopDeadlines(cutOffAt: MonotonicClock.nanoseconds()))
        case .end: hasEnded = true
        }
    }

    /// Sends a report of the interval that ends now.
    func sendReport() {
        recorder.countConnectionsOpened(Int64(transport.connectionsOpened) - connectionsReported)
        connectionsReported = Int64(transport.connectionsOpened)
        let isStopped = stop != nil && activeUsers == 0
        if isStopped { hasReportedStop = true }
        report(
            EngineReport(
                thread: index, snapshot: recorder.takeSnapshot(), users: activeUsers, openConnections: transport.openConnections, lag: lag,
                isStopped: isStopped, fault: fault))
        lag = LoopLag()
    }

    // MARK: - Users

    /// Users come and go in the order in which they are due; of two that are due at once the one that comes is first.
    private func releaseSpawnsAndLeavings(_ now: Int64) {
        while true {
            let (start, leaving) = (spawns.nextDeadline ?? .max, retires.nextDeadline ?? .max)
            if start <= leaving, let start = spawns.popDue(now: now) {
                lag.note(due: start.due, now: now)
                spawn(userClass: start.userClass, number: start.number, due: start.due)
            } else if leaving < start, let leave = retires.popDue(now: now) {
                lag.note(due: leave.due, now: now)
                letLeave(userClass: leave.userClass, until: StopDeadlines(stoppedAt: now, graceNanoseconds: leave.graceNanoseconds))
            } else {
                return
            }
        }
    }

    private func spawn(userClass: Int, number: Int, due: Int64) {
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
        } else {
            slot = progress.count
            progress.append(UserProgress())
        }
        progress[slot].spawn(userClass: userClass, hasOnStart: settings.userClasses[userClass].hasOnStart, due: due)
        activeUsers += 1
        gauges.add(1, userClass: userClass)
        newest.append(slot: slot, userClass: userClass)
        users.create(slot: slot, userClass: userClass, number: number)
        makeReady(slot)
    }

    private func releaseTimers(_ now: Int64) {
        while let entry = timers.popDue(now: now) {
            let slot = Int(entry.key)
            guard progress[slot].generation == entry.generation else { continue }
            lag.note(due: entry.deadline, now: now)
            switch progress[slot].activity {
            case .waiting: makeReady(slot)
            case .sleeping:
                exchange.request.reset()
                carryOut(users.wake(slot: slot, exchange: exchange), slot: slot, due: entry.deadline)
            case .gone, .requesting, .queued: break
            }
        }
    }

    /// Begins the steps of users that are due. Users that become due meanwhile have their turn after the sockets have had theirs.
    private func runReady() {
        for _ in 0..<ready.count {
            guard let step = ready.first else { return }
            ready.removeFirst()
            let slot = Int(step.slot)
            if progress[slot].activity == .waiting && progress[slot].generation == step.generation { beginStep(slot) }
        }
    }

    private func makeReady(_ slot: Int) { ready.append(DueStep(slot: Int32(slot), generation: progress[slot].generation)) }

    private func beginStep(_ slot: Int) {
        let userClass = Int(progress[slot].userClass)
        let step: UserStep = progress[slot].beginStep() ? .start : .task(choices[userClass].next(using: &generator))
        exchange.request.reset()
        carryOut(users.begin(step, slot: slot, exchange: exchange), slot: slot, due: progress[slot].due)
    }

    /// Does what a user has asked for. `due`: when that was meant to happen.
    private func carryOut(_ command: UserCommand, slot: Int, due: Int64) {
        switch command {
        case .request: request(slot, due: due)
        case .sleep(let nanoseconds):
            guard taskMayGoOn(slot) else { return cutOff(slot) }
            progress[slot].activity = .sleeping
            setTimer(slot, at: due + max(0, nanoseconds))
        case .end: stepEnded(slot, failed: false, now: due)
        case .exception:
            let name = settings.userClasses[Int(progress[slot].userClass)].name
            if let exception = exchange.exception { recorder.record(exception: exception, userClass: name) }
            exchange.exception = nil
            stepEnded(slot, failed: true, now: due)
        case .batch, .rows, .leaveGroup, .stopUser, .stopRun, .breach: preconditionFailure("not built yet")
        }
    }

    private func stepEnded(_ slot: Int, failed: Bool, now: Int64) {
        if stop != nil || progress[slot].isLeaving { return endUser(slot) }
        let userClass = Int(progress[slot].userClass)
        progress[slot].activity = .waiting
        switch progress[slot].stepEnded(failed: failed) {
        case .taskNow:
            progress[slot].due = now
            makeReady(slot)
        case .afterWait:
            let ended = MonotonicClock.nanoseconds()
            let wait = settings.userClasses[userClass].wait.next(using: &generator)
            progress[slot].due = ended + wait
            if wait == 0 { makeReady(slot) } else { setTimer(slot, at: ended + wait) }
        }
    }

    private func setTimer(_ slot: Int, at deadline: Int64) {
        progress[slot].generation &+= 1
        timers.insert(deadline: deadline, key: Int32(slot), generation: progress[slot].generation)
    }

    // MARK: - Requests

    private func request(_ slot: Int, due: Int64) {
        guard taskMayGoOn(slot) else { return cutOff(slot) }
        progress[slot].due = due
        // Those that wait already come first, also before users that have a connection: all take turns.
        if admission.first != nil || isCapped(slot) {
            progress[slot].activity = .queued
            admission.append(AdmissionQueue.Entry(slot: slot, generation: progress[slot].generation, draft: exchange.request.copy()))
            return
        }
        send(exchange.request, slot: slot)
    }

    private func send(_ draft: borrowing RequestDraft, slot: Int) {
        let now = MonotonicClock.nanoseconds()
        if now >= lease.expiryNanoseconds {
            // The others are dropped when the work in hand is done: it goes through lists that would change.
            hasLeaseExpired = true
            return cutOff(slot)
        }
        let userClass = Int(progress[slot].userClass)
        let name = draft.name.isEmpty ? draft.target.bytes : draft.name.bytes
        progress[slot].request = recorder.request(method: draft.method, name: name)
        progress[slot].activity = .requesting
        bases[userClass].withUnsafeBytes { base in
            do {
                try transport.submit(draft, base: base, slot: slot, mode: modes[userClass], now: now)
                recorder.countIssued()
                gauges.show(requestsIssued: recorder.issued)
                submitted += 1
                if submitted % Self.startBatch == 0 { startSubmitted(now: 0) }
            } catch {
                fault = "\(error)"
                users.abandon(slot: slot)
                stepEnded(slot, failed: true, now: progress[slot].due)
            }
        }
    }

    /// Has libcurl begin with what was handed over, and with `now` above 0 do whatever else is due by then.
    private func startSubmitted(now: Int64) {
        if !hasLeaseExpired { transport.runTimers(now: now) }
    }

    private func isCapped(_ slot: Int) -> Bool {
        guard connectionCap > 0, transport.committedConnections >= connectionCap else { return false }
        // The cap was lowered: those that have a connection wait as well, else it would never become idle.
        if transport.committedConnections > connectionCap { return true }
        guard transport.needsConnection(slot: slot, mode: modes[Int(progress[slot].userClass)]) else { return false }
        return !transport.closeIdleConnections()
    }

    /// Closes idle connections above the cap, a few at a time. True: there may be more to close.
    private func closeConnectionsAboveCap() -> Bool {
        guard connectionCap > 0 else { return false }
        var closed = 0
        while transport.committedConnections > connectionCap {
            if closed == Self.closeBatch { return true }
            if !transport.closeIdleConnections() { return false }
            closed += 1
        }
        return false
    }

    /// Sends the requests that waited for a connection, oldest first, as far as the cap allows.
    private func admitQueued() {
        while let next = admission.first {
            // A user that was cut off, or whose slot has another user, has no request waiting.
            if progress[next.slot].activity == .queued && progress[next.slot].generation == next.generation {
                if !taskMayGoOn(next.slot) {
                    cutOff(next.slot)
                } else if isCapped(next.slot) {
                    break
                } else {
                    send(next.draft, slot: next.slot)
                    startSubmitted(now: 0)
                }
            }
            admission.removeFirst()
        }
    }

    private func takeFinished() {
        var hasSubmitted = false
        while let finished = transport.nextFinished() {
            hasSubmitted = true
            let slot = finished.slot
            let outcome = finished.outcome()
            let end = finished.finishedNanoseconds
            exchange.request.reset()
            let command = users.resume(slot: slot, outcome: outcome, exchange: exchange)
            record(outcome, slot: slot, end: end)
            transport.release(finished)
            carryOut(command, slot: slot, due: end)
        }
        // What was submitted goes out now, not after the sockets that are still to be looked at.
        if hasSubmitted { startSubmitted(now: 0) }
    }

    private func record(_ outcome: borrowing RequestOutcome, slot: Int, end: Int64) {
        guard let request = progress[slot].request else { return }
        var failure = FailureID.none
        if let reason = outcome.transportFailure {
            failure = recorder.failure(of: request, reason: reason)
        } else if outcome.status >= 400 {
            failure = recorder.failure(of: request, reason: reasons.text(for: outcome.status))
        } else if !exchange.verdict.failureReason.isEmpty {
            failure = recorder.failure(of: request, reason: exchange.verdict.failureReason.bytes)
        }
        exchange.verdict.reset()
        recorder.record(
            RequestSample(
                request: request, serviceTimeNanoseconds: outcome.serviceTimeNanoseconds,
                responseTimeNanoseconds: max(end - progress[slot].due, outcome.serviceTimeNanoseconds), phases: outcome.phases,
                receivedBytes: outcome.receivedBytes, failure: failure, status: outcome.status))
    }
}
