import EventLoop
import LoadModel
import Statistics

/// Users' lives: they come, begin steps when these are due, and say what they want next.
extension EngineThread {
    /// So many `on_stop` begin in one turn of the loop: a crowd that is stopped at once must not keep the loop from its deadlines.
    private static var stopBatch: Int { 64 }
    /// The pause after a wait function has failed: a user without any would fail again and again.
    private static var pauseAfterFailure: Int64 { 1_000_000_000 }

    // MARK: - Coming

    /// Users come and go in the order in which they are due; of two that are due at once the one that comes is first.
    func releaseSpawnsAndLeavings(_ now: Int64) {
        while true {
            let (start, leaving) = (spawns.nextDeadline ?? .max, retires.nextDeadline ?? .max)
            if start <= leaving, let start = spawns.popDue(now: now) {
                noteLag(due: start.due, now: now)
                spawn(userClass: start.userClass, number: start.number, due: start.due, now: now)
            } else if leaving < start, let leave = retires.popDue(now: now) {
                noteLag(due: leave.due, now: now)
                letLeave(userClass: leave.userClass, until: StopDeadlines(stoppedAt: now, graceNanoseconds: leave.graceNanoseconds))
            } else {
                return
            }
        }
    }

    private func spawn(userClass: Int, number: Int, due: Int64, now: Int64) {
        let slot = takeSlot()
        progress[slot].spawn(userClass: userClass, hasOnStart: settings.userClasses[userClass].hasOnStart, due: due)
        if !plans[userClass].isFlat {
            while walks.count <= slot { walks.append(TaskWalk()) }
            walks[slot] = TaskWalk()
        }
        activeUsers += 1
        gauges.add(1, userClass: userClass)
        newest.append(slot: slot, userClass: userClass) { isStaying($0, userClass: userClass) }
        users.create(slot: slot, userClass: userClass, number: number)
        if arrivals == nil { makeReady(slot) } else { rest(slot, now: now) }
    }

    /// A slot that nobody is in.
    func takeSlot() -> Int {
        if let free = freeSlots.popLast() { return free }
        progress.append(UserProgress())
        return progress.count - 1
    }

    // MARK: - Time

    func releaseTimers(_ now: Int64) {
        while let entry = timers.popDue(now: now) {
            let slot = Int(entry.key)
            guard progress[slot].generation == entry.generation else { continue }
            noteLag(due: entry.deadline, now: now)
            switch progress[slot].activity {
            case .waiting: makeReady(slot)
            case .sleeping: wake(slot, due: progress[slot].due)
            case .gone, .idle, .ending, .requesting, .batching, .parked, .queued: break
            }
        }
    }

    /// Resumes a user that waited for a time or for rows.
    func wake(_ slot: Int, due: Int64) {
        exchange.request.reset()
        enterScript(slot)
        let command = users.wake(slot: slot, exchange: exchange)
        leaveScript()
        carryOut(command, slot: slot, due: due)
    }

    func setTimer(_ slot: Int, at deadline: Int64) {
        progress[slot].generation &+= 1
        timers.insert(deadline: deadline, key: Int32(slot), generation: progress[slot].generation)
    }

    func makeReady(_ slot: Int) { ready.append(DueStep(slot: Int32(slot), generation: progress[slot].generation)) }

    /// Begins the steps of users that are due. Users that become due meanwhile have their turn after the sockets have had theirs.
    func runReady() {
        var stopping = 0
        for _ in 0..<ready.count {
            guard let step = ready.first else { return }
            ready.removeFirst()
            let slot = Int(step.slot)
            guard progress[slot].generation == step.generation else { continue }
            switch progress[slot].activity {
            case .waiting: beginStep(slot)
            case .ending:
                beginStop(slot)
                stopping += 1
                if stopping == Self.stopBatch { return }
            case .gone, .idle, .requesting, .batching, .sleeping, .parked, .queued: break
            }
        }
    }

    // MARK: - Steps

    private func beginStep(_ slot: Int) {
        if hasBudgets && !progress[slot].isToStart && !mayBeginTask(slot) { return }
        let userClass = Int(progress[slot].userClass)
        let step: UserStep
        if progress[slot].isToStart {
            progress[slot].step = .start
            step = .start
        } else {
            let task: Int
            if plans[userClass].isFlat {
                task = plans[userClass].pick(using: &generator)
            } else {
                task = walks[slot].next(in: plans[userClass], using: &generator)
            }
            progress[slot].step = .task(task)
            step = .task(task)
        }
        let now = MonotonicClock.nanoseconds()
        if case .schedule(_, catchesUp: false) = settings.userClasses[userClass].wait, arrivals == nil { progress[slot].due = now }
        // In the open model the step is meant to start with the user's start, though its `on_start` may have come before.
        if arrivals == nil { progress[slot].began = progress[slot].due }
        if case .task = step { beginIteration(slot, now: now) }
        begin(step, slot: slot)
    }

    /// Begins the step that the user's progress names.
    func begin(_ step: UserStep, slot: Int) {
        exchange.request.reset()
        enterScript(slot)
        let command = users.begin(step, slot: slot, exchange: exchange)
        leaveScript()
        carryOut(command, slot: slot, due: progress[slot].due)
    }

