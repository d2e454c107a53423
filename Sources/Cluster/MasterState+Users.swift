import LoadModel
import Wire

/// Which users are whose, from the first to the last.
extension MasterState {
    /// Users of one worker that are due in a step.
    struct StepShare {
        var firstDue: Int64
        var lastDue: Int64
        var count: Int
    }

    /// The run begins if all workers that it is to begin with are there.
    mutating func beginIfReady(now: Int64) -> [MasterAction] {
        guard phase == .waiting, presentWorkers >= settings.expectedWorkers else { return [] }
        // A run that is taken up again goes on with those that are back; others may follow.
        if capacity < course.most, startedAt == nil {
            let shares = entries.filter(\.isPresent).map { "\($0.name): \($0.capacity) (\($0.limit))" }.joined(separator: ", ")
            let ending = RunEnding.notStarted(
                "\(course.most) users are more than \(presentWorkers == 1 ? "the worker" : "the \(presentWorkers) workers") can carry, "
                    + "which is \(capacity) (\(shares)). Start more workers, raise their limits, or let users take turns with --max-connections"
            )
            return endBeforeBegin(ending, now: now)
        }
        if let cap = plan.connectionCap, startedAt == nil {
            let threads = entries.reduce(0) { $0 + ($1.isPresent ? $1.threads : 0) }
            if threads > cap {
                let ending = RunEnding.notStarted(
                    "the workers have \(threads) engine threads, each of which needs one of --max-connections \(cap). "
                        + "Allow more connections, or give --threads 1 or fewer workers")
                return endBeforeBegin(ending, now: now)
            }
        }
        // A run that is taken up again has had its setup, or the log would not know of it.
        if needsSetup { return beginSetup(now: now) }
        return begin(now: now)
    }

    /// The first users come, or those of a run that is taken up again.
    private mutating func begin(now: Int64) -> [MasterAction] {
        phase = .running
        let isFirst = startedAt == nil
        let start = startedAt ?? now
        startedAt = start
        nextStep = now
        nextProgress = start + Self.progressDelayNanoseconds
        while nextProgress <= now { nextProgress += 1_000_000_000 }
        for index in entries.indices where entries[index].isPresent { dispatch.join(index, capacity: entries[index].capacity) }
        if !isFirst { beginWindowsAnew(now: now) }
        // A run that is taken up again has users that were due long ago: they come at the spawn rate.
        if now > start { dispatch.setCount(course.users(before: now - start)) }
        // Nobody comes in place of those that had ended on workers which are not back.
        for standing in absent.values {
            for (userClass, count) in standing.endedUsers.enumerated() where userClass < plan.scenario.userClasses.count {
                dispatch.end(count, ofClass: userClass, on: nil)
            }
        }
        var actions = isFirst ? sayIfFixedCountsDoNotFit() : []
        for index in entries.indices where entries[index].isPresent { actions += share(with: index, now: now) }
        return actions + grant(now: now, step: [:]) + dealStep(now: now) + giveStarts(now: now)
    }

    /// Says so when the run has fewer users than the classes with fixed counts together, or more where there are no other classes.
    private func sayIfFixedCountsDoNotFit() -> [MasterAction] {
        let fixed = plan.scenario.userClasses.reduce(0) { $0 + ($1.fixedCount ?? 0) }
        let words: String
        if fixed > plan.load.mostUsers {
            words =
                "the user classes with a fixed_count are to have \(fixed) users together, but the run has \(plan.load.mostUsers): the last of them "
                + "have fewer or none (--users)"
        } else if let most = dispatch.mostUsers, plan.load.mostUsers > most {
            words =
                "the run has \(most) users instead of \(plan.load.mostUsers), since every user class has a fixed_count (give one of them a weight "
                + "instead)"
        } else {
            return []
        }
        return [.say(Notice(words, isWarning: true))]
    }

