import LoadModel

/// The open model on one engine thread: which starts are due, which of them wait for a user, and which users wait for a start. Pure: the caller says
/// what time it is.
struct ArrivalDesk {
    /// A start, of a user of this class.
    struct Start: Equatable {
        var userClass: Int
        /// On `MonotonicClock`, in nanoseconds.
        var due: Int64
    }

    private let arrivals: Load.Arrivals
    private let classes: WeightedChoice
    private var runStart = Int64.max
    private var cursors: [ArrivalCursor] = []
    /// Which of them has the next start, and when that is due, on `MonotonicClock`; nil: none has.
    private var first: (cursor: Int, due: Int64)?
    /// When starts that wait for a user are due, by class, the longest waiting first.
    private var waiting: [Queue<Int64>]
    /// Users that wait for a start, by class, the latest to come last. Some may have gone meanwhile.
    private var idle: [[DueStep]]
    /// Starts that wait.
    private(set) var waitingCount = 0

    /// `weights`: of each class, above 0.
    init(_ arrivals: Load.Arrivals, weights: [Double]) {
        self.arrivals = arrivals
        classes = WeightedChoice(weights: weights)
        waiting = weights.map { _ in Queue() }
        idle = weights.map { _ in [] }
    }

    /// When the next start is due; nil: there is none.
    var nextDeadline: Int64? { first?.due }

    /// Takes more claims, or later ends of claims.
    /// - Complexity: O(claims)
    mutating func take(_ order: ArrivalOrder) {
        runStart = min(runStart, order.runStart)
        for claim in order.claims {
            let known = cursors.firstIndex {
                $0.claim.from == claim.from && $0.claim.modulus == claim.modulus && $0.claim.residue == claim.residue
            }
            if let known {
                cursors[known].extend(until: claim.until)
            } else {
                cursors.append(ArrivalCursor(arrivals.schedule, claim: claim))
            }
        }
        findFirst()
    }

    /// Takes the next start that is due at `now`.
    /// - Complexity: O(claims), of which there are few.
    mutating func popDue(now: Int64) -> Start? {
        guard let first, first.due <= now, let start = cursors[first.cursor].pop() else { return nil }
        findFirst()
        return Start(userClass: userClass(of: start), due: first.due)
    }

    /// Whether a start has waited for longer than it may.
    func isTooLate(due: Int64, now: Int64) -> Bool { arrivals.mostLatenessNanoseconds.map { now - due > $0 } ?? false }

    /// A start waits for a user.
    mutating func wait(_ start: Start) {
        waiting[start.userClass].append(start.due)
        waitingCount += 1
    }

    /// Takes the start of a class that has waited the longest, too late or not.
    mutating func popWaiting(of userClass: Int) -> Int64? {
        guard let due = waiting[userClass].first else { return nil }
        waiting[userClass].removeFirst()
        waitingCount -= 1
        return due
    }

    /// Takes the starts that have waited for too long; answers how many there were.
    mutating func removeTooLate(now: Int64) -> Int {
        guard arrivals.mostLatenessNanoseconds != nil, waitingCount > 0 else { return 0 }
        let before = waitingCount
        for userClass in waiting.indices {
            while let due = waiting[userClass].first, isTooLate(due: due, now: now) { _ = popWaiting(of: userClass) }
        }
        return before - waitingCount
    }

    /// A user waits for a start.
    mutating func rest(_ user: DueStep, userClass: Int) { idle[userClass].append(user) }

    /// Takes the user of a class that came to rest last. It may have gone.
    mutating func popIdle(of userClass: Int) -> DueStep? { idle[userClass].popLast() }

    /// Forgets all claims, users and starts; answers how many starts were due before `now` and have not been begun.
    mutating func removeAll(now: Int64) -> Int {
        var missed = waitingCount
        while popDue(now: now) != nil { missed += 1 }
        cursors.removeAll()
        first = nil
        runStart = .max
        for userClass in waiting.indices {
            waiting[userClass].removeAll()
            idle[userClass].removeAll()
        }
        waitingCount = 0
        return missed
    }

    private mutating func findFirst() {
        first = nil
        for index in cursors.indices {
            guard let start = cursors[index].next else { continue }
            let due = runStart + start.due
            if due < first?.due ?? .max { first = (index, due) }
        }
    }

    /// Drawn by weight from the start alone, so that it does not matter who carries it out.
    private func userClass(of start: ArrivalCursor.Start) -> Int {
        var generator = SplitMix64(
            seed: arrivals.schedule.seed ^ UInt64(truncatingIfNeeded: start.number) &* 0x9e37_79b9_7f4a_7c15
                ^ UInt64(truncatingIfNeeded: start.due) &* 0xd6e8_feb8_6659_fd93)
        return classes.next(using: &generator)
    }
}
