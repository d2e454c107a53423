import Cluster
import LoadModel
import Statistics
import Wire

/// What a Locust master says.
extension LocustWorkerTranslator {
    mutating func take(_ message: LocustMasterMessage, now: LocustMoment) -> [Action] {
        switch message {
        case .acknowledge(let index): return acknowledge(index: index, now: now)
        case .heartbeat:
            guard isKnown else { return [] }
            doubtSince = nil
            guard let run, sequenceSent > 0 else { return [] }
            return [.tell(.heartbeat(HeartbeatReply(sequence: sequenceSent, run: run)))]
        case .spawn(let order): return take(order, now: now)
        case .stop: return end(.stop, now: now)
        case .quit: return end(.quit, now: now)
        case .reconnect: return [.reconnect]
        case .spawningComplete, .noFile: return []
        case .other("update_user_class"):
            return sayOnce(
                "the Locust master changes attributes of user classes (class picker, --config-users): a Cicada script keeps its own")
        case .other(let type):
            return sayOnce(
                "the Locust master sent '\(StatisticsLimits.cut(type))', which is for locustfiles and of no use to a Cicada script")
        }
    }

    private mutating func acknowledge(index: Int?, now: LocustMoment) -> [Action] {
        var actions: [Action] = []
        if phase != .absent {
            // An answer that was late, unless this worker has asked whether it is still known.
            guard isAskingAgain, isKnown else { return [] }
            if phase != .idle {
                actions.append(
                    say("the Locust master has been started anew: this worker's users end, and \(tally.requests) requests are not reported")
                )
                run = nil
            }
        }
        phase = .idle
        unanswered = 0
        isAskingAgain = false
        doubtSince = nil
        self.index = index ?? 0
        lastTimestamp = 0
        order = nil
        isComplete = true
        tally = LocustTally(start: now.wall)
        (nextHeartbeat, nextReport, nextLogs) = (now.monotonic, now.monotonic, now.monotonic)
        if run == nil {
            // Drawn anew, so that random choices are not those of the last test.
            if let fresh = try? makePlan(terms) { plan = fresh }
            actions.append(welcome())
        }
        if let early {
            self.early = nil
            actions += take(early, now: now)
        }
        return actions
    }

    /// Gives the worker its plan, as that of a new run.
    mutating func welcome() -> Action {
        let number = nextRun
        nextRun = nextRun == .max ? 1 : nextRun + 1
        (run, ready, beat, targets) = (number, nil, nil, nil)
        (sequenceSent, lastDelta) = (0, 0)
        rows = plan.rows
        setup = .due
        isTeardownDone = false
        return .tell(
            .welcome(
                Welcome(
                    index: index, version: LocustWorkerMessage.comparedVersion, protocolVersion: Protocol.version, run: number,
                    planHash: plan.hash, planSize: plan.bytes.count, acknowledged: 0, leaseNanoseconds: leaseNanoseconds)))
    }

    private mutating func take(_ order: LocustSpawn, now: LocustMoment) -> [Action] {
        guard phase == .idle || phase == .testing else {
            // The next test has been started while this worker is still on its way out of the last one.
            if phase == .absent || phase == .stopping, ending == .stop { early = order }
            return []
        }
        var actions: [Action] = [.send(.spawning)]
        // Late or doubled: the newer one stands.
        guard order.timestamp > lastTimestamp else { return actions }
        lastTimestamp = order.timestamp
        let wanted = LocustTerms(order)
        if phase == .idle {
            phase = .testing
            tally = LocustTally(start: now.wall)
            if wanted != terms {
                do { plan = try makePlan(wanted) } catch {
                    let words = "the Locust master's order cannot be carried out: \(error)"
                    let isNew = !told.contains(words)
                    actions += sayOnce(words)
                    if isNew { actions.append(.send(.exception(message: words, traceback: words))) }
                    phase = .idle
                    return actions + [.send(.spawningComplete(users))]
                }
                terms = wanted
                actions.append(welcome())
            }
        } else if wanted != terms {
            actions += sayOnce("another host, other tags or another stop timeout hold from the next start of the test on")
        }
        actions += lookAtNames(order)
        self.order = order
        isComplete = false
        targets = nil
        return actions + advance(now: now)
    }

