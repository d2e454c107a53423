import EventLoop
import LoadModel
import Statistics

/// How users go: one by one, all at the end of the run, or all at once.
extension EngineThread {
    /// Whether there is anybody to be dropped.
    var hasUsers: Bool { activeUsers > 0 || !spawns.isEmpty || onceSlot != nil }

    // MARK: - The end of one user

    /// Ends a user, whatever it is doing.
    func endUser(_ slot: Int) {
        abandonIteration(slot)
        endRest(slot)
        users.destroy(slot: slot)
        transport.forget(slot: slot)
        if progress[slot].isLeaving { leavers.remove(slot: slot) }
        let userClass = Int(progress[slot].userClass)
        if progress[slot].hasEndedItself { gauges.addEnded(userClass: userClass) }
        free(slot)
        activeUsers -= 1
        gauges.add(-1, userClass: userClass)
    }

    /// The slot may have another user.
    func free(_ slot: Int) {
        progress[slot].activity = .gone
        progress[slot].isLeaving = false
        progress[slot].generation &+= 1
        freeSlots.append(slot)
    }

    /// Ends a user that is between two steps, after its `on_stop` if there is one to be run.
    func endInOrder(_ slot: Int) {
        abandonIteration(slot)
        let isIdle = progress[slot].activity == .idle
        // To whom no start has fallen yet has begun nothing that is to be stopped.
        if isIdle && progress[slot].step == .start { return endUser(slot) }
        if progress[slot].isToStop(hasOnStop: settings.userClasses[Int(progress[slot].userClass)].hasOnStop) {
            if isIdle { idleUsers -= 1 }
            makeReady(slot)
        } else {
            endUser(slot)
        }
    }

    /// Ends a user in the middle of a step. A request that it has under way is not counted: see `interrupt`.
    func cutOff(_ slot: Int) {
        settleBatch(slot)
        users.abandon(slot: slot)
        if progress[slot].step.isOnce { endOnce(slot, .cutOff) } else { endUser(slot) }
    }

    /// Breaks off a step that may not go on, with no request under way; `on_stop` may follow.
    func cutShort(_ slot: Int) {
        if progress[slot].step.isLast { return cutOff(slot) }
        settleBatch(slot)
        users.abandon(slot: slot)
        endInOrder(slot)
    }

    /// Breaks off what a user is doing. Requests under way are counted as interrupted.
    func breakOff(_ slot: Int) {
        if progress[slot].activity == .requesting, let request = progress[slot].request { recorder.countInterrupted(request) }
        settleBatch(slot)
        users.abandon(slot: slot)
    }

    /// Cuts off a user, and counts the requests that it has under way.
    private func interrupt(_ slot: Int) {
        breakOff(slot)
        endUser(slot)
    }

    /// Whether a step may make its next request, or sleep. The clock is read only where somebody is to go.
    func taskMayGoOn(_ slot: Int) -> Bool {
        if stop == nil && !progress[slot].isLeaving { return true }
        let step = progress[slot].step
        if step.isOnce { return true }
        let now = MonotonicClock.nanoseconds()
        if let stop, !stop.mayGoOn(isStopStep: step == .stop, now: now) { return false }
        return !progress[slot].isLeaving || leavers.mayGoOn(slot: slot, isStopStep: step == .stop, now: now)
    }

    // MARK: - One by one

    /// Cancels a user of the class that is ordered, or else lets the newest one leave.
    func letLeave(userClass: Int, until deadlines: StopDeadlines) {
        if spawns.cancelLatest(of: userClass) { return }
        guard let slot = newest.popNewest(of: userClass, where: { isStaying($0, userClass: userClass) }) else { return }
        if progress[slot].isBetweenSteps {
            endInOrder(slot)
            forgetOutdatedTimers()
            if progress[slot].activity == .gone { return }
        }
        progress[slot].isLeaving = true
        leavers.append(slot: slot, until: deadlines)
    }

    /// Whether a user of the class is in the slot and neither leaving nor ending.
    func isStaying(_ slot: Int, userClass: Int) -> Bool {
        progress[slot].activity != .gone && !progress[slot].isLeaving && !progress[slot].step.isLast
            && Int(progress[slot].userClass) == userClass
    }

    /// Users that left while they waited leave their timers behind, for as long as the wait was.
    private func forgetOutdatedTimers() {
        guard timers.count > 2 * activeUsers + 1024 else { return }
        timers.removeAll { progress[Int($0.key)].generation != $0.generation }
    }

    /// Cuts off what the leavers may not go on with.
    func enforceLeavings(now: Int64) {
        while let (slot, end) = leavers.popDue(now: now) {
            switch (end, progress[slot].activity) {
            case (_, .gone): break
            case (.grace, _): endGrace(slot)
            case (.sentRequest, _): interrupt(slot)
            }
        }
    }

    /// A user that is to go may begin nothing more but its `on_stop`, and await the requests that it has sent.
    private func endGrace(_ slot: Int) {
        if progress[slot].step.isLast { return }
        switch progress[slot].activity {
        case .gone, .requesting, .batching: break
        case .waiting, .idle, .ending, .sleeping, .parked, .queued: cutShort(slot)
        }
    }

    // MARK: - All at once

    /// Drops all users, those ordered too: their steps are abandoned, their requests interrupted. The loop goes on.
    func dropAll() {
        mustDropAll = false
        spawns.removeAll()
        retires.removeAll()
        // Whoever has no users begins nothing: these starts are somebody else's, or lost.
        endArrivals(now: .min, counting: false)
        cutOffOnce()
        for slot in progress.indices where progress[slot].activity != .gone { interrupt(slot) }
        newest.removeAll()
        leavers.removeAll()
        ready.removeAll()
        admission.removeAll()
        pacing.removeAll()
        parking.removeAll()
        timers.removeAll()
        // Shared connections are nobody's own.
        while transport.closeIdleConnections() {}
        if isBroken && !hasReportedBreach {
            hasReportedBreach = true
            sendReport()
        }
    }

    /// Drops all users if the lease does not hold at `now`, or did not when a request was about to be sent, or the script has broken a limit.
    func dropAllIfDue(now: Int64) {
        if mustDropAll || (now >= lease.expiryNanoseconds && hasUsers) { dropAll() }
    }

    // MARK: - The end of a run

    /// Begins to stop all users, or cuts short a stop that has begun.
    func begin(_ deadlines: StopDeadlines) {
        let isFirst = stop == nil
        stop = deadlines
        guard isFirst else { return }
        spawns.removeAll()
        retires.removeAll()
        endArrivals(now: MonotonicClock.nanoseconds(), counting: true)
        cutOffOnce()
        let mayStop = deadlines.graceEnd < deadlines.cutOff
        for slot in progress.indices where progress[slot].isBetweenSteps { if mayStop { endInOrder(slot) } else { endUser(slot) } }
    }

    /// Cuts off what may not go on, and reports when the last user has gone.
    func enforce(_ stop: StopDeadlines, now: Int64) {
        if activeUsers > 0 && now >= stop.cutOff {
            for slot in progress.indices where progress[slot].activity != .gone && !progress[slot].step.isOnce { interrupt(slot) }
        } else if activeUsers > 0 && now >= stop.graceEnd && !hasGraceEnded {
            hasGraceEnded = true
            for slot in progress.indices where !progress[slot].step.isOnce { endGrace(slot) }
        }
        if activeUsers == 0 && !hasReportedStop { sendReport() }
    }
}
