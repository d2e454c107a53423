import Statistics
import Wire

/// What a worker has measured and the master has not acknowledged. Pure.
///
/// One numbered delta at a time is under way, and is sent again, unchanged, until it is acknowledged; all that is measured meanwhile is folded
/// into one snapshot, which becomes the next. So each number has one content, however often it is sent, and memory stays bounded however long
/// the master is away.
struct Outbox {
    /// A delta that was not acknowledged is sent again after this.
    static let retryNanoseconds: Int64 = 1_000_000_000
    /// A delta has at most so many histogram cells: about a tenth of the longest message.
    static let mostCells = 1 << 20

    private let run: UInt64
    /// A delta of this number is thrown away as if it had been acknowledged: a test of what reports say then.
    private let dropped: Int?
    private var number = 0
    private var pending = IntervalSnapshot()
    private var pendingEnd: Int64 = 0
    private var hasPending = false
    private var users = 0
    private var openConnections = 0
    private var lag: Int64 = 0
    private var underWay: (delta: WorkerDelta, end: Int64, sentAt: Int64?)?
    /// Requests, finished or interrupted, in acknowledged deltas.
    private(set) var delivered: Int64 = 0
    /// The last number acknowledged.
    private(set) var acknowledged = 0

    init(run: UInt64, dropping dropped: Int? = nil) {
        self.run = run
        self.dropped = dropped
    }

    /// True when the master has all.
    var isEmpty: Bool { underWay == nil && !hasPending }

    /// Adds an interval that ended at `end`.
    mutating func add(_ snapshot: IntervalSnapshot, end: Int64, users: Int, openConnections: Int, lagNanoseconds: Int64) {
        let isIdle = snapshot.isEmpty && users == 0 && self.users == 0
        self.users = users
        self.openConnections = openConnections
        if isIdle { return }
        pending.fold(snapshot)
        pendingEnd = end
        hasPending = true
        lag = max(lag, lagNanoseconds)
    }

    /// When `next` has something that it does not have now; nil: nothing is under way.
    var nextRetry: Int64? { underWay.flatMap { $0.sentAt }.map { $0 + Self.retryNanoseconds } }

    /// The delta to send now, if any: the one under way if it was not sent or its time is up, or a new one.
    mutating func next(now: Int64) -> WorkerDelta? {
        if underWay == nil, hasPending { number(now: now) }
        guard var entry = underWay, entry.sentAt.map({ now >= $0 + Self.retryNanoseconds }) ?? true else { return nil }
        entry.sentAt = now
        entry.delta.ageNanoseconds = max(0, now - entry.end)
        underWay = entry
        return entry.delta
    }

    /// The connection is a new one: what is under way is to be sent again at once.
    mutating func connectionWasReplaced() { underWay?.sentAt = nil }

    /// The master has this delta.
    mutating func acknowledge(_ number: Int) {
        guard let delta = underWay?.delta, delta.number == number else { return }
        acknowledged = number
        delivered += delta.snapshot.requests.reduce(0) { $0 + $1.requests + $1.interrupted }
        underWay = nil
    }

    private mutating func number(now: Int64) {
        number += 1
        var parts = pending.split(maximumCells: Self.mostCells)
        let first = parts.removeFirst()
        hasPending = !parts.isEmpty
        pending = parts.first ?? IntervalSnapshot()
        for part in parts.dropFirst() { pending.fold(part) }
        let delta = WorkerDelta(
            number: number, run: run, snapshot: first, users: users, openConnections: openConnections, lagNanoseconds: lag)
        lag = 0
        underWay = (delta, pendingEnd, nil)
        if number == dropped { underWay = nil }
    }
}
