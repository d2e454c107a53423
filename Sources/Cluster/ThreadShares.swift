import LoadEngine
import Wire

/// Which of a worker's users are on which of its engine threads. Pure.
struct ThreadShares {
    /// By thread, then class.
    private var counts: [[Int]]
    private var usersOrdered = 0

    init(threads: Int, classes: Int) { counts = Array(repeating: Array(repeating: 0, count: classes), count: threads) }

    /// Users of each class on all threads.
    var totals: [Int] { counts.dropFirst().reduce(counts.first ?? []) { zip($0, $1).map(+) } }

    /// An interval, or the longest that lets so many of them, one after the other, stay a time.
    static func spread(_ interval: Int64, over count: Int) -> Int64 { min(interval, 1_000_000_000_000_000_000 / Int64(max(1, count))) }

    /// Forgets all users.
    mutating func clear() { counts = counts.map { $0.map { _ in 0 } } }

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
            guard let thread = counts.indices.max(by: { (counts[$0][userClass], total($0)) < (counts[$1][userClass], total($1)) }) else {
                break
            }
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
            guard let thread = loads.indices.min(by: { loads[$0] < loads[$1] }) else { break }
            counts[thread][userClass] += 1
            loads[thread] += 1
            place(userClass, as: position, on: thread)
        }
        for thread in places.indices where !places[thread].classes.isEmpty {
            let (first, interval) = spread(thread)
            let order = SpawnOrder(
                firstDue: first, intervalNanoseconds: interval, userClasses: places[thread].classes, firstNumber: usersOrdered,
                numberStride: 1)
            usersOrdered += places[thread].classes.count
            orders.append((thread, .spawn(order)))
        }
        return orders
    }

    private func total(_ thread: Int) -> Int { counts[thread].reduce(0, +) }

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
