import EventLoop
import LoadModel
import Statistics

/// The open model: iterations start by a schedule, whatever becomes of those before. A start goes to the user that came to rest last, or waits for one
/// and keeps the time at which it was due.
extension EngineThread {
    /// Takes claims on starts.
    func take(_ order: ArrivalOrder) {
        if stop == nil && !isBroken { arrivals?.take(order) }
    }

    /// Begins the starts that are due at `now`, as far as there are users.
    func releaseArrivals(_ now: Int64) {
        while let start = arrivals?.popDue(now: now) {
            noteLag(due: start.due, now: now)
            if arrivals?.isTooLate(due: start.due, now: now) == true {
                recorder.countDroppedStart()
            } else if let slot = takeIdle(of: start.userClass) {
                begin(start: start.due, slot: slot)
            } else {
                arrivals?.wait(start)
            }
        }
    }

    /// Begins what fell due while the loop waited for the word that the load is to end: it was due before.
    func beginLastStarts() {
        guard arrivals != nil, !isBroken else { return }
        releaseArrivals(MonotonicClock.nanoseconds())
        runReady()
        startSubmitted(now: 0)
    }

    /// A user has nothing to do: it takes the start that has waited the longest, or rests until one falls to it.
    func rest(_ slot: Int, now: Int64) {
        let userClass = Int(progress[slot].userClass)
        while let due = arrivals?.popWaiting(of: userClass) {
            if arrivals?.isTooLate(due: due, now: now) != true { return begin(start: due, slot: slot) }
            recorder.countDroppedStart()
        }
        progress[slot].activity = .idle
        idleUsers += 1
        arrivals?.rest(DueStep(slot: Int32(slot), generation: progress[slot].generation), userClass: userClass)
    }

    /// A user that rests is to do something, or goes.
    func endRest(_ slot: Int) {
        if progress[slot].activity == .idle { idleUsers -= 1 }
    }

    /// Gives up the starts that have waited for too long.
    func dropLateStarts(now: Int64) {
        for _ in 0..<(arrivals?.removeTooLate(now: now) ?? 0) { recorder.countDroppedStart() }
    }

    /// Ends all claims; what was due by `now` and has not begun never will.
    func endArrivals(now: Int64, counting isCounted: Bool) {
        let missed = arrivals?.removeAll(now: now) ?? 0
        if isCounted { for _ in 0..<missed { recorder.countDroppedStart() } }
    }

    /// Starts that are to be made yet, at least, and iterations under way; 0: all claims are carried out.
    var pendingStarts: Int {
        guard let arrivals else { return 0 }
        return activeUsers - idleUsers + arrivals.waitingCount + (arrivals.nextDeadline == nil ? 0 : 1)
    }

    private func takeIdle(of userClass: Int) -> Int? {
        while let user = arrivals?.popIdle(of: userClass) {
            let slot = Int(user.slot)
            if progress[slot].activity == .idle && progress[slot].generation == user.generation { return slot }
        }
        return nil
    }

    private func begin(start due: Int64, slot: Int) {
        recorder.countStart()
        endRest(slot)
        progress[slot].activity = .waiting
        progress[slot].due = due
        progress[slot].began = due
        makeReady(slot)
    }
}
