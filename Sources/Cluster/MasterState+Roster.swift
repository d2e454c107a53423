import LoadModel
import Statistics
import Wire

/// Who takes part: joining, signs of life, deltas.
extension MasterState {
    /// Takes a worker's word.
    mutating func take(_ message: WorkerMessage, from peer: Peer, now: Int64) -> [MasterAction] {
        if case .hello(let hello) = message { return greet(hello, peer: peer, now: now) }
        let name = peer.name
        guard let index = positions[name], entries[index].hello.session == peer.session else {
            // A worker of an earlier master, or one that was replaced: its hello will tell more.
            if case .heartbeat = message { return [.send(.heartbeat(HeartbeatReply(sequence: 0, run: settings.run)), to: peer)] }
            return []
        }
        entries[index].lastHeard = now
        switch message {
        case .hello: return []
        case .planRequest(let offset):
            guard entries[index].mayHavePlanChunk(of: settings.planBytes.count, now: now) else { return [] }
            let bytes = settings.planBytes.dropFirst(max(0, offset)).prefix(PlanChunk.largest)
            return [.send(.planChunk(PlanChunk(offset: offset, bytes: Array(bytes))), to: peer)]
        case .ready(let ready): return admit(index, ready, now: now)
        case .heartbeat(let heartbeat): return take(heartbeat, of: index, now: now)
        case .delta(let delta): return take(delta, of: index, now: now)
        case .rowRequest(let request): return take(request, of: index)
        case .onceDone(let answer): return take(answer, of: index, now: now)
        case .endWanted(let wish): return entries[index].isKnown && entries[index].hasBeenReady ? take(wish, of: index, now: now) : []
        case .warning(let text):
            guard entries[index].isKnown, entries[index].warnings < Self.mostWarnings else { return [] }
            entries[index].warnings += 1
            let prefix = entries.count > 1 || settings.leaseNanoseconds != nil ? "\(name): " : ""
            return [.say(Notice("\(prefix)\(text)", isWarning: true))]
        case .logs(let lines):
            let prefix = entries.count > 1 || settings.leaseNanoseconds != nil ? "\(name): " : ""
            for line in lines { printed.add("\(prefix)script: \(line)") }
            return sayPrinted(now: now)
        case .stopped:
            // While there is to be load, only a worker is believed that a master before this one may have told to stop.
            let isTold = phase == .stopping || phase == .teardown || phase == .running && entries[index].isResumed
            guard isTold, entries[index].isKnown else { return [] }
            entries[index].isStopped = true
            settle(index)
            switch phase {
            case .stopping: return continueStop(now: now)
            // That master was killed while the run came to its end.
            case .running: return stop(because: isTimeOver(now: now) ? .runTimeOver : .interrupted, now: now)
            case .waiting, .setup, .teardown, .finishing, .over: return []
            }
        case .failed(let reason): return entries[index].isKnown ? fail(index, reason: reason, now: now) : []
        case .quit: return entries[index].isKnown ? dismiss(index, now: now) : []
        }
    }

    /// Says what scripts have printed, as much of it as people can read.
    mutating func sayPrinted(now: Int64) -> [MasterAction] { printed.take(now: now).map { .say(Notice($0)) } }

    /// A line about a worker that may be none; there may be any number of them.
    mutating func sayOfStranger(_ text: String, isWarning: Bool = true) -> [MasterAction] {
        linesAboutStrangers += 1
        if linesAboutStrangers > Self.mostLinesAboutStrangers { return [] }
        let isLast = linesAboutStrangers == Self.mostLinesAboutStrangers
        return [.say(Notice(isLast ? "\(text) (no more is said of workers that do not take part)" : text, isWarning: isWarning))]
    }

    /// What is wrong with a worker that wants to join, in words; nil: nothing.
    private func objection(to hello: WorkerHello, name: String, now: Int64) -> String? {
        if hello.protocolVersion != Protocol.version || Self.series(hello.version) != Self.series(settings.version) {
            return "worker \(name) has version \(hello.version) (protocol \(hello.protocolVersion)), the master \(settings.version) "
                + "(protocol \(Protocol.version)); use the same version on both"
        }
        if let standing = hello.run, standing.run == settings.run, standing.planHash != settings.planHash {
            return "worker \(name) runs another plan than this master's; stop it and start it anew"
        }
        if let standing = hello.run, standing.run == settings.run, !isKnown(hello, name: name) {
            return "worker \(name) is not known to have been in this run; start it anew"
        }
        if let words = objection(toIndexOf: hello, name: name) { return words }
        if hello.index == nil, let index = positions[name], entries[index].hello.session != hello.session, entries[index].isKnown,
            entries[index].silence(now: now) <= (settings.leaseNanoseconds ?? 0) + MasterSettings.lossMargin
        {
            return "there is already a worker named \(name); give each its own --name"
        }
        if entries.count >= Self.mostWorkers, positions[name].map({ entries[$0].hello.session != hello.session }) ?? true {
            return "\(entries.count) workers have joined, which is the most that a master takes"
        }
        return nil
    }

