/// What a script, a file, the environment or flags say of a load; each field may be missing.
package struct LoadDeclaration: Sendable, Equatable {
    package var users: Int?
    /// Users per second.
    package var spawnRate: Double?
    package var stages: LoadProfile?
    package var shape: LoadProfile?
    /// Starts per second.
    package var arrivalRate: Double?
    package var arrivalStages: LoadProfile?
    package var arrivalShape: LoadProfile?
    package var arrivals: ArrivalSchedule.Spacing?
    package var maxUsers: Int?
    package var maxLatenessNanoseconds: Int64?
    package var iterations: Int?
    package var requests: Int?
    package var warmUpNanoseconds: Int64?
    package var runTimeNanoseconds: Int64?
    /// How messages name each field that is there, with its place: `--users`, `users (cicada.yaml:2:8)`, `users (shop.lua:3:5)`.
    package private(set) var sources: [LoadField: String] = [:]

    package init() {}

    /// Whether nothing is said.
    package var isEmpty: Bool { sources.isEmpty }

    /// Reads a field that has a unit or is a word from its text. Throws a `LoadError`.
    package mutating func set(_ field: LoadField, text: String, source: String) throws(LoadError) {
        switch field {
        case .stages: stages = try StagesText.profile(text, unit: .users)
        case .shape: shape = try ShapeText.profile(text, unit: .users)
        case .arrivalRate: arrivalRate = try LevelUnit.rate(text)
        case .arrivalStages: arrivalStages = try StagesText.profile(text, unit: .starts)
        case .arrivalShape: arrivalShape = try ShapeText.profile(text, unit: .starts)
        case .arrivals:
            guard let spacing = ArrivalSchedule.Spacing(rawValue: text) else {
                throw LoadError(
                    "must be constant or poisson, not '\(text.prefix(40))'",
                    remedy: "write constant for even gaps between starts, or poisson for random ones")
            }
            arrivals = spacing
        case .maxLateness: maxLatenessNanoseconds = try Self.time(text, isZeroUseful: false)
        case .warmUp: warmUpNanoseconds = try Self.time(text, isZeroUseful: true)
        case .runTime: runTimeNanoseconds = try Self.time(text, isZeroUseful: false)
        case .users, .spawnRate, .maxUsers, .iterations, .requests: preconditionFailure("\(field) is a number")
        }
        sources[field] = source
    }

    /// Sets a field that is a number, which the caller has checked against `range(of:)`.
    package mutating func set(_ field: LoadField, count: Int, source: String) {
        switch field {
        case .users: users = count
        case .maxUsers: maxUsers = count
        case .iterations: iterations = count
        case .requests: requests = count
        default: preconditionFailure("\(field) is no count")
        }
        sources[field] = source
    }

    /// What a field that is a number may be.
    package static func range(of field: LoadField) -> ClosedRange<Int> {
        field == .users || field == .maxUsers ? 1...LoadBounds.mostUsers : 1...LoadBounds.greatestCount
    }

    /// Sets `spawnRate`, finite and above 0.
    package mutating func set(spawnRate: Double, source: String) {
        self.spawnRate = spawnRate
        sources[.spawnRate] = source
    }

    /// Sets `runTimeNanoseconds`, above 0.
    package mutating func set(runTimeNanoseconds: Int64, source: String) {
        self.runTimeNanoseconds = runTimeNanoseconds
        sources[.runTime] = source
    }

    /// Sets a shape of which no text exists. `isOpen`: of starts, not of users.
    package mutating func set(shape: LoadProfile, isOpen: Bool, source: String) {
        if isOpen { arrivalShape = shape } else { self.shape = shape }
        sources[isOpen ? .arrivalShape : .shape] = source
    }

    /// What is left when somebody with more to say has spoken: field by field, but that who says how much load there is says all of it.
    ///
    /// `isWhole`: a model of the upper one replaces this one's also where it is of the same kind.
    package func overridden(by upper: LoadDeclaration, isWhole: Bool) -> LoadDeclaration {
        let models = Set(upper.sources.keys.compactMap(\.model))
        var result = self
        for field in sources.keys {
            if !models.isEmpty, let model = field.model, isWhole || !models.contains(model) { result.remove(field) }
            // The pool of an open model is nothing to a closed one.
            if !models.isEmpty, field.isOpenOnly, !upper.sources.keys.contains(where: { $0.model != nil && $0.isOpenOnly }) {
                result.remove(field)
            }
        }
        for (field, source) in upper.sources { result.take(field, from: upper, source: source) }
        return result
    }

    // MARK: - Parts

    private mutating func remove(_ field: LoadField) {
        take(field, from: LoadDeclaration(), source: nil)
    }

    private mutating func take(_ field: LoadField, from other: LoadDeclaration, source: String?) {
        switch field {
        case .users: users = other.users
        case .spawnRate: spawnRate = other.spawnRate
        case .stages: stages = other.stages
        case .shape: shape = other.shape
        case .arrivalRate: arrivalRate = other.arrivalRate
        case .arrivalStages: arrivalStages = other.arrivalStages
        case .arrivalShape: arrivalShape = other.arrivalShape
        case .arrivals: arrivals = other.arrivals
        case .maxUsers: maxUsers = other.maxUsers
        case .maxLateness: maxLatenessNanoseconds = other.maxLatenessNanoseconds
        case .iterations: iterations = other.iterations
        case .requests: requests = other.requests
        case .warmUp: warmUpNanoseconds = other.warmUpNanoseconds
        case .runTime: runTimeNanoseconds = other.runTimeNanoseconds
        }
        sources[field] = source
    }

    private static func time(_ text: String, isZeroUseful: Bool) throws(LoadError) -> Int64 {
        let part = try LoadTextPart(whole: text, example: "30s")
        let time = try part.time("the time")
        guard isZeroUseful || time > 0 else { throw part.wrong("the time is 0", "write a time above 0s, or leave it out") }
        return time
    }
}
