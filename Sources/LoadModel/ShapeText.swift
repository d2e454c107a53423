import Glibc

/// Ready-made shapes as people write them: `spike(base=100, peak=1000, at=1m, for=30s)`. Their formulas: docs/load-models.md.
package enum ShapeText {
    /// Shapes that there are.
    package enum Shape: String, Sendable, CaseIterable {
        case ramp, steps, spike, sine

        /// What its parentheses hold, in the order in which it is shown.
        fileprivate var parameters: [(name: String, isTime: Bool)] {
            switch self {
            case .ramp: [("from", false), ("to", false), ("over", true)]
            case .steps: [("start", false), ("step", false), ("every", true), ("max", false)]
            case .spike: [("base", false), ("peak", false), ("at", true), ("for", true)]
            case .sine: [("mean", false), ("amplitude", false), ("period", true), ("for", true)]
            }
        }

        /// The right spelling.
        package func example(_ unit: LevelUnit) -> String {
            let (small, large) = (unit.smallExample, unit.example)
            let zero = unit == .users ? "0" : "0/s"
            switch self {
            case .ramp: return "ramp(from=\(zero), to=\(large), over=5m)"
            case .steps: return "steps(start=\(small), step=\(small), every=1m, max=\(large))"
            case .spike: return "spike(base=\(small), peak=\(large), at=1m, for=30s)"
            case .sine: return "sine(mean=\(large), amplitude=\(small), period=10m, for=1h)"
            }
        }
    }

    /// Lines in which a period of the sine is drawn.
    package static let linesOfPeriod = 64
    /// Shorter periods are no load but noise.
    private static let shortestPeriod: Int64 = 1_000_000_000

    /// Reads a shape of users or of starts. Throws a `LoadError` that says what is wrong, where, and how it is written.
    package static func profile(_ text: String, unit: LevelUnit) throws(LoadError) -> LoadProfile {
        let whole = try LoadTextPart(whole: text, example: Shape.ramp.example(unit))
        let name = whole.text.prefix { $0 != "(" }
        let trimmedName = name.split(separator: " ").joined(separator: " ")
        guard let shape = Shape(rawValue: trimmedName) else {
            let all = Shape.allCases.map { $0.example(unit) }.joined(separator: ", ")
            throw whole.wrong("there is no shape '\(trimmedName.prefix(40))'", "there are: \(all)")
        }
        guard whole.text.count > name.count, whole.text.hasSuffix(")") else {
            throw whole.wrong("\(shape.rawValue) has no parentheses around its values", "write \(shape.example(unit))")
        }
        let values = try Values(whole.dropping(first: name.count + 1, last: 1), of: shape, unit)
        let profile = try draw(shape, values, whole)
        guard profile.endNanoseconds <= LoadBounds.longestNanoseconds else {
            throw whole.wrong("the shape is too long", "let it last at most 100000h")
        }
        try profile.refuseNothing(whole, unit)
        return profile
    }

    private static func draw(_ shape: Shape, _ values: Values, _ whole: LoadTextPart) throws(LoadError) -> LoadProfile {
        switch shape {
        case .ramp:
            return LoadProfile(stages: [(try values.duration("over"), values.level("from"), values.level("to"))])
        case .steps: return try steps(values, whole)
        case .spike:
            let (base, peak) = (values.level("base"), values.level("peak"))
            let (before, during) = (values.time("at"), try values.duration("for"))
            return LoadProfile(stages: [(before, base, base), (during, peak, peak), (before, base, base)])
        case .sine: return try sine(values, whole)
        }
    }

    private static func steps(_ values: Values, _ whole: LoadTextPart) throws(LoadError) -> LoadProfile {
        let (start, step, most) = (values.level("start"), values.level("step"), values.level("max"))
        let every = try values.duration("every")
        guard step > 0 else { throw values.wrong("step", "step is 0: there would be no steps", "write a step above 0") }
        guard most >= start else { throw values.wrong("max", "max is below start", "let max be start or more") }
        let count = ((most - start) / step).rounded(.up) + 1
        guard count <= Double(LoadBounds.mostLines) else {
            throw whole.wrong("these are too many steps", "take larger ones: at most \(LoadBounds.mostLines)")
        }
        guard Double(every) * count <= Double(LoadBounds.longestNanoseconds) else {
            throw whole.wrong("the steps are too long", "let them last at most 100000h together")
        }
        return LoadProfile(
            stages: (0..<Int(count)).map { index in
                let level = min(most, start + step * Double(index))
                return (every, level, level)
            })
    }

    private static func sine(_ values: Values, _ whole: LoadTextPart) throws(LoadError) -> LoadProfile {
        let (mean, amplitude) = (values.level("mean"), values.level("amplitude"))
        let (period, end) = (try values.duration("period"), try values.duration("for"))
        guard amplitude <= mean else {
            throw values.wrong("amplitude", "the amplitude is above the mean: the level would fall below 0", "let it be mean or less")
        }
        guard mean + amplitude <= LoadBounds.greatestLevel else {
            throw whole.wrong("mean and amplitude are more than a run can have", "let them be at most 10000000 together")
        }
        guard period >= shortestPeriod else { throw values.wrong("period", "the period is too short", "write a period of 1s or more") }
        guard Double(end) / Double(period) * Double(linesOfPeriod) <= Double(LoadBounds.mostLines) else {
            throw whole.wrong("these are too many periods", "take longer ones: at most \(LoadBounds.mostLines / linesOfPeriod) of them")
        }
        func level(at moment: Int64) -> Double {
            max(0, mean + amplitude * sin(2 * .pi * Double(moment % period) / Double(period)))
        }
        var stages: [(durationNanoseconds: Int64, from: Double?, to: Double)] = []
        var (start, number): (Int64, Int64) = (0, 0)
        while start < end {
            number += 1
            let lines = Int64(linesOfPeriod)
            let (turns, part) = number.quotientAndRemainder(dividingBy: lines)
            let joint = min(end, turns * period + period / lines * part + period % lines * part / lines)
            stages.append((joint - start, level(at: start), level(at: joint)))
            start = joint
        }
        return LoadProfile(stages: stages)
    }

    /// The values between the parentheses.
    private struct Values {
        private var parts: [String: LoadTextPart] = [:]
        private var levels: [String: Double] = [:]
        private var times: [String: Int64] = [:]

        init(_ inside: LoadTextPart, of shape: Shape, _ unit: LevelUnit) throws(LoadError) {
            let example = "write \(shape.example(unit))"
            let known = shape.parameters.map(\.name)
            for part in inside.parts(separatedBy: ",", atMost: 100) {
                let halves = part.parts(separatedBy: "=", atMost: 2)
                guard halves.count == 2 else { throw part.wrong("\(shape.rawValue) takes values with their names", example) }
                let name = String(halves[0].text)
                guard let parameter = shape.parameters.first(where: { $0.name == name }) else {
                    throw part.wrong("\(shape.rawValue) has no '\(name.prefix(40))', but \(known.joined(separator: ", "))", example)
                }
                guard parts.updateValue(halves[1], forKey: name) == nil else { throw part.wrong("'\(name)' is given twice", "keep one") }
                if parameter.isTime {
                    times[name] = try halves[1].time("'\(name)'")
                } else {
                    levels[name] = try unit.level(halves[1], of: "'\(name)'")
                }
            }
            let missing = known.filter { parts[$0] == nil }
            if !missing.isEmpty {
                throw inside.wrong("\(shape.rawValue) lacks \(missing.map { "'\($0)'" }.joined(separator: " and "))", example)
            }
        }

        func level(_ name: String) -> Double { levels[name] ?? 0 }

        func time(_ name: String) -> Int64 { times[name] ?? 0 }

        /// A time that may not be 0.
        func duration(_ name: String) throws(LoadError) -> Int64 {
            guard time(name) > 0 else { throw wrong(name, "'\(name)' is 0", "write a time above 0s, such as 1m") }
            return time(name)
        }

        func wrong(_ name: String, _ problem: String, _ remedy: String) -> LoadError {
            parts[name]?.wrong(problem, remedy) ?? LoadError(problem, remedy: remedy)
        }
    }
}
