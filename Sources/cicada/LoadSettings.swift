import LoadModel

/// All that flags, environment, file and script say of the load, and what follows from it.
struct LoadSettings {
    /// What each origin says, the weakest first; the script's is not among them.
    private var declarations: [Setting.Origin: LoadDeclaration] = [:]

    /// Throws a `Failure` that names the setting, the place in its text and the right spelling.
    init(_ load: LoadOptions, _ stages: StageOptions, _ arrivals: ArrivalOptions) throws {
        let given: [(LoadField, String?)] = [
            (.users, load.users), (.spawnRate, load.spawnRate), (.runTime, load.runTime), (.iterations, load.iterations),
            (.requests, load.requests), (.warmUp, load.warmUp), (.stages, stages.stages), (.shape, stages.shape),
            (.arrivalRate, arrivals.arrivalRate), (.arrivalStages, arrivals.arrivalStages), (.arrivalShape, arrivals.arrivalShape),
            (.arrivals, arrivals.arrivals), (.maxUsers, arrivals.maxUsers), (.maxLateness, arrivals.maxLateness),
        ]
        // Told and looked up for all first, so that a trace is whole whatever is wrong with one.
        let settings = given.map { ($0.0, Setting($0.0.flag, $0.1)) }
        for (field, setting) in settings { try read(field, setting) }
    }

    private mutating func read(_ field: LoadField, _ setting: Setting) throws {
        guard let text = setting.text, let origin = setting.origin else { return }
        let source = setting.source
        switch field {
        case .users, .maxUsers, .iterations, .requests:
            let range = LoadDeclaration.range(of: field)
            declarations[origin, default: LoadDeclaration()].set(
                field, count: try setting.integer(range, default: range.lowerBound), source: source)
        case .spawnRate:
            declarations[origin, default: LoadDeclaration()].set(spawnRate: try setting.rate(default: 1), source: source)
        case .runTime:
            guard let time = try setting.duration(), time > 0 else { throw setting.wrong("longer than 0") }
            declarations[origin, default: LoadDeclaration()].set(runTimeNanoseconds: time, source: source)
        default:
            do throws(LoadError) {
                try declarations[origin, default: LoadDeclaration()].set(field, text: text, source: source)
            } catch { throw Failure.usage("\(source): \(error)") }
        }
    }

    /// How long the run lasts, if that is said outside the script.
    var runTimeNanoseconds: Int64? { outer.runTimeNanoseconds }

    private var outer: LoadDeclaration {
        Setting.Origin.allCases.reduce(LoadDeclaration()) { outer, origin in
            declarations[origin].map { outer.overridden(by: $0, isWhole: false) } ?? outer
        }
    }

    /// What holds in the end: flag before variable before file before script. Throws a `Failure` when it contradicts itself.
    func order(script: LoadDeclaration?, seed: UInt64) throws -> LoadOrder {
        let outer = outer
        let all = script.map { $0.overridden(by: outer, isWhole: true) } ?? outer
        do throws(LoadError) { return try LoadOrder(all, seed: seed) } catch { throw Failure.usage("\(error)") }
    }
}
