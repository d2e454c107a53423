extension LoadProfile {
    /// Straight lines between the levels at whole seconds, the first at 0; the last one holds for a second. At least one level.
    ///
    /// What lies on one straight line, bit for bit, becomes one line.
    package init(eachSecond levels: [Double]) {
        precondition(!levels.isEmpty, "a course has a level")
        let second: Int64 = 1_000_000_000
        var stages: [(durationNanoseconds: Int64, from: Double?, to: Double)] = []
        var step: Double?
        for index in levels.indices {
            let next = index + 1 < levels.count ? levels[index + 1] : levels[index]
            let change = next - levels[index]
            if change == step {
                stages[stages.count - 1].durationNanoseconds += second
                stages[stages.count - 1].to = next
            } else {
                stages.append((second, levels[index], next))
                step = change
            }
        }
        self.init(stages: stages)
    }
}
