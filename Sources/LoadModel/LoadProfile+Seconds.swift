extension LoadProfile {
    /// Straight lines between the levels at whole seconds, the first at 0. At least one level, or two where the last one does not hold.
    ///
    /// `isWhole`: the last level holds for a second, and then the course is over; otherwise it was cut off there.
    /// What lies on one straight line, bit for bit, becomes one line.
    package init(eachSecond levels: [Double], isWhole: Bool = true) {
        precondition(levels.count > (isWhole ? 0 : 1), "a course has a line")
        let second: Int64 = 1_000_000_000
        var stages: [(durationNanoseconds: Int64, from: Double?, to: Double)] = []
        var step: Double?
        for index in isWhole ? levels.indices : levels.indices.dropLast() {
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