    /// The users that are due until the end of the next step.
    mutating func dealStep(now: Int64) -> [MasterAction] {
        guard phase == .running, let startedAt else { return [] }
        // Steps end on whole seconds of the run. A late tick makes up for the time it missed: the targets are absolute.
        while nextStep <= now { nextStep = startedAt + ((nextStep - startedAt) / Self.stepNanoseconds + 1) * Self.stepNanoseconds }
        let before = dispatch.count
        let end = nextStep - startedAt
        let count = course.users(before: end)
        dispatch.markEnded()
        guard count != before || hasPendingGrants else { return [] }
        var step: [Int: StepShare] = [:]
        func note(user: Int, due: Int64) {
            guard let worker = dispatch.worker(ofUser: user) else { return }
            if step[worker] == nil { step[worker] = StepShare(firstDue: due, lastDue: due, count: 0) }
            step[worker]?.lastDue = due
            step[worker]?.count += 1
        }
        func due(after count: Int, isRising: Bool) -> Int64 {
            course.due(after: count, isRising: isRising, before: end).map { startedAt + $0 } ?? now
        }
        if count < before {
            for user in (count..<before).reversed() { note(user: user, due: due(after: user + 1, isRising: false)) }
            dispatch.setCount(count)
        } else {
            dispatch.setCount(count)
            for user in before..<count { note(user: user, due: due(after: user, isRising: true)) }
        }
        return grant(now: now, step: step)
    }

    /// Tells each worker the users that it is to have, as far as the plan allows with what others may still have.
    ///
    /// `step`: when the users that this step brings or takes are due, by worker; all others come at the spawn rate and go within a step.
    /// - Complexity: O(workers × classes)
    mutating func grant(now: Int64, step: [Int: StepShare]) -> [MasterAction] {
        guard phase == .running, let startedAt else { return [] }
        // Nobody gets more than it has while others may have users by the order of an earlier master.
        let isInheriting = now < inheritanceEnd || entries.contains { $0.isKnown && $0.inheritance != .none }
        var budget = isInheriting ? min(0, dispatch.live - bounds) : dispatch.live - bounds
        var changes: [(index: Int, counts: [Int], change: Int, isUp: Bool)] = []
        hasPendingGrants = false
        let isShared = shareConnections()
        for index in entries.indices where entries[index].isPresent {
            let allowance = entries[index].allowance
            let wanted = wantedUsers(of: index)
            if entries[index].inheritance == .unknown {
                hasPendingGrants = true
                continue
            }
            // An inherited order has to give way to one of this master's, be it an equal one.
            let isToldAnyway =
                entries[index].inheritance == .known && allowance.version == 0 || isShared.contains(index) && allowance.version > 0
            guard wanted != allowance.counts || isToldAnyway else { continue }
            var counts = allowance.counts
            var (up, down) = (0, 0)
            for userClass in wanted.indices {
                let held = counts[userClass]
                if wanted[userClass] <= held {
                    down += held - wanted[userClass]
                    counts[userClass] = wanted[userClass]
                } else {
                    // What the worker has from an earlier master costs nothing, nor who has ended there.
                    let free = allowance.free(userClass)
                    let raised = min(wanted[userClass] - held, free + max(0, budget))
                    budget -= max(0, raised - free)
                    counts[userClass] = held + raised
                    up += raised
                    if counts[userClass] < wanted[userClass] { hasPendingGrants = true }
                }
            }
            if up + down > 0 || isToldAnyway { changes.append((index, counts, up + down, up > 0)) }
        }
        var actions: [MasterAction] = []
        let rises = changes.count { $0.isUp }
        var rise = 0
        for change in changes {
            lastVersion += 1
            let before = entries[change.index].allowance.bound
            entries[change.index].allowance.order(change.counts, version: lastVersion)
            bounds += entries[change.index].allowance.bound - before
            let spawnInterval = spawnInterval(of: change.change, now: now)
            let first: Int64
            let interval: Int64
            if let share = step[change.index], share.count == change.change {
                first = share.firstDue - now
                interval = share.count > 1 ? (share.lastDue - share.firstDue) / Int64(share.count - 1) : spawnInterval
            } else if change.isUp {
                first = Int64(rise) * spawnInterval
                interval = Int64(rises) * spawnInterval
            } else {
                first = 0
                interval = Self.stepNanoseconds / Int64(max(1, change.change))
            }
            if change.isUp { rise += 1 }
            actions.append(send(targetsOf: change.index, firstDueIn: first, interval: interval, now: now, startedAt: startedAt))
        }
        return actions + sayIfShort()
    }

    /// Between two users that come, of so many that nothing says when they do: the spawn rate says it or, where there is none, they come within a step.
    private func spawnInterval(of count: Int, now: Int64) -> Int64 {
        let interval = course.ramp(before: now - (startedAt ?? now) + 1).intervalNanoseconds
        if case .users = plan.load { return interval }
        return min(interval, Self.stepNanoseconds / Int64(max(1, count)))
    }

