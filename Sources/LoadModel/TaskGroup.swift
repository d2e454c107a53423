/// Tasks and further groups, and how a user that enters goes through them. A user class is such a group, which never ends.
package struct TaskGroup: Sendable, Equatable {
    /// How the next item is found.
    package enum Order: Sendable, Equatable {
        /// At random, in proportion to the weights.
        case weighted
        /// One after the other, as they stand.
        case sequential
    }

    /// For messages and `cicada validate`; empty: the class itself.
    package var name: String
    /// Chance of being picked relative to the other items of the group that it stands in; above 0.
    package var weight: Double
    package var order: Order
    /// How often, drawn anew at each entry: weighted: so many items; sequential: so many times all of them. 1 or more. The group that is
    /// a class goes on for ever.
    package var rounds: ClosedRange<Int>
    /// Never empty.
    package var items: [TaskItem]

    package init(name: String = "", weight: Double = 1, order: Order = .weighted, rounds: ClosedRange<Int> = 1...1, items: [TaskItem]) {
        self.name = name
        self.weight = weight
        self.order = order
        self.rounds = rounds
        self.items = items
    }
}

/// An item of a group.
package indirect enum TaskItem: Sendable, Equatable {
    /// The task with this index in its class.
    case task(Int)
    case group(TaskGroup)
}
