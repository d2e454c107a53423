import LoadModel
import Statistics
import Wire

/// Who takes part no more: loss and return, failure, leaving.
extension MasterState {
    /// A worker has been silent for longer than its lease: it has no users any more. `isSucceeded`: another process takes its place now.
    mutating func lose(_ index: Int, isSucceeded: Bool = false, now: Int64) -> [MasterAction] {
        let wasReady = entries[index].phase == .ready
        entries[index].phase = .lost
        entries[index].lostAt = now
        settle(index)
        guard wasReady else { return [] }
        let silence = Double(now - entries[index].lastHeard) / 1e9
        var actions: [MasterAction] = [
            .say(
                Notice(
                    "worker \(entries[index].name) has been silent for \((silence * 10).rounded() / 10) s and is taken for lost; "
                        + (phase == .running ? "its users go to the others" : "it may still come back with figures"), isWarning: true))
        ]
        actions += missOnce(index, now: now)
        if phase == .running {
            dispatch.leave(index)
            // Until then it may have made its starts.
            takeStarts(from: index, since: entries[index].lastHeard + (settings.leaseNanoseconds ?? 0))
            let isTheEnd = presentWorkers == 0 && !isSucceeded && !hasSuccessor(now: now)
            actions += isTheEnd ? endWithoutWorkers("the last worker was lost", now: now) : grant(now: now, step: [:])
            actions += tellStarts(now: now)
        }
        return actions
    }

    /// A worker that was lost has been heard of again.
    mutating func takeBack(_ index: Int, epoch: Int, now: Int64) -> [MasterAction] {
        entries[index].phase = .ready
        entries[index].lostAt = nil
        entries[index].epoch = epoch
        let actions: [MasterAction] = [.say(Notice("worker \(entries[index].name) is back"))]
        switch phase {
        case .waiting: return actions + beginIfReady(now: now)
        case .running: return actions + welcomeToRun(index, now: now)
        case .setup, .stopping, .teardown, .finishing, .over: return actions
        }
    }

    /// A worker cannot go on.
    mutating func fail(_ index: Int, reason: String, now: Int64) -> [MasterAction] {
        let name = entries[index].name
        entries[index].phase = .failed
        settle(index)
        if onceOrder?.index == index {
            let words = "worker \(name) could not go on: \(reason)"
            return [.say(Notice(words, isWarning: true)), .send(.quit(reason: nil), to: entries[index].peer)] + missOnce(index, now: now)
        }
        // While workers are awaited, others may come; those that are lost may come back at the end.
        if settings.leaseNanoseconds == nil || phase == .running && presentWorkers == 0 { return endWithoutWorkers(reason, now: now) }
        dispatch.leave(index)
        takeStarts(from: index, since: now)
        let words = "worker \(name) could not go on: \(reason)" + (phase == .running ? "; its users go to the others" : "")
        let notices = entries[index].hasBeenReady ? [.say(Notice(words, isWarning: true))] : sayOfStranger(words)
        let actions = notices + [.send(.quit(reason: nil), to: entries[index].peer)]
        switch phase {
        case .running: return actions + grant(now: now, step: [:]) + tellStarts(now: now)
        case .stopping: return actions + continueStop(now: now)
        case .waiting, .setup, .teardown, .finishing, .over: return actions
        }
    }

    /// A worker that was told by others to end: its users leave one by one, and go to the others as they do.
    mutating func leaveOnItsOwn(_ index: Int, now: Int64) -> [MasterAction] {
        dispatch.leave(index)
        // By the second such heartbeat every engine thread has heard of the stop.
        if entries[index].isDeparting { takeStarts(from: index, since: now) }
        entries[index].isDeparting = true
        return grant(now: now, step: [:]) + tellStarts(now: now)
    }

    /// A worker has left in order.
    mutating func dismiss(_ index: Int, now: Int64) -> [MasterAction] {
        entries[index].phase = .left
        settle(index)
        switch phase {
        case .running:
            dispatch.leave(index)
            takeStarts(from: index, since: now)
            let isComplete = settings.reading == .house
            let words =
                "worker \(entries[index].name) has left" + (isComplete ? ", all that it measured is here" : "; its users go to the others")
            let notices = entries[index].hasBeenReady ? [.say(Notice(words))] : sayOfStranger(words, isWarning: false)
            if presentWorkers == 0 { return notices + endWithoutWorkers("the last worker has left", now: now) }
            return notices + grant(now: now, step: [:]) + tellStarts(now: now)
        case .stopping: return continueStop(now: now)
        case .finishing: return continueFarewell(now: now)
        case .setup, .teardown: return missOnce(index, now: now)
        case .waiting, .over: return []
        }
    }

    /// Notes what a worker may have sent since its last word, which will not come any more.
    mutating func noteUnheard(_ entry: RosterEntry, now: Int64) {
        // Locust's workers tell nothing by which that could be bounded.
        guard settings.reading == .house else { return }
        let requests = unheardRequests(of: entry, now: now)
        if requests > 0 { result.noteUnheard(requests, byWorker: entry.account) }
    }

    /// What a worker may have sent since its last word, if nothing more is heard of it.
    func unheardRequests(of entry: RosterEntry, now: Int64) -> Int64 {
        entry.unheardRequests(userRate: greatestUserRate, lease: settings.leaseNanoseconds, until: now)
    }

    /// The worker has no users any more.
    mutating func settle(_ index: Int) {
        bounds -= entries[index].allowance.bound
        entries[index].usersBefore = entries[index].allowance.bound
        entries[index].comingBefore = entries[index].usersBefore - entries[index].allowance.reported.reduce(0, +)
        entries[index].inheritance = .none
        entries[index].allowance.clear()
    }
}