    /// Whether a worker of this run is one that this master knows, or the one before it.
    private func isKnown(_ hello: WorkerHello, name: String) -> Bool {
        positions[name].map { entries[$0].hello.session == hello.session } ?? false || resumed[name]?.session == hello.session
    }

    /// Versions go together when their first parts above zero are equal: `1.x`, or `0.1.x`.
    static func series(_ version: String) -> String {
        let parts = version.split(separator: ".")
        return parts.first == "0" ? parts.prefix(2).joined(separator: ".") : parts.first.map(String.init) ?? version
    }

    private mutating func greet(_ hello: WorkerHello, peer: Peer, now: Int64) -> [MasterAction] {
        let name = peer.name
        if let reason = objection(to: hello, name: name, now: now) { return refuse(hello, peer: peer, reason: reason) }
        // One of an earlier master's workers may come at the end, with what it has kept.
        let isLate = phase == .finishing || phase == .teardown || phase == .stopping && resumed[name]?.session != hello.session
        if isLate, positions[name].map({ entries[$0].hello.session != hello.session }) ?? true {
            // A Job's next pod has nothing to do any more, which is no failure.
            return [.send(.quit(reason: hello.index == nil ? "the run is ending" : nil), to: peer)]
        }
        let index: Int
        var actions: [MasterAction] = []
        if let known = positions[name], entries[known].hello.session == hello.session {
            index = known
            entries[index].hello = hello
            entries[index].lastHeard = now
        } else {
            let (succession, others) = succession(of: hello, peer: peer, now: now)
            switch succession {
            case .wait(let words): return others + [.send(.wait(reason: words), to: peer)]
            case .refused(let words): return others + refuse(hello, peer: peer, reason: words)
            case .free: actions = others
            }
            index = enrol(hello, name: name, now: now)
        }
        noteEarlierRun(of: index)
        return actions + [welcome(index)]
    }

    /// Tells a worker that it cannot take part; people are told once.
    private mutating func refuse(_ hello: WorkerHello, peer: Peer, reason: String) -> [MasterAction] {
        let quit: [MasterAction] = [.send(.quit(reason: reason), to: peer)]
        guard refused.count < 1000, refused.insert("\(peer.name) \(hello.session)").inserted else { return quit }
        return quit + sayOfStranger("refused: \(reason)")
    }

    private func welcome(_ index: Int) -> MasterAction {
        let welcome = Welcome(
            index: earlierWorkers + index, version: settings.version, protocolVersion: Protocol.version, run: settings.run,
            planHash: settings.planHash,
            planSize: settings.planBytes.count, acknowledged: entries[index].lastDelta, leaseNanoseconds: settings.leaseNanoseconds,
            workers: settings.plannedWorkers, place: entries[index].place)
        return .send(.welcome(welcome), to: entries[index].peer)
    }

    private mutating func enrol(_ hello: WorkerHello, name: String, now: Int64) -> Int {
        if let old = positions[name] { replace(old, now: now) }
        let index = dispatch.add(name: name)
        let predecessor = resumed[name]
        let takesUp = predecessor?.session == hello.session
        // The log knows the latest process of the name only; its account tells how many there were.
        let numberBefore = predecessor.map { Int($0.account.dropFirst(name.count + 1)) ?? 1 } ?? 0
        let earlier = positions[name] == nil ? 0 : entries.count { $0.name == name && $0.account != predecessor?.account }
        var number = numberBefore + earlier + 1
        var account = number == 1 ? name : "\(name)#\(number)"
        if let predecessor, takesUp {
            account = predecessor.account
        } else {
            // Another worker may be named like that.
            while isTaken(account) {
                number += 1
                account = "\(name)#\(number)"
            }
        }
        accountNames.insert(account)
        var entry = RosterEntry(
            name: name, account: account, index: index, place: place(of: hello, index: index), hello: hello,
            classes: plan.scenario.userClasses.count, now: now)
        if let predecessor, takesUp {
            entry.lastDelta = predecessor.lastDelta
            if let standing = absent.removeValue(forKey: account) {
                entry.noteRate(standing.rate)
                // The users that had ended by then are known of.
                if phase != .waiting { _ = entry.allowance.noteEnded(standing.endedUsers) }
            }
        }
        entry.isResumed = takesUp
        if takesUp, hello.run?.run == settings.run { entry.inheritance = .unknown }
        entries.append(entry)
        positions[name] = index
        return index
    }

