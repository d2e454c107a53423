import LoadModel
import Reporting

/// What a script would do, in words: what `cicada validate` prints.
struct ScenarioWords {
    let scenario: Scenario
    /// Users of the run, at most.
    private let users: Int
    /// Whether iterations start by a schedule of their own.
    private let isOpen: Bool

    /// Users of each class.
    private let counts: [Int]

    init(_ scenario: Scenario, load: Load) {
        self.scenario = scenario
        users = load.mostUsers
        isOpen = load.arrivals != nil
        counts = Self.counts(scenario.userClasses, users: users)
    }

    /// Fixed ones first, in the order of the classes, then the others by weight, as the master deals them.
    private static func counts(_ classes: [UserClass], users: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: classes.count)
        var left = users
        for (index, userClass) in classes.enumerated() {
            guard let fixed = userClass.fixedCount else { continue }
            counts[index] = min(fixed, left)
            left -= counts[index]
        }
        let weighted = classes.indices.filter { classes[$0].fixedCount == nil }
        guard !weighted.isEmpty else { return counts }
        // Dealing is exact and one by one; beyond a number it is the shares that count.
        let total = weighted.reduce(0) { $0 + classes[$1].weight }
        let many = max(0, left - mostDealt)
        for index in weighted { counts[index] += Int(Double(many) * classes[index].weight / total) }
        var deal = UserDeal(classes: weighted.map { (classes[$0].name, classes[$0].weight) })
        for _ in 0..<min(left, mostDealt) { counts[weighted[deal.next()]] += 1 }
        return counts
    }

    private static let mostDealt = 20_000

    /// Why a load by arrivals cannot be carried out by the classes; nil: it can, or it is another load.
    var problem: String? {
        guard isOpen else { return nil }
        if let fixed = scenario.userClasses.first(where: { $0.fixedCount != nil }) {
            return "user class \"\(fixed.name)\" has a fixed_count, but starts of iterations are shared out by weight: "
                + "give it a weight, or leave --arrival-rate and the like out."
        }
        guard let idle = counts.firstIndex(of: 0) else { return nil }
        return
            "user class \"\(scenario.userClasses[idle].name)\" would have none of the \(NumberText.grouped(Int64(users))) users, so that "
            + "nobody could begin its iterations: make --max-users greater."
    }

    /// Lines of a user class: share, wait, tasks.
    func lines(ofClass index: Int) -> [String] {
        let userClass = scenario.userClasses[index]
        var lines = ["User class \"\(userClass.name)\": \(share(ofClass: index))"]
        lines.append("  host         \(userClass.host ?? "none: give --host")")
        lines.append(
            "  wait         \(isOpen && userClass.wait != .constant(nanoseconds: 0) ? "not used: iterations start by the load's schedule" : isOpen ? "none" : Self.words(userClass.wait))"
        )
        let hooks = [userClass.hasOnStart ? "on_start" : nil, userClass.hasOnStop ? "on_stop" : nil].compactMap { $0 }
        if !hooks.isEmpty { lines.append("  also runs    \(hooks.joined(separator: ", "))") }
        lines.append("  connections  \(Self.words(userClass.connections ?? .user))")
        if let proxy = userClass.profile.proxy { lines.append("  proxy        \(proxy)") }
        if userClass.profile.certificate != nil { lines.append("  certificate  shown to the server") }
        lines.append("  tasks")
        lines += tree(userClass.order, of: userClass, indent: "    ")
        return lines
    }

    /// `weight 3: 75 % of the users, 75 of 100`.
    private func share(ofClass index: Int) -> String {
        let classes = scenario.userClasses
        let number = "\(NumberText.grouped(Int64(counts[index]))) of \(NumberText.grouped(Int64(users)))"
        if let fixed = classes[index].fixedCount { return "always \(NumberText.grouped(Int64(fixed))) users, \(number)" }
        let total = classes.filter { $0.fixedCount == nil }.reduce(0) { $0 + $1.weight }
        let isAlone = classes.count { $0.fixedCount == nil } == 1
        if isOpen {
            let weight = Self.number(classes[index].weight)
            let part = isAlone ? "all starts" : "\(Self.percent(classes[index].weight / total)) of the starts (weight \(weight))"
            return "\(part), \(number) users"
        }
        let rest = classes.contains { $0.fixedCount != nil } ? "the other users" : "the users"
        if isAlone { return "all of \(rest), \(number)" }
        return "\(Self.percent(classes[index].weight / total)) of \(rest) (weight \(Self.number(classes[index].weight))), \(number)"
    }

    private func tree(_ group: TaskGroup, of userClass: UserClass, indent: String) -> [String] {
        let weights = group.items.map { item in
            switch item {
            case .task(let index): userClass.tasks[index].weight
            case .group(let inner): inner.weight
            }
        }
        let total = weights.reduce(0, +)
        var lines: [String] = []
        for (position, item) in group.items.enumerated() {
            let mark: String
            switch group.order {
            case .weighted: mark = group.items.count == 1 ? "  100 %" : Self.padded(Self.percent(weights[position] / total), to: 7)
            case .sequential: mark = Self.padded("\(position + 1).", to: 7)
            }
            switch item {
            case .task(let index):
                let task = userClass.tasks[index]
                let tags = task.tags.isEmpty ? "" : "   tags: \(task.tags.sorted().joined(separator: ", "))"
                let line = task.line > 0 ? "   line \(task.line)" : ""
                lines.append("\(indent)\(mark)  \(task.name)\(tags)\(line)")
            case .group(let inner):
                lines.append("\(indent)\(mark)  \(Self.words(inner))")
                lines += tree(inner, of: userClass, indent: indent + "         ")
            }
        }
        return lines
    }

    // MARK: - Words

    private static func words(_ group: TaskGroup) -> String {
        let name = group.name.isEmpty ? "" : " \"\(group.name)\""
        let range = group.rounds
        let rounds = range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
        let isOne = range == 1...1
        switch group.order {
        case .sequential: return "sequence\(name): all in their order" + (isOne ? "" : ", \(rounds) times")
        case .weighted: return "group\(name): \(isOne ? "one pick" : "\(rounds) picks")"
        }
    }

    /// A wait in words.
    static func words(_ wait: WaitTime) -> String {
        switch wait {
        case .constant(0): "none: each task follows the one before at once"
        case .constant(let nanoseconds): "\(seconds(nanoseconds)) after each task"
        case .between(let range): "\(seconds(range.lowerBound)) to \(seconds(range.upperBound)), evenly distributed, after each task"
        case .exponential(let mean): "\(seconds(mean)) on average, exponentially distributed (tasks start as a Poisson process)"
        case .schedule(let interval, let catchesUp):
            "a task every \(seconds(interval)) from each user; "
                + (catchesUp ? "late ones start at once and keep their intended time" : "after a late one the schedule begins anew")
        case .scripted: "what a function of the script says each time"
        }
    }

    private static func words(_ mode: ConnectionMode) -> String {
        switch mode {
        case .user: "each user keeps its own"
        case .shared: "64 users share theirs"
        case .new: "a new one for every request"
        }
    }

    /// Rows of a data file in words.
    static func words(_ source: DataSource) -> String {
        let each = source.scope == .user ? "one for each user" : "another one in each execution of a task"
        let order: String
        switch source.order {
        case .unique:
            let end =
                switch source.atEnd {
                case .stopUser: "a user without a row ends"
                case .cyclic: "then from the start again"
                case .fail: "then the task fails"
                }
            order = "each row once in the whole run, \(end)"
        case .cyclic: order = "one after the other, and from the start again"
        case .random: order = "any row, at random"
        }
        return "\(source.rows == 1 ? "1 row" : "\(NumberText.grouped(Int64(source.rows))) rows"), \(each); \(order)"
    }

    private static func seconds(_ nanoseconds: Int64) -> String { DurationText.words(nanoseconds: nanoseconds) }

    private static func percent(_ share: Double) -> String {
        let value = share * 100
        let tenths = (value * 10).rounded() / 10
        if tenths == 0, value > 0 { return "< 0.1 %" }
        return tenths == tenths.rounded() ? "\(Int(tenths)) %" : "\(tenths) %"
    }

    private static func number(_ value: Double) -> String { value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)" }

    private static func padded(_ text: String, to width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
}