    /// Users of each class that a worker is to have, those included that have ended there by themselves.
    func wantedUsers(of index: Int) -> [Int] { zip(dispatch.counts(of: index), entries[index].allowance.ended).map(+) }

    /// Deals `--max-connections`, one for each engine thread at least, and `--connect-rate` evenly to the workers that are there. Answers whose share is
    /// another one now.
    private mutating func shareConnections() -> Set<Int> {
        guard plan.connectionCap != nil || plan.connectRate != nil else { return [] }
        let present = entries.indices.filter { entries[$0].isPresent }
        let spare = plan.connectionCap.map { max(0, $0 - present.reduce(0) { $0 + entries[$1].threads }) }
        let rate = plan.connectRate.map { max(WireBounds.rate.lowerBound, $0 / Double(max(1, present.count))) }
        var changed: Set<Int> = []
        for (rank, index) in present.enumerated() {
            let share = spare.map { entries[index].threads + $0 / present.count + (rank < $0 % present.count ? 1 : 0) }
            if entries[index].connectionShare != share || entries[index].connectRate != rate { changed.insert(index) }
            entries[index].connectionShare = share
            entries[index].connectRate = rate
        }
        return changed
    }

    /// The order in force once more, for a worker that has not confirmed it, or whose lease has lapsed.
    mutating func repeatTargets(of index: Int, now: Int64) -> [MasterAction] {
        guard let startedAt, entries[index].allowance.version > 0 else { return [] }
        let users = max(1, entries[index].allowance.counts.reduce(0, +))
        let interval = min(spawnInterval(of: users, now: now), Self.stepNanoseconds * 10 / Int64(users))
        return [send(targetsOf: index, firstDueIn: 0, interval: interval, now: now, startedAt: startedAt)]
    }

    /// A worker that comes when the run is under way gets what the others have above their fair share.
    mutating func welcomeToRun(_ index: Int, now: Int64) -> [MasterAction] {
        dispatch.join(index, capacity: entries[index].capacity)
        hasSaidShort = false
        return grant(now: now, step: [:])
    }

    /// Other numbers from now on.
    mutating func rescale(users: Int?, ratePerSecond: Double?, now: Int64) -> [MasterAction] {
        guard phase == .running || phase == .waiting || phase == .setup else { return [] }
        let elapsed = startedAt.map { now - $0 } ?? 0
        let ramp = course.ramp(before: elapsed + 1)
        // From what is dealt: the users of this second's step are already on their way.
        course = UserCourse(
            Ramp(
                from: phase == .running ? dispatch.count : ramp.users(before: elapsed),
                to: min(users ?? ramp.to, dispatch.mostUsers ?? .max),
                ratePerSecond: ratePerSecond ?? ramp.ratePerSecond, startNanoseconds: max(0, elapsed)))
        hasSaidShort = false
        guard phase == .running else { return [] }
        nextStep = min(nextStep, now)
        return dealStep(now: now)
    }

    /// Users that the run goes to, of those that were planned or wanted since.
    package var targetUsers: Int { course.ramps.count == 1 ? course.finally : currentRamp.to }

    /// How fast users come now, per second.
    package var spawnRate: Double { currentRamp.ratePerSecond }

    private var currentRamp: Ramp { course.ramp(before: startedAt.map { lastEvent - $0 + 1 } ?? 1) }

    /// The capacity of the workers that are there.
    package var capacity: Int { entries.reduce(0) { $0 + ($1.isPresent ? $1.capacity : 0) } }

    private mutating func send(targetsOf index: Int, firstDueIn: Int64, interval: Int64, now: Int64, startedAt: Int64) -> MasterAction {
        entries[index].targetsSentAt = now
        let counts = zip(plan.scenario.userClasses, entries[index].allowance.counts).map { ClassCount($0.name, $1) }
        let targets = UserTargets(
            version: entries[index].allowance.version, epoch: entries[index].epoch, counts: counts, firstDueIn: firstDueIn,
            intervalNanoseconds: interval, runElapsedNanoseconds: now - startedAt,
            connectionCap: entries[index].connectionShare, connectRate: entries[index].connectRate)
        return .send(.targets(targets), to: entries[index].peer)
    }

    private mutating func sayIfShort() -> [MasterAction] {
        guard dispatch.withoutWorker > 0, !hasSaidShort else { return [] }
        hasSaidShort = true
        let text =
            "\(dispatch.withoutWorker) users have no worker: the workers that are left carry \(dispatch.capacity) (start another worker)"
        return [.say(Notice(text, isWarning: true))]
    }
}
