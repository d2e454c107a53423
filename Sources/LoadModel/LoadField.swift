/// What may be said of a load, on the command line and in a script. The raw value is the flag's name without its dashes.
package enum LoadField: String, Sendable, CaseIterable {
    case users
    case spawnRate = "spawn-rate"
    case stages
    case shape
    case arrivalRate = "arrival-rate"
    case arrivalStages = "arrival-stages"
    case arrivalShape = "arrival-shape"
    case arrivals
    case maxUsers = "max-users"
    case maxLateness = "max-lateness"
    case iterations
    case requests
    case warmUp = "warm-up"
    case runTime = "run-time"

    /// `--spawn-rate`
    package var flag: String { "--\(rawValue)" }

    /// `spawn_rate`
    package var scriptName: String { rawValue.map { $0 == "-" ? "_" : String($0) }.joined() }

    /// A way to say how much load there is; one run has one.
    enum Model: Sendable { case users, stages, shape, arrivalRate, arrivalStages, arrivalShape }

    /// The model of which the field gives the level; nil: it gives none.
    var model: Model? {
        switch self {
        case .users, .spawnRate: .users
        case .stages: .stages
        case .shape: .shape
        case .arrivalRate: .arrivalRate
        case .arrivalStages: .arrivalStages
        case .arrivalShape: .arrivalShape
        case .arrivals, .maxUsers, .maxLateness, .iterations, .requests, .warmUp, .runTime: nil
        }
    }

    /// Whether it is part of the open model only.
    var isOpenOnly: Bool {
        switch self {
        case .arrivalRate, .arrivalStages, .arrivalShape, .arrivals, .maxUsers, .maxLateness: true
        default: false
        }
    }
}
