import LoadEngine
import Wire

/// Which of a worker's users are on which of its engine threads. Pure.
///
/// Users that have ended by themselves since the last `clear` stay counted where they were: nobody comes in their place.
struct ThreadShares {
    /// By thread, then class; never below `ended`.
    private var counts: [[Int]]
    /// Users of them that have ended by themselves.
    private var ended: [[Int]]
    /// Users that had ended before, since the threads were started.
    private var endedBefore: [[Int]]
    private var usersOrdered = 0
    private let firstNumber: Int
    private let numberStride: Int
    /// Whether users of each class go to the thread with the fewest of that class, so that all threads have all classes.
    private let mixesClasses: Bool

    /// The users' numbers are `firstNumber`, `firstNumber + numberStride` and so on.
    init(threads: Int, classes: Int, firstNumber: Int = 0, numberStride: Int = 1, mixesClasses: Bool = false) {
        counts = Array(repeating: Array(repeating: 0, count: classes), count: threads)
        ended = counts
        endedBefore = counts
        self.firstNumber = firstNumber
        self.numberStride = numberStride
        self.mixesClasses = mixesClasses
    }

    /// Users of each class on all threads.
    var totals: [Int] { Self.sum(counts) }

    /// Users of each class that have ended, and of those that had before.
    var endedTotals: [Int] { Self.sum(ended) }
    var endedBeforeTotals: [Int] { Self.sum(endedBefore) }

    private static func sum(_ threads: [[Int]]) -> [Int] { threads.dropFirst().reduce(threads.first ?? []) { zip($0, $1).map(+) } }

    /// Takes in how many users have ended since the threads were started, by thread and class. One that was to leave and has ended before is no
    /// one who leaves.
    mutating func noteEnded(_ users: [[Int]]) {
        guard users.count == counts.count else { return }
        for thread in counts.indices where users[thread].count == counts[thread].count {
            for userClass in counts[thread].indices {
                let now = users[thread][userClass] - endedBefore[thread][userClass]
                ended[thread][userClass] = max(ended[thread][userClass], now)
                counts[thread][userClass] = max(counts[thread][userClass], ended[thread][userClass])
            }
        }
    }

    /// How many users there are above so many of each class, who could leave.
    func excess(over targets: [Int]) -> Int {
        var excess = 0
        for (userClass, total) in totals.enumerated() {
            excess += max(0, min(total - targets[userClass], total - endedTotals[userClass]))
        }
        return excess
    }

    /// An interval, or the longest that lets so many of them, one after the other, stay a time.
    static func spread(_ interval: Int64, over count: Int) -> Int64 { min(interval, 1_000_000_000_000_000_000 / Int64(max(1, count))) }

    /// Forgets all users. `endedBefore`: those that have ended since the threads were started, by thread and class; empty: it is not known yet.
    mutating func clear(endedBefore users: [[Int]] = []) {
        counts = counts.map { $0.map { _ in 0 } }
        ended = counts
        if users.count == counts.count, zip(users, counts).allSatisfy({ $0.count == $1.count }) { endedBefore = users }
    }

    /// The orders that bring every class to its target: users come to the thread with the fewest and go from the one with the most, and all
    /// that come or go are due one after the other.
    mutating func orders(to targets: [Int], firstDue: Int64, interval: Int64, grace: Int64) -> [(thread: Int, command: EngineCommand)] {
        let differences = zip(targets, totals).map { $0 - $1 }
        let interval = Self.spread(interval, over: differences.reduce(0) { $0 + abs($1) })
        var orders: [(thread: Int, command: EngineCommand)] = []
        let leaving = Self.interleaved(differences.map { max(0, -$0) })
        let coming = Self.interleaved(differences.map { max(0, $0) })
        var places = counts.map { _ in (classes: [UInt16](), first: 0, last: 0) }
        func spread(_ thread: Int) -> (firstDue: Int64, interval: Int64) {
            let place = places[thread]
            let steps = Int64(place.classes.count - 1)
            return (firstDue + Int64(place.first) * interval, steps > 0 ? Int64(place.last - place.first) * interval / steps : interval)
        }
        func place(_ userClass: Int, as position: Int, on thread: Int) {
            if places[thread].classes.isEmpty { places[thread].first = position }
            places[thread].last = position
            places[thread].classes.append(UInt16(userClass))
        }

        for (position, userClass) in leaving.enumerated() {
            let most = counts.indices.max { (live(userClass, $0), total($0)) < (live(userClass, $1), total($1)) }
            guard let thread = most, live(userClass, thread) > 0 else { continue }
            counts[thread][userClass] -= 1
            place(userClass, as: position, on: thread)
        }
        for thread in places.indices where !places[thread].classes.isEmpty {
            let (first, interval) = spread(thread)
            let order = RetireOrder(
                firstDue: first, intervalNanoseconds: interval, userClasses: places[thread].classes, graceNanoseconds: grace)
            orders.append((thread, .retire(order)))
        }

        places = counts.map { _ in ([], 0, 0) }
        var loads = counts.indices.map { total($0) }
        for (position, userClass) in coming.enumerated() {
            let fewest = loads.indices.min { one, other in
                let held = mixesClasses ? (live(userClass, one), live(userClass, other)) : (0, 0)
                return (held.0, loads[one]) < (held.1, loads[other])
            }
            guard let thread = fewest else { break }
            counts[thread][userClass] += 1
            loads[thread] += 1
            place(userClass, as: position, on: thread)
        }
        for thread in places.indices where !places[thread].classes.isEmpty {
            let (first, interval) = spread(thread)
            let order = SpawnOrder(
                firstDue: first, intervalNanoseconds: interval, userClasses: places[thread].classes,
                firstNumber: firstNumber + usersOrdered * numberStride,
                numberStride: numberStride)
            usersOrdered += places[thread].classes.count
            orders.append((thread, .spawn(order)))
        }
        return orders
    }

    /// Users of a thread that have not ended.
    private func total(_ thread: Int) -> Int { counts[thread].reduce(0, +) - ended[thread].reduce(0, +) }

    private func live(_ userClass: Int, _ thread: Int) -> Int { counts[thread][userClass] - ended[thread][userClass] }

    /// The classes of users that come or go, as evenly mixed as their numbers allow: each step takes from the one that is furthest behind.
    private static func interleaved(_ shares: [Int]) -> [Int] {
        let total = shares.reduce(0, +)
        var missing = shares
        return (0..<total).map { step in
            var best = 0
            var bestDebt = -Double.infinity
            for (index, share) in shares.enumerated() where missing[index] > 0 {
                let debt = Double(share) * Double(step + 1) / Double(total) - Double(share - missing[index])
                if debt > bestDebt { (best, bestDebt) = (index, debt) }
            }
            missing[best] -= 1
            return best
        }
    }
}
