/// Users that are ordered but not yet due. Pure: the caller says what time it is.
struct SpawnQueue {
    /// A user whose time has come.
    struct Start: Equatable {
        var userClass: Int
        var number: Int
        /// When it was due; may be a little before now.
        var due: Int64
    }

    private struct Pending {
        var order: SpawnOrder
        var next = 0
        var due: Int64 { order.firstDue + Int64(next) * order.intervalNanoseconds }
    }

    private var pending: [Pending] = []

    /// When the next user is due; nil: none is ordered.
    var nextDeadline: Int64? { pending.lazy.map(\.due).min() }

    mutating func append(_ order: SpawnOrder) { if !order.userClasses.isEmpty { pending.append(Pending(order: order)) } }

    mutating func removeAll() { pending.removeAll() }

    /// Takes the next user that is due at `now`, the longest due first.
    /// - Complexity: O(orders), of which there are one or two.
    mutating func popDue(now: Int64) -> Start? {
        guard let position = pending.indices.min(by: { pending[$0].due < pending[$1].due }), pending[position].due <= now else {
            return nil
        }
        let entry = pending[position]
        if entry.next + 1 == entry.order.userClasses.count { pending.remove(at: position) } else { pending[position].next += 1 }
        return Start(
            userClass: Int(entry.order.userClasses[entry.next]), number: entry.order.firstNumber + entry.next * entry.order.numberStride,
            due: entry.due)
    }
}
