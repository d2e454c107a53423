import LoadModel
import Testing

struct TaskSelectionTests {
    private let tasks = [
        ScenarioTask(name: "browse", tags: ["read"]), ScenarioTask(name: "search", tags: ["read", "slow"]),
        ScenarioTask(name: "order", tags: ["write"]), ScenarioTask(name: "idle"),
    ]

    /// A class with the tasks in a group of their own, in a group inside that, and outside.
    private func scenario(_ others: [UserClass] = []) -> Scenario {
        let inner = TaskGroup(name: "inner", order: .sequential, items: [.task(1), .task(2)])
        let outer = TaskGroup(name: "outer", weight: 2, items: [.task(0), .group(inner)])
        let order = TaskGroup(items: [.group(outer), .task(3)])
        return Scenario(scriptName: "test.lua", userClasses: [UserClass(name: "Shopper", tasks: tasks, order: order)] + others)
    }

    /// The tasks of a class that are left, in their order.
    private func left(_ group: TaskGroup) -> [Int] {
        group.items.flatMap { item in
            switch item {
            case .task(let task): [task]
            case .group(let group): left(group)
            }
        }
    }

    @Test(arguments: [
        ([], [], [0, 1, 2, 3]), (["read"], [], [0, 1]), (["read", "write"], [], [0, 1, 2]), (["slow"], [], [1]),
        ([], ["slow"], [0, 2, 3]), ([], ["read"], [2, 3]), (["read"], ["slow"], [0]), ([], ["unknown"], [0, 1, 2, 3]),
        ([], ["read", "write"], [3]),
    ])
    func keepsWhatHasOneOfTheTagsAndNoneOfTheExcluded(tags: [String], excluding: [String], expected: [Int]) throws {
        let kept = try scenario().keepTasks(tags: Set(tags), excluding: Set(excluding))
        #expect(left(kept.userClasses[0].order) == expected)
        // Indices stay what they were.
        #expect(kept.userClasses[0].tasks == tasks)
    }

    @Test func groupsWithoutTasksGo() throws {
        let order = try scenario().keepTasks(tags: [], excluding: ["read", "write"]).userClasses[0].order
        #expect(order == TaskGroup(items: [.task(3)]))
        let slow = try scenario().keepTasks(tags: ["slow"], excluding: []).userClasses[0].order
        #expect(
            slow
                == TaskGroup(items: [
                    .group(
                        TaskGroup(
                            name: "outer", weight: 2, items: [.group(TaskGroup(name: "inner", order: .sequential, items: [.task(1)]))]))
                ]))
    }

    @Test func classesWithoutATaskAreNamed() {
        let other = UserClass(name: "Idler", tasks: [ScenarioTask(name: "nothing", tags: ["lazy"])])
        let error = #expect(throws: TaskSelectionError.self) { try scenario([other]).keepTasks(tags: ["read"], excluding: []) }
        #expect(error?.emptyClasses == ["Idler"])
        #expect(
            error?.description
                == "--tags and --exclude-tags leave no task for user class \"Idler\": choose tags so that every class keeps a task "
                + "(the script's tags are lazy, read, slow, write)")
        let both = #expect(throws: TaskSelectionError.self) { try scenario([other]).keepTasks(tags: ["raed"], excluding: []) }
        #expect(both?.emptyClasses == ["Shopper", "Idler"])
        let untagged = Scenario(scriptName: "t.lua", userClasses: [UserClass(name: "A", tasks: [ScenarioTask(name: "a")])])
        let none = #expect(throws: TaskSelectionError.self) { try untagged.keepTasks(tags: ["x"], excluding: []) }
        #expect(none?.description.hasSuffix("(no task of the script has a tag)") == true)
    }
}
