/// Where one user stands in the groups of its class. Pure: which task is next follows from the plan and the generator.
package struct TaskWalk: Sendable {
    /// A group that the user is inside of.
    private struct Place {
        var group: Int32
        /// The next item of a sequence.
        var position: Int32 = 0
        /// Weighted: items left to pick. Sequence: how often the rest of it, and then the whole, is still to be executed. Meaningless for the class.
        var roundsLeft: Int
    }

    /// From the class to the innermost group.
    private var places: [Place] = []

    /// A user that has executed no task yet.
    package init() {}

    /// The next task's index in its class.
    /// - Complexity: O(groups that end or begin)
    package mutating func next(in plan: TaskPlan, using generator: inout some RandomNumberGenerator) -> Int {
        if places.isEmpty { places.append(Place(group: 0, roundsLeft: 0)) }
        while true {
            let depth = places.count - 1
            if depth > 0 && places[depth].roundsLeft == 0 {
                places.removeLast()
                continue
            }
            let group = plan.groups[Int(places[depth].group)]
            let item: Int32
            if let choice = group.choice {
                item = group.items[choice.next(using: &generator)]
                if depth > 0 { places[depth].roundsLeft -= 1 }
            } else {
                item = group.items[Int(places[depth].position)]
                places[depth].position += 1
                if Int(places[depth].position) == group.items.count {
                    places[depth].position = 0
                    if depth > 0 { places[depth].roundsLeft -= 1 }
                }
            }
            if item >= 0 { return Int(item) }
            let rounds = plan.groups[Int(~item)].rounds
            let drawn = rounds.count == 1 ? rounds.lowerBound : Int.random(in: rounds, using: &generator)
            places.append(Place(group: ~item, roundsLeft: drawn))
        }
    }

    /// Ends the group that the last task stands in; nothing, where that is the class.
    package mutating func leaveGroup() { if places.count > 1 { places.removeLast() } }
}