    private func beginStop(_ slot: Int) {
        guard taskMayGoOn(slot) else { return endUser(slot) }
        progress[slot].due = MonotonicClock.nanoseconds()
        begin(.stop, slot: slot)
    }

    /// Does what a user has asked for. `due`: when that was meant to happen.
    func carryOut(_ command: UserCommand, slot: Int, due: Int64) {
        switch command {
        case .request: request(slot, due: due)
        case .sleep(let nanoseconds):
            guard taskMayGoOn(slot) else { return cutShort(slot) }
            let pause = min(max(0, nanoseconds), WaitTime.longestNanoseconds)
            progress[slot].activity = .sleeping
            // What follows was meant for so long after `due`. The user sleeps from now on, though: else one that computes much would never let go.
            progress[slot].due = due + pause
            setTimer(slot, at: MonotonicClock.nanoseconds() + pause)
        case .end: stepEnded(slot, failed: false, now: due)
        case .exception:
            if !progress[slot].step.isOnce { recordException(slot) }
            stepEnded(slot, failed: true, now: due)
        case .batch: batch(slot, due: due)
        case .rows(let source): park(slot, source: source, due: due)
        case .leaveGroup:
            if slot < walks.count { walks[slot].leaveGroup() }
            stepEnded(slot, failed: false, now: due)
        case .stopUser: stopUser(slot)
        case .stopRun: stopRun(slot)
        case .breach: breach(slot)
        }
    }

    func stepEnded(_ slot: Int, failed: Bool, now: Int64) {
        let ended = MonotonicClock.nanoseconds()
        endIteration(slot, failed: failed, now: ended)
        let next = progress[slot].stepEnded(failed: failed)
        if stop != nil || progress[slot].isLeaving || progress[slot].step.isLast {
            if progress[slot].step.isOnce { return endOnce(slot, failed: failed) }
            return endInOrder(slot)
        }
        progress[slot].activity = .waiting
        switch next {
        case .taskNow:
            progress[slot].due = now
            makeReady(slot)
        case .afterWait where isSpent: endSpent(slot)
        case .afterWait: if arrivals == nil { wait(slot, ended: ended) } else { rest(slot, now: ended) }
        }
    }

    /// The pause before the next step.
    private func wait(_ slot: Int, ended: Int64) {
        let userClass = Int(progress[slot].userClass)
        let due: Int64
        switch settings.userClasses[userClass].wait {
        case .scripted:
            enterScript(slot)
            let pause = users.pause(slot: slot, exchange: exchange)
            leaveScript()
            if pause == nil { recordException(slot) }
            due = ended + min(max(0, pause ?? Self.pauseAfterFailure), WaitTime.longestNanoseconds)
        case .schedule(let interval, true) where progress[slot].isToStart:
            // A schedule of tasks begins with the first; an `on_start` that fails is not to be made up for.
            due = max(ended, progress[slot].began + interval)
        case let wait: due = wait.due(ended: ended, began: progress[slot].began, using: &generator)
        }
        progress[slot].due = due
        if due <= ended { makeReady(slot) } else { setTimer(slot, at: due) }
    }

    func recordException(_ slot: Int) {
        let name = settings.userClasses[Int(progress[slot].userClass)].name
        if let exception = exchange.exception { recorder.record(exception: exception, userClass: name) }
        exchange.exception = nil
    }

    // MARK: - Ends that the script wants

    private func stopUser(_ slot: Int) {
        if progress[slot].step.isOnce { return endOnce(slot, failed: false) }
        endIteration(slot, failed: false, now: MonotonicClock.nanoseconds())
        // Who goes anyway is not counted as one that was missing.
        if stop == nil && !progress[slot].isLeaving && !progress[slot].step.isLast { progress[slot].hasEndedItself = true }
        endInOrder(slot)
    }

    /// The user has asked that the run ends: it begins nothing more.
    private func stopRun(_ slot: Int) {
        if !hasToldStop {
            hasToldStop = true
            tell(.stopWanted(thread: index, userClass: Int(progress[slot].userClass), reason: exchange.stopReason))
        }
        exchange.stopReason = ""
        endIteration(slot, failed: false, now: MonotonicClock.nanoseconds())
        if progress[slot].step.isOnce {
            endOnce(slot, failed: false)
        } else if stop != nil || progress[slot].isLeaving || progress[slot].step.isLast {
            endInOrder(slot)
        } else {
            progress[slot].activity = .waiting
        }
    }

    /// The script has broken a limit of the whole run. The users are dropped when the work in hand is done: it goes through lists that would change.
    private func breach(_ slot: Int) {
        if !isBroken {
            isBroken = true
            let userClass = Int(progress[slot].userClass)
            fault = "user class \"\(settings.userClasses[userClass].name)\": \(exchange.stopReason)"
            tell(.breached(thread: index, userClass: userClass, reason: exchange.stopReason))
        }
        exchange.stopReason = ""
        mustDropAll = true
        if progress[slot].step.isOnce { endOnce(slot, .cutOff) } else { endUser(slot) }
    }
}
