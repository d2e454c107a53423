import LoadModel
import Wire

/// The open model: which worker makes which starts.
extension MasterState {
    /// Starts are given for a worker's whole lease and so long ahead.
    private static let startsMarginNanoseconds: Int64 = 500_000_000

    /// Up to where starts have been given, in nanoseconds since the start of the run.
    package var startHorizon: Int64 { arrivals?.horizon ?? 0 }

    /// Gives the starts of the next step, in equal shares.
    mutating func giveStarts(now: Int64) -> [MasterAction] {
        guard phase == .running, let startedAt, arrivals != nil else { return [] }
        // A worker of this process is never lost, nor does another one come.
        let until = settings.leaseNanoseconds.map { nextStep - startedAt + $0 + Self.startsMarginNanoseconds } ?? .max
        let starters = starters
        lastArrivalsVersion += 1
        arrivals?.extend(to: until, among: starters, now: now - startedAt, version: lastArrivalsVersion)
        return tellStarts(now: now)
    }

    /// A worker makes no more starts that are due from `moment` on, on the monotonic clock; others do.
    mutating func takeStarts(from index: Int, since moment: Int64) {
        guard let startedAt, arrivals != nil, phase == .running else { return }
        let starters = starters
        lastArrivalsVersion += 1
        arrivals?.takeAway(from: index, since: max(0, moment - startedAt), among: starters, version: lastArrivalsVersion)
    }

    /// Tells workers of starts that they may not know to be theirs.
    mutating func tellStarts(now: Int64) -> [MasterAction] {
        guard phase == .running, arrivals != nil else { return [] }
        return entries.indices.filter { entries[$0].isPresent }.flatMap { tellStarts(to: $0, now: now) }
    }

    /// Takes in which starts a worker knows of, and tells it those that it does not.
    mutating func confirmStarts(_ heartbeat: Heartbeat, of index: Int, now: Int64) -> [MasterAction] {
        guard let startedAt, arrivals != nil else { return [] }
        if heartbeat.epoch == entries[index].epoch {
            arrivals?.confirm(index, version: heartbeat.arrivalsVersion, now: now - startedAt)
        }
        return now - entries[index].arrivalsSentAt > Self.checkNanoseconds / 2 ? tellStarts(to: index, now: now) : []
    }

    private mutating func tellStarts(to index: Int, now: Int64) -> [MasterAction] {
        guard let startedAt, let order = arrivals?.order(of: index) else { return [] }
        entries[index].arrivalsSentAt = now
        let message = ArrivalsOrder(
            version: order.version, epoch: entries[index].epoch, runElapsedNanoseconds: now - startedAt, claims: order.claims)
        return [.send(.arrivals(message), to: entries[index].peer)]
    }

    /// Who makes starts: all workers that are there and have a user of each class that there are users of; where nobody has, all with users.
    private var starters: [Int] {
        let present = entries.indices.filter { entries[$0].isPresent && !entries[$0].isDeparting && dispatch.total(of: $0) > 0 }
        let counts = present.map { dispatch.counts(of: $0) }
        let isNeeded = plan.scenario.userClasses.indices.map { userClass in counts.contains { $0[userClass] > 0 } }
        let whole = zip(present, counts).filter { entry in zip(entry.1, isNeeded).allSatisfy { $0 > 0 || !$1 } }.map(\.0)
        return whole.isEmpty ? present : whole
    }

    /// Ends the run when so many iterations as it was to have are done.
    mutating func endIfAllIsDone(now: Int64) -> [MasterAction] {
        guard phase == .running, let limit = plan.iterationLimit, let arrivals, arrivals.isComplete,
            entries.allSatisfy({ !$0.isPresent || $0.doneHeartbeats > 1 })
        else { return [] }
        let words = "all \(LoadText.grouped(Int64(limit))) iterations were begun and have ended"
        return [.say(Notice(words))] + stop(because: .completed(words), now: now)
    }

    // MARK: - What became of them

    /// The account of all starts so far; nil in the closed model.
    /// - Complexity: O(starts) where they are random
    package func startAccount(now: Int64) -> StartAccount? {
        guard let schedule = plan.load.arrivals?.schedule else { return nil }
        var account = StartAccount()
        var count = ArrivalCount(schedule)
        let due = count.starts(before: min(elapsed(now: now), plan.endOfStarts))
        account.inWarmUp = result.warmUp.startsBegun + result.warmUp.startsDropped
        account.begun = result.startsBegun + result.warmUp.startsBegun
        account.dropped = result.startsDropped + result.warmUp.startsDropped
        // When the requests that were to be made are made, nothing is due any more.
        if plan.requestLimit != nil {
            account.due = account.begun + account.dropped
            return account
        }
        // What a worker began before it had heard of the stop was due all the same.
        account.due = max(Int64(due), account.begun + account.dropped)
        return account
    }

    /// How much of the time so far was warm-up.
    package func warmUp(now: Int64) -> Int64 { min(elapsed(now: now), plan.warmUpNanoseconds) }
}
