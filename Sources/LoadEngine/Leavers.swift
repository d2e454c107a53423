import EventLoop

/// Users that are to leave but are still inside a step, and until when. Pure: the caller says what time it is.
struct Leavers {
    /// What has come to its end for a leaver.
    enum End: Equatable {
        /// It may begin nothing more; a request already sent is still awaited.
        case grace
        /// Also such a request is awaited no longer.
        case sentRequest
    }

    private var deadlines: [Int: StopDeadlines] = [:]
    /// For each leaver the end of its grace, afterwards its cut-off. Those of leavers that have gone are skipped.
    private var timers = TimerHeap()

    /// When `popDue` wants to be called; nil: not at all.
    var nextDeadline: Int64? { timers.nextDeadline }

    /// The user in this slot leaves.
    /// - Complexity: O(log leavers)
    mutating func append(slot: Int, until deadline: StopDeadlines) {
        deadlines[slot] = deadline
        timers.insert(deadline: deadline.graceEnd, key: Int32(slot), generation: 0)
    }

    /// Whether the user's step may make its next request, or sleep, at `now`; its `on_stop` (`isStopStep`) may for longer. True for one that does
    /// not leave.
    func mayGoOn(slot: Int, isStopStep: Bool, now: Int64) -> Bool {
        deadlines[slot]?.mayGoOn(isStopStep: isStopStep, now: now) ?? true
    }

    /// The user in this slot has gone.
    mutating func remove(slot: Int) {
        deadlines[slot] = nil
        if deadlines.isEmpty { timers.removeAll() }
    }

    /// Forgets all leavers.
    mutating func removeAll() {
        deadlines.removeAll()
        timers.removeAll()
    }

    /// Takes the next leaver for which something has come to its end at `now`. The end of the grace may be told twice.
    /// - Complexity: O(log leavers)
    mutating func popDue(now: Int64) -> (slot: Int, end: End)? {
        while let entry = timers.popDue(now: now) {
            let slot = Int(entry.key)
            // The deadline may have been that of a user who was in this slot before.
            guard let deadline = deadlines[slot], now >= deadline.graceEnd else { continue }
            if now >= deadline.cutOff { return (slot, .sentRequest) }
            if entry.generation != 0 { continue }
            timers.insert(deadline: deadline.cutOff, key: entry.key, generation: 1)
            return (slot, .grace)
        }
        return nil
    }
}
