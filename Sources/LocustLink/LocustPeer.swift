import Cluster
import LoadModel
import Statistics
import Wire

/// One Locust worker as a master's link knows it: what was ordered, what it has told, and what `MasterState` is told of that. Pure.
///
/// Owned by one fleet. No value, since the fleet has a thousand of them and looks at one for each message: their array was copied each time.
final class LocustPeer {
    /// Orders that it is told.
    struct Order: Equatable {
        /// `UserTargets.version`.
        var version: Int64
        /// Users by class, in the plan's order.
        var counts: [Int]
    }

    let id: String
    /// Counts the appearances of an id.
    let session: UInt64
    let version: String
    /// How `MasterState` welcomed it; nil: it has not yet.
    var welcome: Welcome?
    /// True once `MasterState` was told that it is ready.
    var isReady = false
    /// Classes of the plan that its locustfile does not have.
    var missingClasses: Set<String> = []
    var activity = LocustActivity.ready
    var cpuPercent = 0.0
    var memoryBytes: Int64 = 0
    /// Users by class at its last word.
    var users: [Int]
    /// Requests in its reports so far.
    private(set) var reported: Int64 = 0
    private(set) var order: Order?
    /// The order that it has carried out; 0: none since it was last silent for long.
    private(set) var confirmed: Int64 = 0
    /// Orders that it has not said to have.
    private(set) var unheardOrders = 0
    private var orderSentAt: Int64 = .min / 2
    /// True when the order in force may not have come.
    private var mayHaveMissedOrder = false
    /// Since when it has not had the users that it is to have; nil: it has them.
    private(set) var behindSince: Int64?
    /// True when it was said that it is behind.
    var isNamed = false
    /// True once it has had an order: what it reports before is not of this run.
    private(set) var takesPart = false
    /// When it was told to end, the last time; nil: never.
    var endingSince: Int64?
    /// True when its process has said that it ends.
    var hasLeft = false
    var lastHeard: Int64
    /// How often it has been silent for longer than a lease.
    private(set) var epoch = 0
    /// When it was last heard of again after that; nil: it has had an order since.
    private(set) var returnedAt: Int64?
    /// Exceptions that `MasterState` was not told yet, by place.
    var exceptions: [String: ExceptionInterval] = [:]
    var log = LocustLogNews()
    /// Of its last report.
    var names = ReportedNames()

    /// An order that nothing was heard of is sent again after this.
    private static let orderAgain: Int64 = 2_000_000_000

    private var sequence: Int64 = 0
    private var idleHeartbeats = 0
    private var deltas = 0

    init(id: String, session: UInt64, version: String, classes: Int, now: Int64) {
        self.id = id
        self.session = session
        self.version = version
        users = Array(repeating: 0, count: classes)
        lastHeard = now
    }

    var peer: Peer { Peer(name: id, session: session) }

    /// Whether it has the users that it is to have, as far as it has been ordered any.
    var isConfirmed: Bool { order.map { $0.version == confirmed } ?? true }

    /// Whether some of its users are to leave.
    var hasLeavers: Bool { order.map { zip(users, $0.counts).contains { $0 > $1 } } ?? false }

    /// A sign of life before the first order. Answers whether there will be no report before it.
    func noteIdleHeartbeat() -> Bool {
        guard welcome != nil else { return false }
        idleHeartbeats += 1
        return idleHeartbeats > 1
    }

    /// It speaks. One that was silent for longer than a lease may have missed anything.
    func hear(now: Int64) {
        if now - lastHeard > MasterSettings.lease {
            epoch += 1
            confirmed = 0
            mayHaveMissedOrder = true
            returnedAt = now
        }
        lastHeard = now
    }

    /// Takes an order in. Answers whether it is to be sent: the same one is not, as long as it is known to be there or may be on its way.
    func take(_ new: Order, now: Int64) -> Bool {
        returnedAt = nil
        if let order, order.version == new.version {
            // Users that are leaving would be told to leave anew.
            guard mayHaveMissedOrder || unheardOrders > 0 && now - orderSentAt > Self.orderAgain else { return false }
            unheardOrders = 0
        }
        if isConfirmed || behindSince == nil {
            behindSince = now
            isNamed = false
        }
        order = new
        noteSent(now: now)
        return true
    }

    /// An order is sent.
    func noteSent(now: Int64) {
        unheardOrders += 1
        mayHaveMissedOrder = false
        orderSentAt = now
    }

    /// Anything that was sent to it may be lost.
    func noteMissing() { mayHaveMissedOrder = true }

    /// It may have no users any more, whatever it said before.
    func unconfirm() { confirmed = 0 }

    /// All users of one that nobody has ordered anything for since it is back are to end.
    func takeOrderToEnd(now: Int64) {
        returnedAt = nil
        order = nil
        noteSent(now: now)
    }

    /// It says that it has an order.
    func noteOrderHeard() {
        unheardOrders = max(0, unheardOrders - 1)
        takesPart = true
        activity = .spawning
    }

    /// It says which users it has. Answers whether the order has been carried out with that.
    func note(_ users: [Int]) -> Bool {
        self.users = users
        guard let order, order.version != confirmed, unheardOrders == 0, takesPart, order.counts == users else { return false }
        confirmed = order.version
        activity = .running
        behindSince = nil
        return true
    }

    /// The sign of life that `MasterState` gets.
    func heartbeat() -> Heartbeat {
        sequence += 1
        var heartbeat = Heartbeat(
            sequence: sequence, run: welcome?.run ?? 0, activity: ownActivity, cpuPercent: cpuPercent, memoryBytes: memoryBytes)
        heartbeat.issued = reported
        heartbeat.users = users
        heartbeat.endedUsers = users.map { _ in 0 }
        heartbeat.hasSharedValue = true
        heartbeat.targetsVersion = confirmed
        heartbeat.epoch = epoch
        return heartbeat
    }

    private var ownActivity: WorkerActivity {
        if endingSince != nil { return .stopping }
        if !isConfirmed { return .spawning }
        return order == nil ? .ready : .running
    }

    /// The next delta, with the exceptions that have come in; nil: there is nothing to tell.
    func delta(_ snapshot: IntervalSnapshot) -> WorkerDelta? {
        var snapshot = snapshot
        if !exceptions.isEmpty {
            snapshot.exceptions = exceptions.values.sorted { $0.example.place < $1.example.place }
            exceptions = [:]
        }
        if snapshot.isEmpty { return nil }
        deltas += 1
        reported += snapshot.issued
        return WorkerDelta(
            number: deltas, run: welcome?.run ?? 0, snapshot: snapshot, users: users.reduce(0, +), openConnections: 0, lagNanoseconds: 0)
    }
}