    /// Tells what of an order this worker cannot carry out.
    mutating func lookAtNames(_ order: LocustSpawn) -> [Action] {
        var actions: [Action] = []
        for users in order.users where users.count > 0 {
            if !plan.classes.contains(users.userClass) {
                actions += sayOnce(
                    "the script has no user class '\(StatisticsLimits.cut(users.userClass))', of which the Locust master wants users: they are left out; "
                        + Suggestion.remedy(for: users.userClass, among: plan.classes))
            } else if plan.classesWithoutHost.contains(users.userClass) {
                actions += sayOnce(
                    "no host for user class '\(users.userClass)': its users are left out. Give the Locust master --host http://…, or this worker, or set "
                        + "host in the script")
            }
        }
        let sum = order.users.reduce(0) { $0 + $1.count }
        if let ready, sum > ready.capacity {
            actions += sayOnce("\(sum) users are wanted of this worker, which can carry \(ready.capacity) (\(ready.limit))")
        }
        return actions
    }

    /// Does what is next for the users of the order in force.
    mutating func advance(now: LocustMoment) -> [Action] {
        guard phase == .testing, let order, ready != nil, let beat, beat.run == run else { return [] }
        var actions: [Action] = []
        if plan.hasSetup {
            switch setup {
            case .due: return [.tell(.once(.setup))]
            case .failed: return []
            case .done(let value): if !beat.hasSharedValue { actions.append(.tell(.share(value))) }
            }
        }
        var targets = targets ?? newTargets(order, now: now)
        targets.epoch = beat.epoch
        // Intervals end on whole seconds of the wall clock.
        targets.runElapsedNanoseconds = Int64((now.wall - now.wall.rounded(.down)) * 1e9)
        self.targets = targets
        if beat.targetsVersion != targets.version { actions.append(.tell(.targets(targets))) }
        return actions
    }

    private mutating func newTargets(_ order: LocustSpawn, now: LocustMoment) -> UserTargets {
        lastVersion = max(lastVersion + 1, Int64(now.wall * 1e6))
        let wanted = Dictionary(order.users.map { ($0.userClass, $0.count) }, uniquingKeysWith: { $1 })
        let counts = plan.classes.map { ClassCount($0, plan.classesWithoutHost.contains($0) ? 0 : wanted[$0] ?? 0) }
        return UserTargets(
            version: lastVersion, epoch: 0, counts: counts, firstDueIn: 0, intervalNanoseconds: 0, connectRate: plan.connectRate)
    }

    // MARK: - The end

    /// The users are to end.
    mutating func end(_ ending: Ending, now: LocustMoment) -> [Action] {
        early = nil
        guard isKnown else { return [] }
        if phase == .stopping || phase == .ended {
            guard ending != .script else { return [] }
            // Told to leave is told to leave, whatever comes behind it.
            if self.ending != .quit { self.ending = ending }
            if phase == .ended { return finish(now: now) }
        } else {
            self.ending = ending
            guard run != nil, ready != nil else { return finish(now: now) }
            phase = .stopping
        }
        let grace = order?.stopGraceNanoseconds ?? 0
        if self.ending == .quit, grace == 0 { cutOffAt = now.monotonic + Self.lastWordNanoseconds }
        return [.tell(.stop(StopOrder(graceNanoseconds: grace)))]
    }

    /// The users have ended, and all that they measured is here.
    mutating func finish(now: LocustMoment) -> [Action] {
        beat?.users = []
        cutOffAt = .max
        if ending == .script {
            phase = .ended
            return [report(now: now)]
        }
        // The next plan of this worker is a new run, in a loop begun anew.
        run = nil
        ready = nil
        beat = nil
        isThere = false
        let actions = lastWords(now: now)
        if ending == .quit {
            phase = .left
            isDismissed = true
            return actions + [.send(.quit), .tell(.quit(reason: nil))]
        }
        phase = .absent
        nextReady = now.monotonic
        return actions + [.send(.stopped), .tell(.quit(reason: nil))]
    }
}
