import LoadModel

/// A `UserStep` in four bytes.
struct StepCode: Equatable, Sendable {
    /// A task's index, or below 0 one of the others.
    let rawValue: Int32

    static let start = StepCode(rawValue: -1)
    static let stop = StepCode(rawValue: -2)
    static let setup = StepCode(rawValue: -3)
    static let teardown = StepCode(rawValue: -4)

    static func task(_ index: Int) -> StepCode { StepCode(rawValue: Int32(truncatingIfNeeded: index)) }

    init(rawValue: Int32) { self.rawValue = rawValue }

    init(_ step: UserStep) {
        self =
            switch step {
            case .start: .start
            case .task(let index): .task(index)
            case .stop: .stop
            case .setup: .setup
            case .teardown: .teardown
            }
    }

    /// The step.
    var step: UserStep {
        switch self {
        case .start: .start
        case .stop: .stop
        case .setup: .setup
        case .teardown: .teardown
        default: .task(Int(rawValue))
        }
    }

    /// True when the user ends with this step, however it ends.
    var isLast: Bool { rawValue <= Self.stop.rawValue }

    /// True for what runs once in a run, for a user that is none of the load.
    var isOnce: Bool { rawValue <= Self.setup.rawValue }
}
