import EventLoop
import HTTPTransport
import LoadEngine
import LoadModel
import Wire

/// What a worker is on this machine, beside what it tells the master.
package struct WorkerSettings: Sendable {
    /// Engine threads, unless the plan says it; nil: one for each core.
    package var threads: Int?
    /// Where its connections to the target come from: see `TransportOptions`.
    package var sourceAddresses: [SourceAddress] = []
    /// A test's: see `Outbox`.
    package var dropsDelta: Int?
    /// Response times are counted as a Locust master wants them: see `IntervalRecorder`.
    package var isOnLocustGrid = false
    /// After the order to stop, what was measured so far is delivered once more so soon, whatever is still under way; nil: with the next interval.
    package var reportAfterStopNanoseconds: Int64?
    /// How long it does without a master.
    package var giveUpNanoseconds = WorkerState.giveUpNanoseconds

    package init(dropsDelta: Int? = nil) { self.dropsDelta = dropsDelta }
}

/// A worker on one thread: carries out what `WorkerState` decides, over a link, and owns the engine threads.
///
/// Its heartbeat never waits for an engine thread, nor an engine thread for it: they talk by mailbox, gauges and lease.
package final class WorkerLoop<Users: VirtualUsers & SendableMetatype, Link: WorkerLink & SendableMetatype> {
    private enum Input: Sendable {
        case planRead(RunPlan)
        case engineStarted
        case engineFailed(String)
        case report(EngineReport)
        case engine(EngineEvent)
        case log(String)
    }

    /// One run's engine threads.
    private struct Engines {
        var commands: [Mailbox<EngineCommand>] = []
        var threads: [OSThread] = []
        var gauges: [EngineGauges] = []
        var watches: [StepWatch] = []
        var blocked: BlockedThreads
        var lease: EngineLease
        var starting: Int
        var crew: EngineCrew
        /// Tells the threads of one run from those of another.
        var generation: Int
    }

    private let identity: WorkerHello
    private let settings: WorkerSettings
    private var link: Link
    private let makeUsers: @Sendable (RunPlan, UInt64, @escaping @Sendable (String) -> Void) throws -> Users
    private let say: (Notice) -> Void
    private let inbox: Mailbox<(generation: Int, input: Input)>
    private let poller: Poller
    private var watched: [Int32] = []
    private var state: WorkerState
    private var engines: Engines?
    /// Reads a plan, which may take seconds where there are large data files.
    private var planReader: OSThread?
    private var generation = 0
    private var workerIndex = 0
    private var leaseExpiry = Int64.max
    private var usage = ProcessUsage()
    private var health: HealthWatch?
    private var printed = PrintedLines()
    /// True when an engine thread would not end: the process can only be left with `_exit`.
    package private(set) var hasStuckThreads = false

    private static var inboxToken: UInt64 { 0 }
    private static var signalToken: UInt64 { 1 }
    private static var linkToken: UInt64 { 2 }

    /// `makeUsers` is called once on each engine thread, with the seed of its script and what takes the lines that the script prints; `say` is
    /// called on the worker's thread.
    /// Throws when the process has no descriptor left.
    package init(
        identity: WorkerHello, settings: WorkerSettings, link: Link,
        makeUsers: @escaping @Sendable (RunPlan, UInt64, @escaping @Sendable (String) -> Void) throws -> Users,
        say: @escaping (Notice) -> Void
    ) throws {
        self.identity = identity
        self.settings = settings
        self.link = link
        self.makeUsers = makeUsers
        self.say = say
        inbox = try Mailbox()
        poller = try Poller()
        state = WorkerState(identity: identity, settings: settings, now: MonotonicClock.nanoseconds())
    }

    /// Takes part in one run, on the calling thread, until it is over. `signals`: SIGINT and SIGTERM make the worker leave in order, a second one at
    /// once.
    package func run(signals: SignalInbox?) -> WorkerEnd {
        poller.add(inbox.descriptor, bits: Poller.readable, token: Self.inboxToken)
        if let signals { poller.add(signals.descriptor, bits: Poller.readable, token: Self.signalToken) }
        defer {
            poller.remove(inbox.descriptor)
            if let signals { poller.remove(signals.descriptor) }
            for descriptor in watched { poller.remove(descriptor) }
            watched = []
        }
        state = WorkerState(identity: identity, settings: settings, now: MonotonicClock.nanoseconds())
        while true {
            // The link's descriptors are hints, and sending uses them up: it is asked until it has nothing.
            while true {
                let inputs = link.receive()
                if inputs.isEmpty { break }
                for input in inputs {
                    switch input {
                    case .message(let message): if let end = handle(.message(message)) { return end }
                    case .connected: if let end = handle(.connected) { return end }
                    case .notice(let notice): say(notice)
                    }
                }
            }
            watchLink()
            let now = MonotonicClock.nanoseconds()
            if now >= state.nextDeadline {
                if let end = handle(.tick(readings(now: now))) { return end }
                continue
            }
            for position in 0..<poller.wait(nanoseconds: state.nextDeadline - now) {
                switch poller.event(position).token {
                case Self.inboxToken: if let end = takeInbox() { return end }
                case Self.signalToken:
                    for _ in 0..<(signals?.take() ?? 0) { if let end = handle(.terminated) { return end } }
                default: break
                }
            }
        }
    }

    // MARK: - Parts

    private func takeInbox() -> WorkerEnd? {
        for (generation, input) in inbox.drain() where generation == self.generation {
            let end: WorkerEnd?
            switch input {
            case .planRead(let plan):
                planReader?.join()
                planReader = nil
                do {
                    try startEngines(plan)
                    end = nil
                } catch {
                    end = handle(.enginesFailed("the plan cannot be run here: \(error)"))
                }
            case .report(let report):
                // The last word says what gauges say now, not what they said at the last heartbeat: rows that were drawn since, too.
                let early = report.isStopped ? handle(.tick(readings(now: MonotonicClock.nanoseconds()))) : nil
                end = early ?? handle(.report(report))
            case .engine(let event): end = handle(.engine(event))
            case .engineFailed(let reason): end = handle(.enginesFailed(reason))
            case .log(let line):
                printed.add(line)
                end = nil
            case .engineStarted:
                engines?.starting -= 1
                end = engines?.starting == 0 ? engines.flatMap { handle(.enginesStarted($0.crew)) } : nil
            }
            if let end { return end }
        }
        return sendPrinted()
    }

    private func sendPrinted() -> WorkerEnd? {
        let lines = printed.take(now: MonotonicClock.nanoseconds())
        return lines.isEmpty ? nil : handle(.log(lines))
    }

    /// Lets the state decide and does what it says. Answers with the end, when that has come.
    private func handle(_ event: WorkerEvent) -> WorkerEnd? {
        for action in state.event(event, now: MonotonicClock.nanoseconds()) {
            switch action {
            case .send(let message): link.send(message)
            case .reconnect: link.reconnect()
            case .startEngines(let bytes, let index):
                workerIndex = index
                readPlan(bytes)
            case .order(let thread, let command): engines?.commands[thread].post(command)
            case .lease(let expiry, true):
                leaseExpiry = expiry
                engines?.lease.grant(until: expiry)
            case .lease(let expiry, false):
                leaseExpiry = expiry
                if engines?.lease.renew(until: expiry, now: MonotonicClock.nanoseconds()) == false, let end = handle(.leaseEnded) {
                    return end
                }
            case .endEngines: endEngines()
            case .say(let notice): say(notice)
            case .end(let end): return end
            }
        }
        return nil
    }

    private func watchLink() {
        let descriptors = link.descriptors
        if descriptors == watched { return }
        // A closed descriptor has left the poller by itself, and its number may be another one's now.
        for descriptor in watched { poller.remove(descriptor) }
        for descriptor in descriptors { poller.add(descriptor, bits: Poller.readable, token: Self.linkToken) }
        watched = descriptors
    }

    /// Reads the plan, which runs the script's top level, on a thread of its own: the heartbeat does not wait for it.
    private func readPlan(_ bytes: [UInt8]) {
        generation += 1
        let (inbox, generation) = (inbox, generation)
        do {
            planReader = try OSThread(name: "cicada-plan") {
                do { inbox.post((generation, .planRead(try RunPlan(decoding: bytes)))) } catch {
                    inbox.post((generation, .engineFailed("the plan cannot be run here: \(error)")))
                }
            }
        } catch {
            inbox.post((generation, .engineFailed("the plan cannot be run here: \(error)")))
        }
    }

    private func startEngines(_ plan: RunPlan) throws {
        let wanted = plan.engineThreads ?? settings.threads ?? min(identity.cores, plan.connectionCap ?? .max)
        let threads = WorkerState.threads(atMost: wanted, plan: plan, workers: state.welcome?.workers ?? 1)
        let capacity = WorkerCapacity(
            plan: plan, threads: threads, descriptors: identity.descriptors, memoryBytes: identity.memoryBytes, cores: identity.cores,
            ports: identity.machine.ports)
        var crew = EngineCrew(
            threads: threads, classes: plan.scenario.userClasses.map(\.name), graceNanoseconds: plan.stopGraceNanoseconds,
            connections: capacity.connections, capacity: capacity.users, limit: capacity.limit)
        crew.dataSources = plan.leased.count
        crew.needsSharedValue = plan.scenario.hasSetup
        crew.hasTeardown = plan.scenario.hasTeardown
        crew.isOpen = plan.load.arrivals != nil
        engines = Engines(
            blocked: BlockedThreads(scenario: plan.scenario), lease: EngineLease(expiryNanoseconds: leaseExpiry), starting: threads,
            crew: crew,
            generation: generation)
        for index in 0..<threads { try startEngine(index: index, plan: plan) }
        let gauges = engines?.gauges ?? []
        let addresses = SourceAddress.portFactor(of: settings.sourceAddresses)
        health = try HealthWatch(longestPause: state.longestPause) {
            MachineReader(addresses: addresses) {
                gauges.reduce(into: ConnectionCount()) { count, gauge in
                    count.open += gauge.openConnections
                    count.opened += gauge.connectionsOpened
                }
            }
        }
    }

    private func startEngine(index: Int, plan: RunPlan) throws {
        guard let lease = engines?.lease, let crew = engines?.crew else { return }
        let (inbox, makeUsers, generation, own) = (inbox, makeUsers, generation, self.settings)
        let commands = try Mailbox<EngineCommand>()
        let gauges = EngineGauges(userClasses: plan.scenario.userClasses.count, dataSources: plan.leased.count)
        let seed = plan.seed &+ UInt64(workerIndex) &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(index) &* 0x9e37_79b9
        engines?.commands.append(commands)
        engines?.gauges.append(gauges)
        engines?.watches.append(StepWatch())
        let thread = try OSThread(name: "cicada-engine-\(index)") {
            do {
                var settings = EngineSettings(userClasses: plan.scenario.userClasses, seed: seed)
                settings.connectionCap = max(1, (crew.connections + index) / crew.threads)
                settings.transport = plan.transport
                settings.transport.sourceAddresses = own.sourceAddresses
                settings.arrivals = plan.load.arrivals
                settings.iterationSource = plan.iterationSource
                settings.requestSource = plan.requestSource
                settings.isOnLocustGrid = own.isOnLocustGrid
                settings.lease = lease
                settings.gauges = gauges
                // The engine draws from its seed; the script's is another one, so that the two do not go the same way.
                let users = try makeUsers(plan, seed ^ 0x5bf0_3635_dee1_9f27) { inbox.post((generation, .log($0))) }
                let engine = try EngineThread(
                    index: index, settings: settings, users: users, commands: commands,
                    report: { inbox.post((generation, .report($0))) }, tell: { inbox.post((generation, .engine($0))) })
                inbox.post((generation, .engineStarted))
                engine.run()
            } catch {
                inbox.post((generation, .engineFailed("engine thread \(index): \(error)")))
            }
        }
        engines?.threads.append(thread)
    }

    /// Ends the engine threads. One that is caught in an endless loop of the script never ends; the process's end takes it along.
    private func endEngines() {
        health?.end()
        health = nil
        if let planReader {
            planReader.join()
            self.planReader = nil
        }
        guard let engines else {
            generation += 1
            return
        }
        for commands in engines.commands { commands.post(.end) }
        if state.areThreadsIdle || engines.starting > 0 {
            for thread in engines.threads { thread.join() }
        } else {
            hasStuckThreads = true
        }
        generation += 1
        self.engines = nil
    }

    private func readings(now: Int64) -> WorkerReadings {
        var readings = WorkerReadings()
        if let engines {
            readings.users = Array(repeating: 0, count: engines.crew.classes.count)
            readings.drawnRows = Array(repeating: 0, count: engines.crew.dataSources)
            for gauges in engines.gauges {
                readings.issued += gauges.requestsIssued
                readings.openConnections += gauges.openConnections
                readings.pendingStarts += gauges.pendingStarts
                for (index, count) in gauges.activeUsers.enumerated() { readings.users[index] += count }
                // After the active ones: see there.
                readings.endedUsers.append(gauges.endedUsers)
                for (index, count) in gauges.drawnRows.enumerated() { readings.drawnRows[index] += count }
            }
            watchSteps(now: now)
        }
        health?.show(hasLoad: state.hasLoad)
        readings.health = health?.health
        usage.read(now: now)
        readings.cpuPercent = usage.cpuPercent
        readings.memoryBytes = usage.memoryBytes
        return readings
    }

    /// Tells of steps of the script that hold up an engine thread, here and to the master.
    private func watchSteps(now: Int64) {
        guard var engines else { return }
        var lines: [String] = []
        // Given up, so that nothing is copied.
        self.engines = nil
        for thread in engines.gauges.indices {
            let step = engines.watches[thread].look(at: engines.gauges[thread], now: now)
            lines += engines.blocked.look(thread: thread, step: step)
        }
        self.engines = engines
        for line in lines { _ = handle(.warning(line)) }
    }
}
