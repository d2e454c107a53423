/// Stages as people write them: `2m:1000, 10m:1000, 1m:0`, each a time and the level at its end.
package enum StagesText {
    /// Reads stages of users, or, as in `1m:100/s`, of starts. Throws a `LoadError` that says what is wrong, where, and how it is written.
    package static func profile(_ text: String, unit: LevelUnit) throws(LoadError) -> LoadProfile {
        let (level, small) = (unit.example, unit == .users ? "0" : "0/s")
        let example = "2m:\(level), 10m:\(level), 1m:\(small)"
        let whole = try LoadTextPart(whole: text, example: example)
        let parts = whole.parts(separatedBy: ",")
        guard parts.count <= LoadBounds.mostStages else {
            throw LoadError(
                "has \(parts.count) stages; at most \(LoadBounds.mostStages) are possible",
                remedy: "let a Lua function say the levels: docs/load-models.md")
        }
        var stages: [(durationNanoseconds: Int64, from: Double?, to: Double)] = []
        var total: Int64 = 0
        for (index, part) in parts.enumerated() {
            let name = "stage \(index + 1)"
            if part.text.isEmpty {
                throw part.wrong("\(name) is empty", "stages are written \(example), with a comma between two of them")
            }
            let halves = part.parts(separatedBy: ":")
            if halves.count == 1, part.text.utf8.allSatisfy({ (48...57).contains($0) }), index > 0, part.text.count == 3 {
                throw part.wrong("\(name) has no time", "write numbers without commas: 1000, not 1,000")
            }
            guard halves.count == 2 else {
                throw part.wrong(
                    halves.count == 1 ? "\(name) has no level" : "\(name) has \(halves.count) parts",
                    "a stage is a time, a colon and the level at its end, as in 2m:\(level)")
            }
            let duration = try halves[0].time("the time of \(name)")
            let target = try unit.level(halves[1], of: "the level of \(name)")
            total += duration
            guard total <= LoadBounds.longestNanoseconds else {
                throw part.wrong("with \(name) the stages are too long", "let them last at most 100000h together")
            }
            stages.append((duration, nil, target))
        }
        if total == 0 { throw whole.wrong("the stages last no time", "give one of them a time above 0s, as in 2m:\(level)") }
        let profile = LoadProfile(stages: stages)
        try profile.refuseNothing(whole, unit)
        return profile
    }
}

extension LoadProfile {
    /// Throws when the level never is above 0.
    func refuseNothing(_ part: LoadTextPart, _ unit: LevelUnit) throws(LoadError) {
        guard greatest == 0 else { return }
        throw part.wrong(
            unit == .users ? "there are no users at any time" : "nothing is started at any time",
            "give a level above 0, such as \(unit.example)")
    }
}
