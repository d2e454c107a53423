import LoadEngine
import Wire

/// Finding a master, keeping its word, and missing it.
extension WorkerState {
    /// Says who is here.
    mutating func hello(now: Int64) -> [WorkerAction] {
        // Once a master has answered, hellos are for those who do not seem to know this worker any more.
        nextHello = welcome == nil || now - lastWord > Self.reconnectNanoseconds ? now + Self.helloNanoseconds : .max
        helloSentAt = now
        var hello = identity
        if let welcome {
            hello.run = RunStanding(
                run: welcome.run, planHash: welcome.planHash, acknowledged: outbox.acknowledged,
                issued: max(readings.issued, issuedInReports), delivered: outbox.delivered)
        }
        return [.send(.hello(hello))]
    }

    /// There is a way to a master.
    mutating func connected(now: Int64) -> [WorkerAction] {
        outbox.connectionWasReplaced()
        clock.forgetAnswers()
        return hello(now: now)
    }

    /// Takes the master's word.
    mutating func take(_ message: MasterMessage, now: Int64) -> [WorkerAction] {
        lastWord = now
        nextReconnect = now + Self.reconnectNanoseconds
        if welcome != nil { nextHello = .max }
        switch message {
        case .welcome(let welcome): return accept(welcome, now: now)
        case .wait(let reason): return wait(reason)
        case .planChunk(let chunk): return take(chunk, now: now)
        case .targets(let targets): return take(targets, now: now)
        case .arrivals(let order): return take(order, now: now)
        case .share(let value): return take(sharedValue: value)
        case .once(let step): return take(step, now: now)
        case .rows(let block): return take(block, now: now)
        case .heartbeat(let reply):
            // A master that has forgotten this worker, or another one in its place.
            if reply.run != welcome?.run || reply.sequence == 0 { return hello(now: now) }
            clock.noteAnswered(reply.sequence, clock: reply.clockNanoseconds, now: now)
            return lease.noteAnswered(reply.sequence) && releasing.isEmpty ? [.lease(until: lease.expiry, isNew: targetsVersion == 0)] : []
        case .acknowledge(let number):
            outbox.acknowledge(number)
            return deliver(now: now) + answerOnce(now: now)
        case .stop(let order): return stop(order, now: now)
        case .quit(let reason): return quit(reason)
        }
    }

    private mutating func accept(_ welcome: Welcome, now: Int64) -> [WorkerAction] {
        if let own = self.welcome {
            if own.run == welcome.run {
                // The master knows this session: what it holds need not be sent again.
                self.welcome = welcome
                turnDeadline = .max
                clock.forgetAnswers()
                outbox.acknowledge(welcome.acknowledged)
                let answers = answerOnce(now: now)
                switch phase {
                case .running: return ready() + answers
                // A master that took the run up does not know that it was to end; it hears that from `stopped`.
                case .stopping, .delivering, .stopped: return (departure == .ordered ? ready() : []) + answers
                case .seeking, .fetching, .starting, .over: return []
                }
            }
            return begin(anew: welcome, now: now)
        }
        guard welcome.planSize <= PlanIntake.largest else {
            let reason = "the plan has \(welcome.planSize) bytes; a worker takes \(PlanIntake.largest) at most"
            return [.send(.failed(reason))] + over(.failed(reason))
        }
        self.welcome = welcome
        outbox = Outbox(run: welcome.run, dropping: settings.dropsDelta)
        lease = Lease(length: welcome.leaseNanoseconds, start: helloSentAt)
        intake = PlanIntake(hash: welcome.planHash, size: welcome.planSize, now: now)
        phase = .fetching
        nextHeartbeat = now + Self.heartbeatNanoseconds
        return [.say(Notice("found the master, taking part in its run"))] + fetch(now: now)
    }

    /// Another master than before, or the same one without its memory: the run so far is over, and what was not delivered is lost.
    private mutating func begin(anew welcome: Welcome, now: Int64) -> [WorkerAction] {
        // Somebody wants this worker to end, or it has to: not to begin anew.
        switch departure {
        case .ordered: break
        case .terminated: return over(.terminated)
        case .failed(let reason): return over(.failed(reason))
        }
        // What was sent for the earlier master is told to this one, so users go first: see `take(_ report:)`.
        if phase == .running, targetsVersion > 0 || !releasing.isEmpty {
            if turnDeadline == .max { turnDeadline = now + Self.turnNanoseconds }
            return release()
        }
        let undelivered = max(readings.issued, issuedInReports) - outbox.delivered
        var fresh = WorkerState(identity: identity, settings: settings, now: now)
        fresh.sequence = sequence
        fresh.epoch = epoch + 1
        fresh.readings.memoryBytes = readings.memoryBytes
        self = fresh
        let loss = undelivered > 0 ? "; \(undelivered) requests of the old one were not delivered" : ""
        let notice = Notice("the master began a new run\(loss)", isWarning: undelivered > 0)
        return [.say(notice), .endEngines] + accept(welcome, now: now)
    }

    private mutating func fetch(now: Int64) -> [WorkerAction] {
        guard let welcome, var intake else { return [] }
        if !intake.isComplete {
            let request = intake.request(now: now)
            self.intake = intake
            return [.send(request)]
        }
        self.intake = nil
        guard intake.isGenuine else {
            return [.send(.failed("the plan did not arrive as it was sent (its SHA-256 differs)"))]
                + over(.failed("the plan arrived damaged"))
        }
        phase = .starting
        return [.lease(until: lease.expiry, isNew: true), .startEngines(planBytes: intake.bytes, workerIndex: welcome.index)]
    }

    private mutating func take(_ chunk: PlanChunk, now: Int64) -> [WorkerAction] {
        guard phase == .fetching else { return [] }
        intake?.take(chunk)
        return fetch(now: now)
    }

