/// A load that was declared, checked: what the run's plan is made of.
package struct LoadOrder: Sendable, Equatable {
    package var load: Load
    /// No iteration begins after so many; nil: any number.
    package var iterationLimit: Int?
    /// No iteration begins once so many requests were issued; nil: any number.
    package var requestLimit: Int?
    package var warmUpNanoseconds: Int64
    /// Nil: to the end of the stages, where there is one, or until it is interrupted.
    package var runTimeNanoseconds: Int64?

    /// Users of an open model that does not say it: enough for iterations of a second, within bounds.
    package static func usualPool(ratePerSecond: Double) -> Int { Int(min(max(ratePerSecond.rounded(.up), 10), 10_000)) }

    /// Throws a `LoadError` when what was declared contradicts itself or cannot be. `seed`: of random starts.
    package init(_ declared: LoadDeclaration, seed: UInt64) throws(LoadError) {
        let sources = declared.sources
        func name(_ field: LoadField) -> String { sources[field] ?? field.flag }
        let given = LoadField.allCases.filter { $0.model != nil && sources[$0] != nil }
        if let first = given.first, let second = given.first(where: { $0.model != first.model }) {
            throw Self.contradiction(first, second, name)
        }
        let isOpen = given.contains { $0.isOpenOnly }
        if !isOpen, let stranger = LoadField.allCases.first(where: { $0.isOpenOnly && sources[$0] != nil }) {
            throw LoadError(
                "\(name(stranger)) belongs to the open model, but no rate of arrivals is given",
                remedy: "add \(LoadField.arrivalRate.flag) 100/s, or leave it out: users are counted with \(LoadField.users.flag)")
        }
        if isOpen {
            let rate = declared.arrivalStages ?? declared.arrivalShape ?? LoadProfile(constant: declared.arrivalRate ?? 0)
            load = .arrivals(
                Load.Arrivals(
                    schedule: ArrivalSchedule(rate: rate, spacing: declared.arrivals ?? .constant, seed: seed),
                    mostUsers: declared.maxUsers ?? Self.usualPool(ratePerSecond: rate.greatest),
                    mostLatenessNanoseconds: declared.maxLatenessNanoseconds))
        } else if let profile = declared.stages ?? declared.shape {
            load = .profile(profile)
        } else {
            load = .users(SpawnSchedule(users: declared.users ?? 1, ratePerSecond: declared.spawnRate ?? 1))
        }
        iterationLimit = declared.iterations
        requestLimit = declared.requests
        warmUpNanoseconds = declared.warmUpNanoseconds ?? 0
        runTimeNanoseconds = declared.runTimeNanoseconds
        if let end = endNanoseconds, warmUpNanoseconds >= end {
            let (warmUp, whole) = (DurationText.words(nanoseconds: warmUpNanoseconds), DurationText.words(nanoseconds: end))
            throw LoadError(
                "\(name(.warmUp)) is \(warmUp), but the run lasts \(whole): nothing would be measured",
                remedy: "make the warm-up shorter, or the run longer")
        }
        if isOpen, let end = endNanoseconds, starts(before: end) < 1 {
            throw LoadError(
                "no iteration would start in the \(DurationText.words(nanoseconds: end)) of the run",
                remedy: "make the rate greater, or the run longer")
        }
    }

    /// When the run ends by its plan, in nanoseconds from its start; nil: never.
    package var endNanoseconds: Int64? { runTimeNanoseconds ?? load.endNanoseconds }

    /// Starts that are due before a moment in the open model, about so many where they are random; 0 in the closed model.
    package func starts(before elapsed: Int64) -> Double {
        guard let schedule = load.arrivals?.schedule else { return 0 }
        // The first one is due at once.
        let due = schedule.rate.area(until: elapsed)
        let whole = schedule.spacing == .constant ? due.rounded(.up) : due
        return min(whole, Double(iterationLimit ?? .max))
    }

    private static func contradiction(_ first: LoadField, _ second: LoadField, _ name: (LoadField) -> String) -> LoadError {
        let problem = "\(name(first)) and \(name(second)) both say how much load there is"
        if first.isOpenOnly != second.isOpenOnly {
            return LoadError(
                "\(problem): one counts users, the other one starts of iterations",
                remedy: "leave one out; with \(second.flag), the users that carry the iterations out are \(LoadField.maxUsers.flag)")
        }
        return LoadError(problem, remedy: "leave one of them out")
    }
}
