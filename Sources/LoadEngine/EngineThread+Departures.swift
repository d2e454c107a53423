import EventLoop
import LoadModel
import Statistics

/// How users go: one by one, all at the end of the run, or all at once.
extension EngineThread {
    /// Whether there is anybody to be dropped.
    var hasUsers: Bool { activeUsers > 0 || !spawns.isEmpty }

    /// Ends a user, whatever it is doing.
    func endUser(_ slot: Int) {
        users.destroy(slot: slot)
        transport.forget(slot: slot)
        if progress[slot].isLeaving { leavers.remove(slot: slot) }
        progress[slot].activity = .gone
        progress[slot].isLeaving = false
        progress[slot].generation &+= 1
        freeSlots.append(slot)
        activeUsers -= 1
        gauges.add(-1, userClass: Int(progress[slot].userClass))
    }

    /// Ends a user in the middle of a step. A request that it has under way is not counted: see `interrupt`.
    func cutOff(_ slot: Int) {
        users.abandon(slot: slot)
        endUser(slot)
    }

    /// Cuts off a user whose request is under way, and counts that.
    private func interrupt(_ slot: Int) {
        if let request = progress[slot].request { recorder.countInterrupted(request) }
        cutOff(slot)
    }

    /// Whether a task may make its next request, or sleep. The clock is read only where somebody is to go.
    func taskMayGoOn(_ slot: Int) -> Bool {
        if stop == nil && !progress[slot].isLeaving { return true }
        let now = MonotonicClock.nanoseconds()
        if let stop, !stop.tasksMayGoOn(now: now) { return false }
        return !progress[slot].isLeaving || leavers.tasksMayGoOn(slot: slot, now: now)
    }

    // MARK: - One by one

    /// Cancels a user of the class that is ordered, or else lets the newest one leave.
    func letLeave(userClass: Int, until deadlines: StopDeadlines) {
        if spawns.cancelLatest(of: userClass) { return }
        let slot = newest.popNewest(of: userClass) { slot in
            progress[slot].activity != .gone && !progress[slot].isLeaving && Int(progress[slot].userClass) == userClass
        }
        guard let slot else { return }
        if progress[slot].activity == .waiting {
            endUser(slot)
            forgetOutdatedTimers()
        } else {
            progress[slot].isLeaving = true
            leavers.append(slot: slot, until: deadlines)
        }
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
            case (.sentRequest, .requesting): interrupt(slot)
            case (.grace, .requesting), (_, .gone): break
            case (_, .waiting), (_, .sleeping), (_, .queued): cutOff(slot)
            }
        }
    }

    // MARK: - All at once

    /// Drops all users, those ordered too: their steps are abandoned, their requests interrupted. The loop goes on.
    func dropAll() {
        hasLeaseExpired = false
        spawns.removeAll()
        retires.removeAll()
        for slot in progress.indices {
            switch progress[slot].activity {
            case .gone: break
            case .waiting: endUser(slot)
            case .requesting: interrupt(slot)
            case .sleeping, .queued: cutOff(slot)
            }
        }
        newest.removeAll()
        leavers.removeAll()
        ready.removeAll()
        admission.removeAll()
        timers.removeAll()
        // Shared connections are nobody's own.
        while transport.closeIdleConnections() {}
    }

    /// Drops all users if the lease does not hold at `now`, or did not when a request was about to be sent.
    func dropAllIfLeaseExpired(now: Int64) {
        if hasLeaseExpired || (now >= lease.expiryNanoseconds && hasUsers) { dropAll() }
    }

    // MARK: - The end of a run

    /// Begins to stop all users, or cuts short a stop that has begun.
    func begin(_ deadlines: StopDeadlines) {
        let isFirst = stop == nil
        stop = deadlines
        guard isFirst else { return }
        spawns.removeAll()
        retires.removeAll()
        for slot in progress.indices where progress[slot].activity == .waiting { endUser(slot) }
    }

    /// Cuts off what may not go on, and reports when the last user has gone.
    func enforce(_ stop: StopDeadlines, now: Int64) {
        if now >= stop.graceEnd && !hasGraceEnded {
            hasGraceEnded = true
            for slot in progress.indices where progress[slot].activity != .gone && progress[slot].activity != .requesting { cutOff(slot) }
        }
        if now >= stop.cutOff && activeUsers > 0 {
            for slot in progress.indices where progress[slot].activity == .requesting { interrupt(slot) }
        }
        if activeUsers == 0 && !hasReportedStop { sendReport() }
    }
}