    /// The answer to the plan.
    func ready() -> [WorkerAction] {
        guard let welcome, let crew else { return [] }
        return [.send(.ready(WorkerReady(planHash: welcome.planHash, capacity: crew.capacity, limit: crew.limit, threads: crew.threads)))]
    }

    /// A sign of life.
    mutating func heartbeat(now: Int64) -> [WorkerAction] {
        guard let welcome else {
            nextHeartbeat = .max
            return []
        }
        nextHeartbeat += Self.heartbeatNanoseconds
        if nextHeartbeat <= now { nextHeartbeat = now + Self.heartbeatNanoseconds }
        sequence += 1
        if let fading = fadingTargets, now > fading.until { fadingTargets = nil }
        lease.noteSent(sequence, at: now)
        clock.noteSent(sequence, at: now)
        let classes = crew?.classes.count ?? 0
        let active = readings.users.count == classes ? readings.users : Array(repeating: 0, count: classes)
        let activity: WorkerActivity
        switch phase {
        case .seeking, .fetching, .starting, .over: activity = .ready
        case .running:
            let isSettled = shares.totals == wantedUsers && zip(active, shares.endedTotals).map(+) == wantedUsers && now > lastUserDue
            activity = targetsVersion == 0 ? .ready : isSettled ? .running : .spawning
        case .stopping, .delivering, .stopped: activity = .stopping
        }
        var actions: [WorkerAction] = [
            .send(
                .heartbeat(
                    Heartbeat(
                        sequence: sequence, run: phase == .fetching || phase == .starting ? 0 : welcome.run, activity: activity,
                        cpuPercent: readings.cpuPercent, memoryBytes: readings.memoryBytes, issued: max(readings.issued, issuedInReports),
                        users: phase == .delivering || phase == .stopped ? active.map { _ in 0 } : active,
                        endedUsers: endedUsers, drawnRows: readings.drawnRows, hasSharedValue: sharedValue != nil,
                        targetsVersion: fadingTargets?.version ?? targetsVersion, epoch: epoch, arrivalsVersion: arrivalsVersion,
                        pendingStarts: readings.pendingStarts, openConnections: readings.openConnections,
                        lagNanoseconds: lag.maximumNanoseconds, health: readings.health, clock: clock.reading)))
        ]
        if phase == .stopped { actions.append(.send(.stopped)) }
        if let wish, phase == .running || wish.isBreach { actions.append(.send(.endWanted(wish))) }
        return actions
    }

    /// Sends what is to be delivered; says so when there is nothing left.
    mutating func deliver(now: Int64) -> [WorkerAction] {
        var actions: [WorkerAction] = []
        if let delta = outbox.next(now: now) { actions.append(.send(.delta(delta))) }
        guard phase == .delivering, outbox.isEmpty else { return actions }
        if departure == .ordered { phase = .stopped }
        actions += announce(now: now)
        switch departure {
        case .ordered: break
        case .terminated: actions += [.send(.quit)] + over(.terminated)
        case .failed(let reason): actions += [.send(.failed(reason))] + over(.failed(reason))
        }
        return actions
    }

    /// All that was issued, once more and beside the usual heartbeats, so that a delta which never came in is missed.
    mutating func announce(now: Int64) -> [WorkerAction] {
        let nextHeartbeat = nextHeartbeat
        defer { self.nextHeartbeat = nextHeartbeat }
        return heartbeat(now: now)
    }

    /// Looks whether the master has been silent for the whole lease.
    mutating func lapseIfDue(now: Int64) -> [WorkerAction] {
        phase == .running && targetsVersion > 0 && lease.hasLapsed(at: now) ? lapse() : []
    }

    /// The lease has ended.
    mutating func lapse() -> [WorkerAction] {
        let actions = release()
        guard !actions.isEmpty else { return [] }
        let silence = Double(lease.length ?? 0) / 1e9
        let notice = Notice(
            "no word from the master for \(silence == silence.rounded() ? "\(Int(silence))" : "\(silence)") s: load stopped, figures kept",
            isWarning: true)
        return [.say(notice)] + actions
    }

    /// No user is this worker's any more.
    private mutating func release() -> [WorkerAction] {
        guard phase == .running, targetsVersion > 0 else { return [] }
        targetsVersion = 0
        arrivalsVersion = 0
        wantedUsers = []
        fadingTargets = nil
        lastUserDue = .min
        epoch += 1
        shares.clear()
        // No new lease for a thread before it has said that its users are gone: it might not have noticed that there was none.
        let threads = 0..<(crew?.threads ?? 0)
        releasing = Dictionary(uniqueKeysWithValues: threads.map { ($0, awaited.contains($0) ? 2 : 1) })
        awaited.formUnion(threads)
        return threads.flatMap { [.order(thread: $0, .release), .order(thread: $0, .report)] }
    }

    /// The master does not let it in yet; hellos go on.
    private mutating func wait(_ reason: String) -> [WorkerAction] {
        guard welcome == nil, waitWords != reason else { return [] }
        waitWords = reason
        return [.say(Notice("not let in yet: \(reason)"))]
    }

    private mutating func quit(_ reason: String?) -> [WorkerAction] {
        if reason == nil, welcome == nil, departure == .ordered { return over(.nothingToDo) }
        // Who was told to end at this worker has that as its end, whatever the master says meanwhile.
        if let reason, departure != .terminated { return over(.refused(reason)) }
        if departure == .terminated { return [.send(.quit)] + over(.terminated) }
        // A master that was long without this worker has made its report.
        let undelivered = max(readings.issued, issuedInReports) - outbox.delivered
        return [.send(.quit)] + over(undelivered > 0 && !outbox.isEmpty ? .tooLate(requests: undelivered) : .runOver)
    }
}
