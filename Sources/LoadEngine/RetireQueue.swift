/// Leavings that are ordered but not yet due. Pure: the caller says what time it is.
struct RetireQueue {
    /// A leaving whose time has come: some user of the class is to go.
    struct Leave: Equatable {
        var userClass: Int
        var graceNanoseconds: Int64
        /// When it was due; may be a little before now.
        var due: Int64
    }

    private struct Pending {
        var order: RetireOrder
        var next = 0
        var due: Int64 { order.firstDue + Int64(next) * order.intervalNanoseconds }
    }

    private var pending: [Pending] = []

    /// When the next user is to leave; nil: none is ordered to.
    var nextDeadline: Int64? { pending.lazy.map(\.due).min() }

    mutating func append(_ order: RetireOrder) { if !order.userClasses.isEmpty { pending.append(Pending(order: order)) } }

    mutating func removeAll() { pending.removeAll() }

    /// Takes the next leaving that is due at `now`, the longest due first.
    /// - Complexity: O(orders), of which there are one or two.
    mutating func popDue(now: Int64) -> Leave? {
        guard let position = pending.indices.min(by: { pending[$0].due < pending[$1].due }), pending[position].due <= now else {
            return nil
        }
        let entry = pending[position]
        if entry.next + 1 == entry.order.userClasses.count { pending.remove(at: position) } else { pending[position].next += 1 }
        return Leave(
            userClass: Int(entry.order.userClasses[entry.next]), graceNanoseconds: entry.order.graceNanoseconds, due: entry.due)
    }
}
