/// The tasks of one user class as its users go through them: `UserClass.order`, made ready for `TaskWalk`. Immutable, one for all users.
package struct TaskPlan: Sendable {
    /// One group: a class, or a group inside it.
    struct Group: Sendable {
        /// nil: the items are executed as they stand.
        var choice: WeightedChoice?
        var rounds: ClosedRange<Int>
        /// A task's index in its class; or, below 0, the complement of an index into `groups`.
        var items: [Int32]
    }

    /// The first is the class itself.
    private(set) var groups: [Group] = []

    /// True when each task is picked by its weight, independent of those before: then no `TaskWalk` is needed.
    package let isFlat: Bool

    /// `userClass.order` and the groups inside have at least one item each.
    package init(_ userClass: UserClass) {
        let hasGroups = userClass.order.items.contains { if case .group = $0 { true } else { false } }
        isFlat = !hasGroups && userClass.order.order == .weighted
        _ = add(userClass.order, tasks: userClass.tasks)
    }

    /// A task of a class that is flat.
    /// - Complexity: O(log tasks)
    package func pick(using generator: inout some RandomNumberGenerator) -> Int {
        Int(groups[0].items[groups[0].choice?.next(using: &generator) ?? 0])
    }

    /// Adds a group and those inside it; answers with its index.
    private mutating func add(_ group: TaskGroup, tasks: [ScenarioTask]) -> Int {
        precondition(!group.items.isEmpty, "a group without items")
        let index = groups.count
        groups.append(Group(choice: nil, rounds: group.rounds, items: []))
        var items: [Int32] = []
        var weights: [Double] = []
        for item in group.items {
            switch item {
            case .task(let task):
                items.append(Int32(task))
                weights.append(tasks[task].weight)
            case .group(let inner):
                items.append(~Int32(add(inner, tasks: tasks)))
                weights.append(inner.weight)
            }
        }
        groups[index].items = items
        if group.order == .weighted { groups[index].choice = WeightedChoice(weights: weights) }
        return index
    }
}
