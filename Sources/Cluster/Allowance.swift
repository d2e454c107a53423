/// What one worker was told to have, and how many users it may have at most, whatever became of the messages. Pure.
///
/// Orders may be under way, and users that were told to leave may still be finishing. So a worker may hold, of each class, as many as its
/// last order, its last report, or any order since the one that it has confirmed, whichever says most. The master grants a user only while
/// these bounds, summed over all workers, stay within the plan.
struct Allowance {
    /// The order in force, by user class.
    private(set) var counts: [Int]
    /// `UserTargets.version` of the order in force; 0: none.
    private(set) var version: Int64 = 0
    /// Earlier orders that the worker may still be carrying out.
    private var earlier: [(version: Int64, counts: [Int])] = []
    /// Users active at the worker's last word.
    private(set) var reported: [Int]
    /// The version that the worker has confirmed.
    private(set) var confirmed: Int64 = 0

    init(classes: Int) {
        counts = Array(repeating: 0, count: classes)
        reported = counts
    }

    /// True when the worker carries out the order in force.
    var isConfirmed: Bool { confirmed == version }

    /// Users of a class that the worker may have at most.
    func bound(of userClass: Int) -> Int {
        earlier.reduce(max(counts[userClass], reported[userClass])) { max($0, $1.counts[userClass]) }
    }

    /// Users that the worker may have at most.
    var bound: Int { counts.indices.reduce(0) { $0 + bound(of: $1) } }

    /// A new order.
    mutating func order(_ counts: [Int], version: Int64) {
        if self.version > 0 { earlier.append((self.version, self.counts)) }
        self.counts = counts
        self.version = version
    }

    /// The worker's word: the order that it carries out, and the users that it has.
    mutating func confirm(version: Int64, users: [Int]) {
        if users.count == reported.count { reported = users }
        confirmed = version
        if version > 0 { earlier.removeAll { $0.version <= version } }
    }

    /// The worker has no users any more, and none of the orders so far holds.
    mutating func clear() { self = Allowance(classes: counts.count) }

    /// All users have gone (the lease lapsed) but the order in force is given again.
    mutating func lapse() {
        reported = Array(repeating: 0, count: counts.count)
        earlier.removeAll()
    }
}
