import LoadEngine
import Wire

/// How a run ends: asked or not, in order or at once.
extension MasterState {
    /// The order that ends the load.
    var stopOrder: StopOrder { StopOrder(graceNanoseconds: plan.stopGraceNanoseconds, isImmediate: cutOffAt != nil) }

    /// Until when the workers' last figures are waited for.
    var stopDeadline: Int64? {
        if let cutOffAt { return cutOffAt + Self.cutOffNanoseconds }
        return stoppedAt.map { $0 + plan.stopGraceNanoseconds + StopDeadlines.sentRequestNanoseconds + Self.lastDeltaNanoseconds }
    }

    /// Somebody wants it to end; the second time, at once.
    mutating func interrupt(now: Int64) -> [MasterAction] {
        interruptions += 1
        switch phase {
        case .waiting:
            return endBeforeBegin(.interrupted, now: now)
        case .setup: return [.say(Notice("setup is broken off"))] + stop(because: .interrupted, now: now)
        case .running: return stop(because: .interrupted, now: now)
        case .teardown: return interruptTeardown(now: now)
        case .stopping:
            // Somebody is in a hurry: nothing is awaited any more but the last figures, which a sound worker has at hand.
            ending = .interrupted
            // Those that are lost need not be waited for any longer when somebody asks.
            if !entries.contains(where: { $0.phase == .ready && !$0.isStopped }) { return beginTeardown(now: now) }
            guard interruptions > 1 else { return [] }
            guard cutOffAt == nil else { return beginTeardown(now: now) }
            cutOffAt = now
            return broadcast(.stop(stopOrder))
        case .finishing:
            phase = .over
            return [.finish]
        case .over: return []
        }
    }

    /// Ends the load in order.
    mutating func stop(because reason: RunEnding, now: Int64) -> [MasterAction] {
        guard phase == .running || phase == .setup || phase == .waiting && onceRecord.value != nil else { return [] }
        phase = .stopping
        onceOrder = nil
        ending = reason
        stoppedAt = now
        var actions = broadcast(.stop(stopOrder))
        let lost = entries.filter { mayReturn($0, now: now) }.map(\.name) + awaitedAbsent(now: now)
        if !lost.isEmpty, let stopDeadline {
            let wait = "\((stopDeadline - now) / 1_000_000_000) s"
            actions.append(
                .say(Notice("\(Self.list(lost)) may still come back with figures; waiting \(wait) at most (Ctrl-C ends it)")))
        }
        return actions + continueStop(now: now)
    }

    /// Goes on with the end if all workers have delivered, or will not.
    mutating func continueStop(now: Int64) -> [MasterAction] {
        guard phase == .stopping else { return [] }
        let isAwaited = entries.contains { entry in
            switch entry.phase {
            case .ready: !entry.isStopped
            case .lost: mayReturn(entry, now: now) && cutOffAt == nil
            // It comes back with figures from an earlier master.
            case .joining: entry.isResumed && cutOffAt == nil
            case .left, .failed: false
            }
        }
        if isAwaited || cutOffAt == nil && !awaitedAbsent(now: now).isEmpty {
            guard let stopDeadline, now >= stopDeadline else { return [] }
            let missing = entries.filter { $0.phase == .ready && !$0.isStopped }.map(\.name)
            if cutOffAt == nil, !missing.isEmpty, !hasFailed {
                ending = .failed(
                    missing.count == 1 && settings.leaseNanoseconds == nil
                        ? "the worker did not deliver its last figures" : "no last figures came from \(missing.joined(separator: ", "))")
            }
        }
        return beginTeardown(now: now)
    }

    /// Whether it is known already why the run could not go on, or not begin.
    private var hasFailed: Bool {
        switch ending {
        case .failed, .notStarted: true
        case .runTimeOver, .ended, .completed, .interrupted, nil: false
        }
    }

