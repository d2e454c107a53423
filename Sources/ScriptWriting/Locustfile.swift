import LoadModel

/// What a Locust master has to know of a script whose users Cicada workers run: a locustfile with its classes, weights, fixed counts, hosts and tags. Its
/// tasks have the script's names, and do nothing.
package struct Locustfile {
    /// Why there can be none, in words for people.
    package struct Problem: Error, CustomStringConvertible {
        package let description: String
    }

    /// The most that Locust's task weights, which it makes lists of, are scaled to.
    private static let greatestWeight = 1000.0
    /// Attributes of Locust's users and task sets, which a task of that name would replace.
    private static let taken: Set<String> = [
        "abstract", "client", "context", "cross_iteration", "environment", "execute_next_task", "execute_task", "fixed_count", "fullname",
        "get_next_task", "get_task_by_weight", "greenlet", "group", "host", "id", "interrupt", "json", "max_repetitions", "min_wait",
        "max_wait",
        "on_start", "on_stop", "parent", "run", "schedule_task", "start", "state", "stop", "tasks", "trans", "user", "wait",
        "wait_function",
        "wait_time", "weight",
    ]

    private let scenario: Scenario
    private var lines: [String] = []

    /// `scenario`: of the script named in it. Throws a `Problem` when a class has a name that Python does not take: the master and its workers know classes
    /// by their names, so these cannot be changed on the way.
    package init(_ scenario: Scenario) throws(Problem) {
        self.scenario = scenario
        for userClass in scenario.userClasses where !PythonWords.isName(userClass.name) || userClass.name == "locust" {
            throw Problem(
                description:
                    "user class \"\(userClass.name)\" cannot be one of a locustfile, where classes have names of letters, digits and _ "
                    + "that do not begin with a digit (and are neither words of Python's nor \"locust\"): rename it in \(scenario.scriptName), "
                    + "for instance \(PythonWords.name(userClass.name) == "locust" ? "Locust" : PythonWords.name(userClass.name))")
        }
        write()
    }

    /// The whole file.
    package var text: String { lines.joined(separator: "\n") + "\n" }

    // MARK: - Parts

    private mutating func write() {
        let script = scenario.scriptName.split(whereSeparator: \.isNewline).joined(separator: " ")
        lines = [
            "# Written by cicada export locustfile: the user classes of \(script), for a Locust master whose users",
            "# are run by Cicada workers. It knows names, weights and tags; what the tasks do stands in \(script).",
            "#   locust -f THIS_FILE --master",
            "#   cicada worker --locust \(script)", "import locust", "", "",
            "def not_here():", "    raise locust.exception.StopUser(\"this task is run by Cicada workers, not by Locust's\")",
        ]
        for userClass in scenario.userClasses {
            lines += ["", "", "class \(userClass.name)(locust.User):"]
            if let count = userClass.fixedCount {
                lines.append("    fixed_count = \(count)")
            } else {
                lines.append("    weight = \(number(userClass.weight))")
            }
            if let host = userClass.host { lines.append("    host = \(PythonWords.quoted(host))") }
            if userClass.order.order == .sequential {
                // Only a task set of Locust's has an order.
                lines += ["", "    @locust.task", "    class sequence(locust.SequentialTaskSet):"]
                writeItems(of: userClass.order, userClass, indent: "        ")
            } else {
                writeItems(of: userClass.order, userClass, indent: "    ")
            }
        }
    }

    private mutating func writeItems(of group: TaskGroup, _ userClass: UserClass, indent: String) {
        let weights = group.order == .sequential ? group.items.map { _ in 1 } : Self.whole(group.items.map { Self.weight($0, userClass) })
        var names: Set<String> = ["not_here", "locust"]
        for (item, weight) in zip(group.items, weights) {
            lines.append("")
            let decorator = weight == 1 ? "@locust.task" : "@locust.task(\(weight))"
            switch item {
            case .task(let index):
                let task = userClass.tasks[index]
                let name = Self.name(task.name, names: &names)
                if name != task.name { lines.append("\(indent)# \(PythonWords.quoted(task.name))") }
                if !task.tags.isEmpty {
                    lines.append("\(indent)@locust.tag(\(task.tags.sorted().map(PythonWords.quoted).joined(separator: ", ")))")
                }
                lines += ["\(indent)\(decorator)", "\(indent)def \(name)(self):", "\(indent)    not_here()"]
            case .group(let inner):
                let name = Self.name(inner.name.isEmpty ? "group" : inner.name, names: &names)
                if name != inner.name, !inner.name.isEmpty { lines.append("\(indent)# \(PythonWords.quoted(inner.name))") }
                let kind = inner.order == .sequential ? "SequentialTaskSet" : "TaskSet"
                lines += ["\(indent)\(decorator)", "\(indent)class \(name)(locust.\(kind)):"]
                writeItems(of: inner, userClass, indent: indent + "    ")
            }
        }
    }

    private static func weight(_ item: TaskItem, _ userClass: UserClass) -> Double {
        switch item {
        case .task(let index): userClass.tasks[index].weight
        case .group(let group): group.weight
        }
    }

    /// A name for a task that no other item of its group has.
    private static func name(_ text: String, names: inout Set<String>) -> String {
        var name = PythonWords.name(text)
        // Two underscores at the start are changed by Python in a class.
        if taken.contains(name) || name.hasPrefix("__") { name = "task_" + name }
        let first = name
        var number = 2
        while !names.insert(name).inserted {
            name = "\(first)_\(number)"
            number += 1
        }
        return name
    }

    /// Weights in the same proportions as whole numbers, as near as `greatestWeight` allows.
    private static func whole(_ weights: [Double]) -> [Int] {
        let greatest = weights.max() ?? 1
        for scale in [1.0, 2, 3, 4, 5, 10, 20, 100, 1000] {
            let scaled = weights.map { $0 * scale }
            if (scaled.max() ?? 0) <= greatestWeight, scaled.allSatisfy({ abs($0 - $0.rounded()) < 1e-9 && $0 >= 1 }) {
                return scaled.map { Int($0.rounded()) }
            }
        }
        return weights.map { max(1, Int(($0 / greatest * greatestWeight).rounded())) }
    }

    private func number(_ value: Double) -> String { value == value.rounded() && value < 1e15 ? "\(Int64(value))" : "\(value)" }
}