    /// Whether an account belongs to somebody already.
    private func isTaken(_ account: String) -> Bool {
        accountNames.contains(account) || absent[account] != nil || resumed.values.contains { $0.account == account }
    }

    /// Another process has taken the name of one that was lost: that one will not come back.
    mutating func replace(_ index: Int, now: Int64) {
        guard entries[index].phase == .lost || entries[index].phase == .ready || entries[index].phase == .joining else { return }
        if !entries[index].isStopped {
            entries[index].unheardWhenReplaced = unheardRequests(of: entries[index], now: now)
            noteUnheard(entries[index], now: now)
        }
        settle(index)
        dispatch.leave(index)
        takeStarts(from: index, since: entries[index].lastHeard + (settings.leaseNanoseconds ?? 0))
        entries[index].phase = .failed
        entries[index].isReplaced = true
    }

    /// What a worker had sent for a master that is gone, and whose log this one does not have.
    private mutating func noteEarlierRun(of index: Int) {
        let entry = entries[index]
        guard let standing = entry.hello.run else { return }
        if standing.run == settings.run {
            if entry.hasBeenReady || entry.isResumed { result.noteIssued(standing.issued, byWorker: entry.account) }
        } else {
            // A worker says this once more when its users there have gone.
            sentEarlier[entry.account] = max(standing.issued, sentEarlier[entry.account] ?? 0)
        }
    }

    private mutating func admit(_ index: Int, _ ready: WorkerReady, now: Int64) -> [MasterAction] {
        guard entries[index].phase == .joining || entries[index].phase == .lost else { return [] }
        let name = entries[index].name
        let peer = entries[index].peer
        guard ready.planHash == settings.planHash else {
            entries[index].phase = .failed
            let reason = "worker \(name) has another plan than the master sent (its SHA-256 differs)"
            return [.send(.quit(reason: reason), to: peer)] + sayOfStranger("refused: \(reason)")
        }
        let wasLost = entries[index].phase == .lost
        entries[index].phase = .ready
        entries[index].hasBeenReady = true
        entries[index].lostAt = nil
        entries[index].capacity = min(ready.capacity, Self.mostUsers)
        entries[index].limit = ready.limit
        entries[index].threads = max(1, ready.threads)
        if phase == .stopping || phase == .teardown { return [.send(.stop(stopOrder), to: peer)] }
        var actions: [MasterAction] = []
        if let lost = sentEarlier[entries[index].account], lost > 0, !wasLost {
            actions.append(
                .say(
                    Notice(
                        "worker \(name) comes from a run whose master has gone: the \(lost) requests that it sent there are in no "
                            + "result here (--state keeps them over a restart)", isWarning: true)))
        }
        if settings.leaseNanoseconds != nil {
            let expected = phase == .waiting && startedAt == nil ? " (\(presentWorkers) of \(settings.expectedWorkers))" : ""
            let hello = entries[index].hello
            let room = "\(hello.cores) cores, room for \(LoadText.grouped(Int64(ready.capacity))) users (\(ready.limit))"
            let words = settings.reading == .locust ? ready.limit : room
            let place = hello.machine.place.map { " on \($0)" } ?? ""
            actions.append(.say(Notice("worker \(name) \(wasLost ? "is back" : "is ready")\(place)\(expected): \(words)")))
        }
        switch phase {
        case .waiting: return actions + beginIfReady(now: now)
        case .running: return actions + share(with: index, now: now) + welcomeToRun(index, now: now)
        case .setup, .stopping, .teardown, .finishing, .over: return actions
        }
    }

