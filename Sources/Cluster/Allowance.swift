/// What one worker was told to have, and how many users it may have at most, whatever became of the messages. Pure.
///
/// Orders may be under way, and users that were told to leave may still be finishing, while others come already. So a worker may hold, of
/// each class, as many as its last order says and all that were to leave by orders since it was last known to have just what it was told. The
/// master grants a user only while these bounds, summed over all workers, stay within the plan.
///
/// Users that have ended by themselves are counted in orders, and in all figures here but `reported` and `bound`.
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
    /// Users that had ended by themselves by then, since the worker's engine threads were started.
    private(set) var ended: [Int]
    /// The version that the worker has confirmed.
    private(set) var confirmed: Int64 = 0

    init(classes: Int) {
        counts = Array(repeating: 0, count: classes)
        leaving = counts
        staying = counts
        reported = counts
        ended = counts
    }

    /// True when the worker carries out the order in force.
    var isConfirmed: Bool { confirmed == version }

    /// Users that the worker may have at most, those that have ended not counted.
    var bound: Int { counts.indices.reduce(0) { $0 + max(0, counts[$1] + leaving[$1] - ended[$1]) } }

    /// How far the order of a class may be raised above what is in force without raising `bound`.
    func free(_ userClass: Int) -> Int {
        // The first order takes in who is there already.
        let held = version == 0 ? max(leaving[userClass], ended[userClass]) : ended[userClass] - leaving[userClass]
        return max(0, held - counts[userClass])
    }

    /// Takes in how many users have ended by themselves so far. Answers how many more that are than was known, by class.
    mutating func noteEnded(_ users: [Int]) -> [Int] {
        guard users.count == ended.count else { return ended.map { _ in 0 } }
        let more = zip(users, ended).map { max(0, $0 - $1) }
        ended = zip(ended, more).map(+)
        return more
    }

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

    /// The worker's word: the order of which all leavings are due, the users that it has, and whether these are just the ones ordered. Who
    /// has ended was noted before.
    mutating func confirm(version: Int64, users: [Int], isSettled: Bool) {
        guard users.count == reported.count else { return }
        reported = users
        confirmed = version
        guard self.version > 0, version == self.version else { return }
        for userClass in users.indices {
            let present = users[userClass] + ended[userClass]
            leaving[userClass] = isSettled ? 0 : min(leaving[userClass], max(0, present - staying[userClass]))
            staying[userClass] = max(staying[userClass], min(counts[userClass], present - leaving[userClass]))
        }
    }

    /// The worker has these users by the order of another master.
    mutating func inherit(_ users: [Int]) {
        guard version == 0, users.count == reported.count else { return }
        leaving = zip(users, ended).map(+)
    }

    /// The worker starts no users any more, and has these left.
    mutating func wane(to users: [Int]) {
        guard users.count == reported.count else { return }
        reported = users
        for userClass in users.indices {
            leaving[userClass] = min(counts[userClass] + leaving[userClass], users[userClass] + ended[userClass])
            counts[userClass] = 0
        }
    }

    /// The worker has no users any more, and none of the orders so far holds.
    mutating func clear() {
        var cleared = Allowance(classes: counts.count)
        cleared.ended = ended
        self = cleared
    }

    /// All users have gone (the lease lapsed) but the order in force is given again.
    mutating func lapse() {
        leaving = Array(repeating: 0, count: counts.count)
        staying = ended
        reported = leaving
    }
}