    /// No user is started. What `setup` has made is torn down all the same.
    mutating func endBeforeBegin(_ reason: RunEnding, now: Int64) -> [MasterAction] {
        if startedAt == nil, onceRecord.value != nil { return stop(because: reason, now: now) }
        ending = reason
        return beginFarewell(now: now)
    }

    /// Whether a lost worker is worth waiting for: it has had users, and gives up by itself after a while without a master.
    private func mayReturn(_ entry: RosterEntry, now: Int64) -> Bool {
        entry.phase == .lost && !entry.isStopped && now - (entry.lostAt ?? 0) < Self.longestReturnNanoseconds
            && (entry.hasBeenReady || entry.hello.run?.run == settings.run)
    }

    /// Workers of the master before that have not come back yet, and are worth waiting for.
    private func awaitedAbsent(now: Int64) -> [String] {
        guard now - waitingSince < Self.longestReturnNanoseconds else { return [] }
        // Of several processes of a name, and where another one has taken it, the earlier ones do not come back.
        return absent.values.filter { $0.mayReturn && positions[$0.peer.name] == nil && resumed[$0.peer.name]?.account == $0.account }
            .map(\.account).sorted()
    }

    /// Some names, and how many more there are.
    private static func list(_ names: [String]) -> String {
        names.prefix(10).joined(separator: ", ") + (names.count > 10 ? " and \(names.count - 10) more" : "")
    }

    /// Nobody is left to go on.
    mutating func endWithoutWorkers(_ reason: String, now: Int64) -> [MasterAction] {
        if phase == .finishing { return [] }
        switch ending {
        case .interrupted, .notStarted: if phase != .stopping { ending = .failed(reason) }
        case .runTimeOver, .ended, .completed, .failed, nil: ending = .failed(reason)
        }
        if stoppedAt == nil { stoppedAt = now }
        phase = .stopping
        return beginTeardown(now: now)
    }

    /// The workers that the run was to begin with have not come.
    mutating func giveUpWaiting(now: Int64) -> [MasterAction] {
        let wait = Double(settings.longestWaitNanoseconds ?? 0) / 1e9
        let there = presentWorkers == 0 ? "none" : "\(presentWorkers)"
        let words =
            "\(there) of \(settings.expectedWorkers) expected worker\(settings.expectedWorkers == 1 ? "" : "s") came within "
            + "\(wait == wait.rounded() ? "\(Int(wait))" : "\(wait)") s (--expect-workers, --expect-workers-max-wait)"
        // A run that was taken up again has figures to report.
        if startedAt != nil { stoppedAt = now }
        return endBeforeBegin(startedAt == nil ? .notStarted(words) : .failed("after the master's restart " + words), now: now)
    }

    /// Tells all workers that it is over, and waits a moment for them to hear it.
    mutating func beginFarewell(now: Int64) -> [MasterAction] {
        if phase == .finishing || phase == .over { return [] }
        phase = .finishing
        finishingSince = now
        for entry in entries where !entry.isStopped && entry.phase != .left && entry.phase != .failed {
            noteUnheard(entry, now: now)
        }
        for standing in absent.values {
            if let unheard = standing.unheard, unheard > 0 { result.noteUnheard(unheard, byWorker: standing.account) }
        }
        return broadcast(farewell) + continueFarewell(now: now)
    }

    /// Ends when all have heard, or time is up.
    mutating func continueFarewell(now: Int64) -> [MasterAction] {
        let isOver = !entries.contains { $0.phase == .ready || $0.phase == .joining } || settings.leaseNanoseconds == nil
        if isOver || now >= (finishingSince ?? 0) + Self.farewellNanoseconds {
            phase = .over
            return [.finish]
        }
        return finishingSince == now ? [] : broadcast(farewell)
    }

    private var farewell: MasterMessage {
        if case .notStarted? = ending { return .quit(reason: "the run was not started") }
        return .quit(reason: nil)
    }

    private func broadcast(_ message: MasterMessage) -> [MasterAction] {
        entries.filter { $0.phase == .ready || $0.phase == .joining }.map { .send(message, to: $0.peer) }
    }
}