    private mutating func take(_ heartbeat: Heartbeat, of index: Int, now: Int64) -> [MasterAction] {
        let peer = entries[index].peer
        var actions: [MasterAction] = [
            .send(.heartbeat(HeartbeatReply(sequence: heartbeat.sequence, run: settings.run, clockNanoseconds: now)), to: peer)
        ]
        // Figures of another run say nothing about this one.
        guard heartbeat.run == settings.run else { return actions }
        // It has the plan, but its word of that did not come: it says it again when it is welcomed again.
        if !entries[index].hasBeenReady { return entries[index].isKnown ? actions + [welcome(index)] : actions }
        guard heartbeat.users.reduce(0, +) <= 2 * entries[index].capacity + 1000 else {
            return actions + (entries[index].isKnown ? fail(index, reason: "it reports users that it cannot have", now: now) : [])
        }
        guard entries[index].take(heartbeat, now: now) else { return actions }
        greatestUserRate = max(greatestUserRate, entries[index].greatestUserRate)
        result.noteIssued(heartbeat.issued, byWorker: entries[index].account)
        ledger.noteDrawn(heartbeat.drawnRows, of: peer)
        let concernsOthers = noteEnded(heartbeat.endedUsers, of: index)
        if entries[index].phase == .lost { actions += takeBack(index, epoch: heartbeat.epoch, now: now) }
        guard entries[index].phase == .ready else { return actions }

        let before = entries[index].allowance.bound
        if heartbeat.epoch > entries[index].epoch {
            entries[index].epoch = heartbeat.epoch
            entries[index].allowance.lapse()
            takeStarts(from: index, since: now)
        }
        entries[index].noteUsers(heartbeat, versionBase: settings.versionBase)
        bounds += entries[index].allowance.bound - before

        switch phase {
        case .running:
            if heartbeat.activity == .stopping { return actions + leaveOnItsOwn(index, now: now) }
            if !entries[index].allowance.isConfirmed, now - entries[index].targetsSentAt > Self.checkNanoseconds {
                actions += repeatTargets(of: index, now: now)
            }
            actions += repeatShare(with: index, heartbeat: heartbeat, now: now)
            actions += confirmStarts(heartbeat, of: index, now: now)
            // Users that had been told to leave may have ended before by themselves: then the order is below what has ended.
            let isBelow =
                entries[index].allowance.version > 0 && zip(entries[index].allowance.counts, heartbeat.endedUsers).contains { $0 < $1 }
            if hasPendingGrants || concernsOthers || isBelow { actions += grant(now: now, step: [:]) }
            actions += endIfNobodyIsLeft(now: now) + endIfAllIsDone(now: now)
        case .setup: actions += repeatOnce(to: index, now: now)
        case .stopping, .teardown:
            if heartbeat.activity != .stopping { actions.append(.send(.stop(stopOrder), to: peer)) }
            if phase == .teardown { actions += repeatOnce(to: index, now: now) }
        case .waiting, .finishing, .over: break
        }
        return actions
    }

    private mutating func take(_ delta: WorkerDelta, of index: Int, now: Int64) -> [MasterAction] {
        guard delta.run == settings.run, takesDeltas, entries[index].hasBeenReady else { return [] }
        if delta.number > entries[index].lastDelta {
            guard result.isPlausible(delta.snapshot, fromWorker: entries[index].account) else {
                return entries[index].isKnown ? fail(index, reason: "it reports more requests than it has sent", now: now) : []
            }
            entries[index].take(delta, now: now)
            let (account, second) = (entries[index].account, second(of: delta, now: now))
            if isInWarmUp(delta, now: now) {
                result.mergeWarmUp(delta.snapshot, fromWorker: account, second: second)
            } else {
                result.merge(delta.snapshot, fromWorker: account, second: second)
                thresholds.take(delta.snapshot, second: second)
            }
        }
        return [.send(.acknowledge(delta: delta.number), to: entries[index].peer)]
    }

    /// Whether a delta's interval ended in the warm-up, or at its end as exactly as intervals do.
    package func isInWarmUp(_ delta: WorkerDelta, now: Int64) -> Bool { second(of: delta, now: now) < plan.warmUpSeconds }

    /// False while the workers of a run are awaited, unless `setup` has run already.
    private var takesDeltas: Bool { phase != .waiting || startedAt == nil && onceRecord.value != nil }

    /// The second of the run that a delta's interval belongs to: the one in whose middle or later it ended.
    package func second(of delta: WorkerDelta, now: Int64) -> Int {
        guard let startedAt else { return 0 }
        let end = min(now - max(0, delta.ageNanoseconds), stoppedAt ?? .max) - startedAt
        return max(0, Int((end + 500_000_000) / 1_000_000_000) - 1)
    }

    /// Whether a delta is one that has not been applied yet, and will be.
    package func isNew(_ delta: WorkerDelta, from peer: Peer) -> Bool {
        guard let index = positions[peer.name], entries[index].hello.session == peer.session, entries[index].hasBeenReady, takesDeltas
        else { return false }
        return delta.run == settings.run && delta.number > entries[index].lastDelta
            && result.isPlausible(delta.snapshot, fromWorker: entries[index].account)
    }

    /// The name of a worker in accounts.
    package func account(of peer: Peer) -> String? { positions[peer.name].map { entries[$0].account } }
}
