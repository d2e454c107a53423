import LoadModel
import Testing

struct TaskWalkTests {
    /// A class with tasks 0, 1, 2 … of these weights, in this order.
    private func plan(_ weights: [Double], _ order: TaskGroup) -> TaskPlan {
        TaskPlan(
            UserClass(
                name: "Test", tasks: weights.enumerated().map { ScenarioTask(name: "task \($0.offset)", weight: $0.element) }, order: order)
        )
    }

    private func walk(_ plan: TaskPlan, steps: Int, seed: UInt64 = 1) -> [Int] {
        var walk = TaskWalk()
        var generator = SplitMix64(seed: seed)
        return (0..<steps).map { _ in walk.next(in: plan, using: &generator) }
    }

    @Test func aSequenceIsExecutedInItsOrderForEver() {
        let plan = plan([1, 1, 1], TaskGroup(order: .sequential, items: [.task(2), .task(0), .task(1)]))
        #expect(!plan.isFlat)
        #expect(walk(plan, steps: 7) == [2, 0, 1, 2, 0, 1, 2])
    }

    @Test func nestedSequencesRunThroughTheirRounds() {
        let inner = TaskGroup(order: .sequential, rounds: 2...2, items: [.task(1), .task(2)])
        let plan = plan([1, 1, 1, 1], TaskGroup(order: .sequential, items: [.task(0), .group(inner), .task(3)]))
        #expect(walk(plan, steps: 13) == [0, 1, 2, 1, 2, 3, 0, 1, 2, 1, 2, 3, 0])
    }

    @Test func aGroupThatIsAllThereIsIsEnteredAgain() {
        let inner = TaskGroup(order: .weighted, rounds: 3...3, items: [.task(0)])
        let plan = plan([1], TaskGroup(items: [.group(inner)]))
        #expect(walk(plan, steps: 10) == Array(repeating: 0, count: 10))
    }

    @Test func tenLevelsMayBeNested() {
        var group = TaskGroup(order: .sequential, rounds: 2...2, items: [.task(0)])
        for _ in 0..<9 { group = TaskGroup(order: .sequential, rounds: 2...2, items: [.group(group)]) }
        let plan = plan([1, 1], TaskGroup(order: .sequential, items: [.group(group), .task(1)]))
        #expect(walk(plan, steps: 1026) == Array(repeating: 0, count: 1024) + [1, 0])
    }

    @Test func leavingEndsTheInnermostGroup() {
        let innermost = TaskGroup(order: .sequential, rounds: 5...5, items: [.task(1), .task(2)])
        let middle = TaskGroup(order: .sequential, rounds: 2...2, items: [.group(innermost), .task(3)])
        let plan = plan([1, 1, 1, 1, 1], TaskGroup(order: .sequential, items: [.task(0), .group(middle), .task(4)]))
        var walk = TaskWalk()
        var generator = SplitMix64(seed: 1)
        var tasks: [Int] = []
        func go(_ steps: Int) { for _ in 0..<steps { tasks.append(walk.next(in: plan, using: &generator)) } }
        go(2)
        walk.leaveGroup()
        go(1)
        #expect(tasks == [0, 1, 3])
        // The second round of the middle group; now both are left, one after the other.
        go(1)
        walk.leaveGroup()
        walk.leaveGroup()
        go(2)
        #expect(tasks == [0, 1, 3, 1, 4, 0])
        // Nothing can be left but groups.
        walk.leaveGroup()
        walk.leaveGroup()
        go(1)
        #expect(tasks.last == 1)
    }

    @Test func theLastTaskOfAGroupMayLeaveIt() {
        let inner = TaskGroup(order: .sequential, items: [.task(1)])
        let plan = plan([1, 1, 1], TaskGroup(order: .sequential, items: [.task(0), .group(inner), .task(2)]))
        var walk = TaskWalk()
        var generator = SplitMix64(seed: 1)
        _ = walk.next(in: plan, using: &generator)
        _ = walk.next(in: plan, using: &generator)
        walk.leaveGroup()
        let next = walk.next(in: plan, using: &generator)
        #expect(next == 2)
    }

    @Test func weightsOfTasksAndGroupsSayHowOftenTheyArePicked() {
        // The group is entered as often as task 0 is, and gives two tasks each time, 2 being three times as frequent as 1.
        let inner = TaskGroup(weight: 4, order: .weighted, rounds: 2...2, items: [.task(1), .task(2)])
        let plan = plan([4, 1, 3, 2], TaskGroup(items: [.task(0), .group(inner), .task(3)]))
        var counts = [Int](repeating: 0, count: 4)
        for task in walk(plan, steps: 140_000, seed: 7) { counts[task] += 1 }
        // Of 14 tasks 4 are task 0, 8 are of the group, 2 are task 3.
        for (count, expected) in zip(counts, [40_000.0, 20_000, 60_000, 20_000]) {
            // Five standard deviations and more.
            #expect(abs(Double(count) - expected) < 5 * expected.squareRoot() * 1.5, "\(counts)")
        }
    }

    @Test func roundsAreDrawnAnewAtEachEntry() {
        let inner = TaskGroup(order: .sequential, rounds: 2...5, items: [.task(1)])
        let plan = plan([1, 1], TaskGroup(order: .sequential, items: [.task(0), .group(inner)]))
        let rounds = walk(plan, steps: 4000).split(separator: 0).map(\.count).dropLast()
        #expect(Set(rounds) == [2, 3, 4, 5])
        let mean = Double(rounds.reduce(0, +)) / Double(rounds.count)
        #expect((3.3...3.7).contains(mean))
    }

    @Test func aFlatClassMakesTheSameChoicesAsItsWeights() {
        let weights = [1.0, 999, 30]
        let plan = plan(weights, TaskGroup(items: [.task(0), .task(1), .task(2)]))
        #expect(plan.isFlat)
        let choice = WeightedChoice(weights: weights)
        var (one, other) = (SplitMix64(seed: 5), SplitMix64(seed: 5))
        let picked = (0..<1000).map { _ in plan.pick(using: &one) }
        let chosen = (0..<1000).map { _ in choice.next(using: &other) }
        #expect(picked == chosen)
        // Also where it is filtered.
        let some = self.plan(weights, TaskGroup(items: [.task(2)]))
        let only = some.pick(using: &one)
        #expect(some.isFlat && only == 2)
    }
}
