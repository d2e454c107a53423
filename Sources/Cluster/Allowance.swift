/// What one worker was told to have, and how many users it may have at most, whatever became of the messages. Pure.
///
/// Orders may be under way, and users that were told to leave may still be finishing, while others come already. So a worker may hold, of
/// each class, as many as its last order says and all that were to leave by orders since it was last known to have just what it was told. The
/// master grants a user only while these bounds, summed over all workers, stay within the plan.
struct Allowance {
    /// The order in force, by user class.
    private(set) var counts: [Int]
    /// `UserTargets.version` of the order in force; 0: none.
    private(set) var version: Int64 = 0
    /// Users above the order that there may be at most, by class.
    private(set) var leaving: [Int]
    /// Users that are active and not to leave, at least, once the order in force is confirmed.
    private var staying: [Int]
    /// Users active at the worker's last word.
    private(set) var reported: [Int]
    /// The version that the worker has confirmed.
    private(set) var confirmed: Int64 = 0

    init(classes: Int) {
        counts = Array(repeating: 0, count: classes)
        leaving = counts
        staying = counts
        reported = counts
    }

    /// True when the worker carries out the order in force.
    var isConfirmed: Bool { confirmed == version }

    /// Users that the worker may have at most.
    var bound: Int { counts.reduce(0, +) + leaving.reduce(0, +) }

    /// A new order. The first one of all takes in users that are there already.
    mutating func order(_ counts: [Int], version: Int64) {
        for userClass in counts.indices {
            if self.version == 0 {
                leaving[userClass] = max(0, leaving[userClass] - counts[userClass])
            } else {
                leaving[userClass] += max(0, self.counts[userClass] - counts[userClass])
            }
            staying[userClass] = min(staying[userClass], counts[userClass])
        }
        self.counts = counts
        self.version = version
    }

    /// The worker's word: the order of which all leavings are due, the users that it has, and whether these are just the ones ordered.
    mutating func confirm(version: Int64, users: [Int], isSettled: Bool) {
        guard users.count == reported.count else { return }
        reported = users
        confirmed = version
        guard self.version > 0, version == self.version else { return }
        for userClass in users.indices {
            let active = users[userClass]
            leaving[userClass] = isSettled ? 0 : min(leaving[userClass], max(0, active - staying[userClass]))
            staying[userClass] = max(staying[userClass], min(counts[userClass], active - leaving[userClass]))
        }
    }

    /// The worker has these users by the order of another master.
    mutating func inherit(_ users: [Int]) {
        guard version == 0, users.count == reported.count else { return }
        leaving = users
    }

    /// The worker starts no users any more, and has these left.
    mutating func wane(to users: [Int]) {
        guard users.count == reported.count else { return }
        reported = users
        for userClass in users.indices {
            leaving[userClass] = min(counts[userClass] + leaving[userClass], users[userClass])
            counts[userClass] = 0
        }
    }

    /// The worker has no users any more, and none of the orders so far holds.
    mutating func clear() { self = Allowance(classes: counts.count) }

    /// All users have gone (the lease lapsed) but the order in force is given again.
    mutating func lapse() {
        leaving = Array(repeating: 0, count: counts.count)
        staying = leaving
        reported = leaving
    }
}
