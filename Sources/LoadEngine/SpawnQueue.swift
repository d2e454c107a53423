/// Users that are ordered but not yet due. Pure: the caller says what time it is.
struct SpawnQueue {
    /// A user whose time has come.
    struct Start: Equatable {
        var userClass: Int
        var number: Int
        /// When it was due; may be a little before now.
        var due: Int64
    }

    /// Stands in an order in the place of a user that was cancelled.
    private static var cancelled: UInt16 { .max }

    /// An order of which at least one user is left. `next` is never a cancelled one.
    private struct Pending {
        var order: SpawnOrder
        var next = 0
        /// By class: no user of it is left at this position or after; a class that is missing has not been looked for.
        var searchEnds: [UInt16: Int] = [:]

        var due: Int64 { due(next) }

        func due(_ position: Int) -> Int64 { order.firstDue + Int64(position) * order.intervalNanoseconds }

        /// Position of the latest user of a class; nil: there is none.
        /// - Complexity: O(1) amortised: for each class an order is gone through once.
        mutating func latest(of userClass: UInt16) -> Int? {
            var end = searchEnds[userClass] ?? order.userClasses.count
            while end > next && order.userClasses[end - 1] != userClass { end -= 1 }
            searchEnds[userClass] = end
            return end > next ? end - 1 : nil
        }

        /// Moves on to a user that is not cancelled; false: none is left.
        mutating func settle() -> Bool {
            while next < order.userClasses.count && order.userClasses[next] == SpawnQueue.cancelled { next += 1 }
            return next < order.userClasses.count
        }
    }

    private var pending: [Pending] = []

    /// When the next user is due; nil: none is ordered.
    var nextDeadline: Int64? { pending.lazy.map(\.due).min() }

    var isEmpty: Bool { pending.isEmpty }

    mutating func append(_ order: SpawnOrder) { if !order.userClasses.isEmpty { pending.append(Pending(order: order)) } }

    mutating func removeAll() { pending.removeAll() }

    /// Takes the next user that is due at `now`, the longest due first.
    /// - Complexity: O(orders), of which there are one or two.
    mutating func popDue(now: Int64) -> Start? {
        guard let position = pending.indices.min(by: { pending[$0].due < pending[$1].due }), pending[position].due <= now else {
            return nil
        }
        let entry = pending[position]
        let start = Start(
            userClass: Int(entry.order.userClasses[entry.next]), number: entry.order.firstNumber + entry.next * entry.order.numberStride,
            due: entry.due)
        pending[position].next += 1
        if !pending[position].settle() { pending.remove(at: position) }
        return start
    }

    /// Cancels the user of a class that is due the latest. False: none of that class is ordered.
    /// - Complexity: O(orders), amortised.
    mutating func cancelLatest(of userClass: Int) -> Bool {
        var found: (order: Int, position: Int, due: Int64)?
        for index in pending.indices {
            guard let position = pending[index].latest(of: UInt16(userClass)) else { continue }
            let due = pending[index].due(position)
            if due >= found?.due ?? .min { found = (index, position, due) }
        }
        guard let found else { return false }
        pending[found.order].order.userClasses[found.position] = Self.cancelled
        if !pending[found.order].settle() { pending.remove(at: found.order) }
        return true
    }
}
