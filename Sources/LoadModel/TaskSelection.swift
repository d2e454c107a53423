/// Why tasks could not be selected by tags: user classes would be left without any.
package struct TaskSelectionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Names of the classes without a task, in the scenario's order.
    package var emptyClasses: [String]
    /// Tags that occur in the scenario, in ascending order.
    package var knownTags: [String]

    /// What went wrong and what to do.
    package var description: String {
        let classes = emptyClasses.map { "\"\($0)\"" }.joined(separator: ", ")
        let tags = knownTags.isEmpty ? "no task of the script has a tag" : "the script's tags are \(knownTags.joined(separator: ", "))"
        return "--tags and --exclude-tags leave no task for user class\(emptyClasses.count == 1 ? "" : "es") \(classes): "
            + "choose tags so that every class keeps a task (\(tags))"
    }
}

extension Scenario {
    /// The scenario with only those tasks that have one of `tags` (any task, when there are none) and none of `excluding`.
    ///
    /// Groups without tasks go; the tasks keep their indices. Throws when a class would be left without a task.
    package func keepTasks(tags: Set<String>, excluding: Set<String>) throws(TaskSelectionError) -> Scenario {
        if tags.isEmpty && excluding.isEmpty { return self }
        var kept = self
        var emptyClasses: [String] = []
        for index in userClasses.indices {
            let tasks = userClasses[index].tasks
            let order = userClasses[index].order.keeping { task in
                (tags.isEmpty || !tasks[task].tags.isDisjoint(with: tags)) && tasks[task].tags.isDisjoint(with: excluding)
            }
            if let order { kept.userClasses[index].order = order } else { emptyClasses.append(userClasses[index].name) }
        }
        guard emptyClasses.isEmpty else {
            let known = userClasses.reduce(into: Set<String>()) { tags, userClass in
                for task in userClass.tasks { tags.formUnion(task.tags) }
            }
            throw TaskSelectionError(emptyClasses: emptyClasses, knownTags: known.sorted())
        }
        return kept
    }
}

extension TaskGroup {
    /// The group with only those tasks for which `isKept` holds; nil: nothing is left.
    fileprivate func keeping(_ isKept: (Int) -> Bool) -> TaskGroup? {
        var kept = self
        kept.items = items.compactMap { item in
            switch item {
            case .task(let task): isKept(task) ? item : nil
            case .group(let group): group.keeping(isKept).map { .group($0) }
            }
        }
        return kept.items.isEmpty ? nil : kept
    }
}
