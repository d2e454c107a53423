import Wire

/// What the script runs once in a run: `setup` before the first user, `teardown` after the last one, each on one worker and never a second time.
extension MasterState {
    /// True when `setup` is to be run before the first user.
    var needsSetup: Bool { plan.scenario.hasSetup && onceRecord.value == nil }

    /// Has the first worker run `setup`.
    mutating func beginSetup(now: Int64) -> [MasterAction] {
        guard onceRecord.setupWorker == nil, let index = entries.firstIndex(where: \.isPresent) else {
            ending = .notStarted("the script's setup was begun before, by a master that is gone, and is not run a second time")
            return beginFarewell(now: now)
        }
        phase = .setup
        onceRecord.setupWorker = entries[index].peer
        return order(.setup, index: index, now: now)
    }

    /// Goes on to the farewell, by way of `teardown` if that is still to be run and somebody is there who can.
    mutating func beginTeardown(now: Int64) -> [MasterAction] {
        guard phase == .stopping, plan.scenario.hasTeardown, startedAt != nil || onceRecord.value != nil else {
            return beginFarewell(now: now)
        }
        let skipped: String
        if let earlier = onceRecord.teardownWorker {
            // It runs it once, however often it is told, and answers as it did.
            if cutOffAt == nil, let index = positions[earlier.name], entries[index].peer == earlier, canTearDown(index) {
                phase = .teardown
                return order(.teardown, index: index, now: now)
            }
            skipped = "teardown was begun on worker \(earlier.name) for a master that is gone; what became of it is not known"
        } else if cutOffAt != nil {
            skipped = "teardown was skipped"
        } else if let index = entries.indices.first(where: { canTearDown($0) && !entries[$0].isBreached })
            ?? entries.indices.first(where: canTearDown)
        {
            phase = .teardown
            onceRecord.teardownWorker = entries[index].peer
            // Whoever has asked for the end wonders what is still waited for.
            let wait = WorkerState.teardownNanoseconds / 1_000_000_000
            let notice = MasterAction.say(Notice("running teardown, \(wait) s at most (Ctrl-C again skips it)"))
            return (interruptions > 0 ? [notice] : []) + order(.teardown, index: index, now: now)
        } else {
            skipped = "teardown was not run: no worker is left"
        }
        return [.say(Notice(skipped, isWarning: true))] + beginFarewell(now: now)
    }

    private func canTearDown(_ index: Int) -> Bool { entries[index].isPresent && entries[index].isStopped }

    private mutating func order(_ step: OnceStep, index: Int, now: Int64) -> [MasterAction] {
        onceOrder = OnceOrder(step: step, index: index, since: now, sentAt: now)
        return [.send(.once(step), to: entries[index].peer)]
    }

    /// Says it again to a worker that has not answered.
    mutating func repeatOnce(to index: Int, now: Int64) -> [MasterAction] {
        guard let order = onceOrder, order.index == index, now - order.sentAt > Self.checkNanoseconds else { return [] }
        onceOrder?.sentAt = now
        if cutOffAt != nil { return [.send(.stop(stopOrder), to: entries[index].peer)] }
        return [.send(.once(order.step), to: entries[index].peer)]
    }

    /// Takes the word of a worker that something has ended.
    mutating func take(_ answer: OnceAnswer, of index: Int, now: Int64) -> [MasterAction] {
        guard let order = onceOrder, order.index == index, order.step == answer.step else { return [] }
        switch (phase, answer.step) {
        case (.setup, .setup):
            if let failure = answer.failure { return failSetup(failure + place(of: index), now: now) }
            onceOrder = nil
            onceRecord.value = answer.value
            // Others may have gone meanwhile; whoever is missing is waited for as long as at the beginning.
            phase = .waiting
            waitingSince = now
            if let words = endAfterSetup { return [.say(Notice(words))] + endBeforeBegin(.ended(words), now: now) }
            let actions = beginIfReady(now: now)
            guard phase == .waiting else { return actions }
            let missing = settings.expectedWorkers - presentWorkers
            return actions + [.say(Notice("setup is done; waiting for \(missing) more worker\(missing == 1 ? "" : "s")"))]
        case (.teardown, .teardown):
            // Of one that was skipped all is told.
            let failure = cutOffAt == nil ? answer.failure : nil
            return giveUpTeardown(failure.map { "teardown did not come to its end: \($0)\(place(of: index))" }, now: now)
        default: return []
        }
    }

    /// Where something was run, for an end of it; empty in a run of one process.
    private func place(of index: Int) -> String { settings.leaseNanoseconds == nil ? "" : " (on worker \(entries[index].name))" }

    /// The run does not begin, since `setup` has not come to its end.
    mutating func failSetup(_ reason: String, now: Int64) -> [MasterAction] {
        onceOrder = nil
        ending = .notStarted("setup did not come to its end: \(reason)")
        return beginFarewell(now: now)
    }

    /// A worker has gone: what it was to run once is not run again.
    mutating func missOnce(_ index: Int, now: Int64) -> [MasterAction] {
        guard let order = onceOrder, order.index == index else { return [] }
        let name = entries[index].name
        switch phase {
        case .setup:
            return failSetup("worker \(name), which ran it, has gone, and it is not run a second time; start the run again", now: now)
        case .teardown: return giveUpTeardown("teardown was broken off: worker \(name), which ran it, has gone", now: now)
        default: return []
        }
    }

    /// Ends the run without waiting for `teardown` any longer.
    mutating func giveUpTeardown(_ words: String?, now: Int64) -> [MasterAction] {
        onceOrder = nil
        return (words.map { [.say(Notice($0, isWarning: true))] } ?? []) + beginFarewell(now: now)
    }

    /// Somebody is in a hurry: `teardown` is broken off the second time, and not even its figures are waited for the third time.
    mutating func interruptTeardown(now: Int64) -> [MasterAction] {
        guard interruptions > 1 else { return [.say(Notice("waiting for teardown (Ctrl-C again skips it)"))] }
        guard cutOffAt == nil, let order = onceOrder else { return giveUpTeardown(nil, now: now) }
        cutOffAt = now
        switch ending {
        case .runTimeOver, .ended, .completed: ending = .interrupted
        case .interrupted, .notStarted, .failed, nil: break
        }
        return [.say(Notice("teardown was skipped", isWarning: true)), .send(.stop(stopOrder), to: entries[order.index].peer)]
    }

    /// Until when `teardown` is waited for, or what it has measured.
    var teardownDeadline: Int64? {
        if let cutOffAt { return cutOffAt + Self.cutOffNanoseconds }
        return onceOrder.map { $0.since + WorkerState.teardownNanoseconds + Self.teardownMarginNanoseconds }
    }

    /// What `setup` returned, for a worker that is to have users.
    mutating func share(with index: Int, now: Int64) -> [MasterAction] {
        guard plan.scenario.hasSetup, let value = onceRecord.value else { return [] }
        entries[index].sharedAt = now
        return [.send(.share(value), to: entries[index].peer)]
    }

    /// The same once more, to one that says that it does not have it.
    mutating func repeatShare(with index: Int, heartbeat: Heartbeat, now: Int64) -> [MasterAction] {
        guard !heartbeat.hasSharedValue, now - entries[index].sharedAt > Self.shareAgainNanoseconds else { return [] }
        return share(with: index, now: now)
    }
}
