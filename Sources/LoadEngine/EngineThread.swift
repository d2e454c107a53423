import EventLoop
import HTTPTransport
import LoadModel
import Statistics

/// One loop of load: its users, their timers, their transport and their statistics, on a thread of its own, shared with nobody.
///
/// Make it and call `run()` on that thread; every other thread talks to it through `commands` and hears from it through `report` and `tell`.
///
/// Its parts: steps of users (`EngineThread+Steps`), their requests (`+Requests`, `+Batches`) and rows (`+Rows`), how users go (`+Departures`),
/// what runs once (`+Once`), the open model (`+Arrivals`), what there is so
/// much of in the whole run (`+Budgets`).
package final class EngineThread<Users: VirtualUsers> {
    let index: Int
    let settings: EngineSettings
    let users: Users
    let transport: CurlTransport
    private let poller: Poller
    private let commands: Mailbox<EngineCommand>
    private let report: @Sendable (EngineReport) -> Void
    let tell: @Sendable (EngineEvent) -> Void
    let lease: EngineLease
    let gauges: EngineGauges

    let recorder: IntervalRecorder
    /// By class, then task.
    let iterations: [[IterationID]]
    let exchange = UserExchange()
    var reasons = StatusReasons()
    var generator: SplitMix64
    let bases: [[UInt8]]
    let modes: [ConnectionMode]
    /// By class; false: its schedule begins anew with each start, so nobody knows when a request should have started.
    let offersResponseTime: [Bool]
    let plans: [TaskPlan]

    /// By slot.
    var progress: [UserProgress] = []
    /// By slot, as far as there were users whose class has groups or a sequence.
    var walks: [TaskWalk] = []
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
    /// nil: in the closed model users begin anew by themselves.
    var arrivals: ArrivalDesk?
    /// Users that wait for a start.
    var idleUsers = 0
    var busy = BusyTime()
    /// nil: there may be any number.
    var iterationBudget: Budget?
    var requestBudget: Budget?
    /// True when users that waited were ended, since there is nothing left to begin.
    var hasEndedSpent = false
    var admission = AdmissionQueue()
    var parking = RowParking()
    /// By slot: batches under way, or waiting.
    var batches: [Int: RunningBatch] = [:]
    /// The user that runs `setup` or `teardown`.
    var onceSlot: Int?
    /// Counts calls into the script.
    private var turn: UInt64 = 0
    /// nil: the run goes on.
    var stop: StopDeadlines?
    var hasGraceEnded = false
    var hasReportedStop = false
    /// True from the moment when a request was refused because the lease has expired, or a limit of the script was broken, until all users are
    /// dropped.
    var mustDropAll = false
    /// True when the script has broken a limit of the whole run: there are no users any more.
    var isBroken = false
    var hasReportedBreach = false
    var hasToldStop = false
    var connectionCap: Int
    /// nil: connections are opened as they are needed.
    var connectPacer: ConnectPacer?
    /// Those that wait for their turn to open a connection.
    var pacing = AdmissionQueue()
    var lag = LoopLag()
    var fault: String?
    private var connectionsReported: Int64 = 0
    var submitted = 0
    private var hasEnded = false

    private static var mailboxToken: UInt64 { 0 }

    /// Throws when the system has no descriptor or memory left for the loop.
    package init(
        index: Int, settings: EngineSettings, users: Users, commands: Mailbox<EngineCommand>,
        report: @escaping @Sendable (EngineReport) -> Void, tell: @escaping @Sendable (EngineEvent) -> Void = { _ in }
    ) throws {
        self.index = index
        self.settings = settings
        self.users = users
        self.commands = commands
        self.report = report
        self.tell = tell
        lease = settings.lease
        gauges = settings.gauges
        precondition(gauges.userClasses == settings.userClasses.count, "gauges for other user classes")
        connectionCap = settings.connectionCap
        newest = NewestUsers(userClasses: settings.userClasses.count)
        poller = try Poller()
        transport = try CurlTransport(poller: poller, options: settings.transport, profiles: settings.userClasses.map(\.profile))
        poller.add(commands.descriptor, bits: Poller.readable, token: Self.mailboxToken)
        generator = SplitMix64(seed: settings.seed)
        bases = settings.userClasses.map { Array(($0.host ?? "").utf8) }
        modes = settings.userClasses.map { $0.connections ?? .user }
        offersResponseTime = settings.userClasses.map { userClass in
            if case .schedule(_, catchesUp: false) = userClass.wait { return false }
            return true
        }
        plans = settings.userClasses.map { TaskPlan($0) }
        let recorder = IntervalRecorder(userClasses: settings.userClasses, isOnLocustGrid: settings.isOnLocustGrid)
        self.recorder = recorder
        iterations = settings.userClasses.enumerated().map { index, userClass in
            userClass.tasks.indices.map { recorder.iteration(userClass: index, task: $0) }
        }
        iterationBudget = settings.iterationSource.map { Budget(source: $0) }
        requestBudget = settings.requestSource.map { Budget(source: $0) }
        arrivals = settings.arrivals.map { ArrivalDesk($0, weights: settings.userClasses.map(\.weight)) }
    }

    // MARK: - The loop

    /// Runs until `EngineCommand.end`.
    package func run() {
        OSThread.expireTimersOnTime()
        while !hasEnded {
            var now = MonotonicClock.nanoseconds()
            dropAllIfDue(now: now)
            releaseSpawnsAndLeavings(now)
            releaseTimers(now)
            releaseArrivals(now)
            runReady()
            startSubmitted(now: now)
            takeFinished()
            if hasBudgets { endWaitingIfSpent() }
            let mayCloseMore = closeConnectionsAboveCap()
            admitQueued()
            now = MonotonicClock.nanoseconds()
            dropAllIfDue(now: now)
            enforceLeavings(now: now)
            if let stop { enforce(stop, now: now) }
            gauges.show(openConnections: transport.openConnections, opened: transport.connectionsOpened)
            gauges.show(pendingStarts: pendingStarts)
            var timeout = mayCloseMore ? 0 : timeout(now: now)
            if timeout != 0 && users.tidy() { timeout = 0 }
            let count = poller.wait(nanoseconds: timeout)
            // The wait may have lasted past the expiry, if the process was stopped: libcurl must not find a connection ready then.
            if count > 0 && lease.expiryNanoseconds != .max { dropAllIfDue(now: MonotonicClock.nanoseconds()) }
            for position in 0..<count {
                let event = poller.event(position)
                if CurlTransport.owns(event.token) {
                    transport.handle(event)
                    takeFinished()
                    if mustDropAll { dropAll() }
                } else {
                    for command in commands.drain() { obey(command) }
                }
            }
        }
        // Who is in the middle of `setup` or `teardown` is none of the users that are counted.
        if let slot = onceSlot {
            users.destroy(slot: slot)
            transport.forget(slot: slot)
            free(slot)
            onceSlot = nil
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
        if let deadline = arrivals?.nextDeadline { next = min(next, deadline) }
        if let deadline = leavers.nextDeadline { next = min(next, deadline) }
        if let pacer = connectPacer, pacing.first != nil { next = min(next, pacer.next) }
        // Without users there is nothing to be stopped or dropped, however long ago that was due.
        if let stop, activeUsers > 0 { next = min(next, now < stop.graceEnd ? stop.graceEnd : stop.cutOff) }
        if hasUsers { next = min(next, lease.expiryNanoseconds) }
        if next == .max { return -1 }
        return max(0, next - now)
    }

    private func obey(_ command: EngineCommand) {
        switch command {
        case .spawn(let order):
            if stop == nil && !isBroken { spawns.append(order) }
        case .retire(let order):
            if stop == nil { retires.append(order) }
        case .arrivals(let order): take(order)
        case .release: dropAll()
        case .cap(let cap): connectionCap = cap
        case .connectRate(let rate): pace(rate)
        case .report: sendReport()
        case .stop(let grace):
            if stop == nil {
                beginLastStarts()
                begin(StopDeadlines(stoppedAt: MonotonicClock.nanoseconds(), graceNanoseconds: grace))
            }
        case .cutOff:
            cutOffOnce()
            begin(StopDeadlines(cutOffAt: MonotonicClock.nanoseconds()))
        case .rows(let grant): take(grant)
        case .share(let value): users.share(value)
        case .runOnce(let step): runOnce(step)
        case .end: hasEnded = true
        }
    }

    /// Sends a report of the interval that ends now.
    func sendReport() {
        let now = MonotonicClock.nanoseconds()
        dropLateStarts(now: now)
        recorder.countBusy(nanoseconds: busy.take(at: now))
        recorder.countConnectionsOpened(Int64(transport.connectionsOpened) - connectionsReported)
        connectionsReported = Int64(transport.connectionsOpened)
        let isStopped = stop != nil && activeUsers == 0
        if isStopped { hasReportedStop = true }
        report(
            EngineReport(
                thread: index, snapshot: recorder.takeSnapshot(), users: activeUsers, endedUsers: gauges.endedUsers,
                openConnections: transport.openConnections, lag: lag, isStopped: isStopped, fault: fault))
        lag = LoopLag()
    }

    // MARK: - Calls into the script

    /// A call into the script begins, for this user.
    @inline(__always)
    func enterScript(_ slot: Int) {
        turn &+= 1
        gauges.show(StepMark(turn: turn, userClass: progress[slot].userClass, step: progress[slot].step))
    }

    /// The call has come back.
    @inline(__always)
    func leaveScript() {
        gauges.show(.none)
        if !exchange.measurements.isEmpty || !exchange.rowsWanted.isEmpty || !exchange.rowsDrawn.isEmpty { takeFromDesk() }
    }

    @inline(never)
    private func takeFromDesk() {
        for measurement in exchange.measurements { recorder.record(measurement) }
        exchange.measurements.removeAll(keepingCapacity: true)
        for (source, count) in exchange.rowsDrawn { gauges.add(drawnRows: count, source: source) }
        exchange.rowsDrawn.removeAll(keepingCapacity: true)
        for (source, count) in exchange.rowsWanted { tell(.rowsWanted(thread: index, source: source, count: count)) }
        exchange.rowsWanted.removeAll(keepingCapacity: true)
    }
}
