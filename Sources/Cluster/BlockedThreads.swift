import LoadEngine
import LoadModel

/// Finds steps of the script that keep an engine thread busy for long, so that its other users stand still, and says so in words. Pure.
struct BlockedThreads {
    /// A step that takes longer is told.
    static let longestNanoseconds: Int64 = 1_000_000_000

    private var told: [Int: RunningStep] = [:]
    private let scenario: Scenario

    init(scenario: Scenario) { self.scenario = scenario }

    /// Takes in what a thread is doing: the step that it has been in since an earlier look; nil: none. Answers with what is to be told.
    mutating func look(thread: Int, step: RunningStep?) -> [String] {
        var lines: [String] = []
        if let before = told[thread], before.turn != step?.turn {
            told[thread] = nil
            lines.append(
                "\(words(before)) has let go of engine thread \(thread) after \(Self.seconds(before.nanoseconds)) or somewhat more")
        }
        guard let step, step.nanoseconds > Self.longestNanoseconds else { return lines }
        if told[thread] == nil {
            lines.append(
                "\(words(step)) has kept engine thread \(thread) busy for \(Self.seconds(step.nanoseconds)); its other users stand still")
        }
        told[thread] = step
        return lines
    }

    private func words(_ step: RunningStep) -> String {
        guard scenario.userClasses.indices.contains(step.userClass) else { return "the script" }
        let userClass = scenario.userClasses[step.userClass]
        let name = "user class \"\(userClass.name)\""
        switch step.step {
        case .start: return "\(name): on_start\(place(userClass.onStartLine))"
        case .stop: return "\(name): on_stop\(place(userClass.onStopLine))"
        case .setup: return "setup\(place(scenario.setupLine))"
        case .teardown: return "teardown\(place(scenario.teardownLine))"
        case .task(let index):
            guard userClass.tasks.indices.contains(index) else { return name }
            let task = userClass.tasks[index]
            return "\(name): task \"\(task.name)\"\(place(task.line))"
        }
    }

    private func place(_ line: Int) -> String { line > 0 ? " (\(scenario.scriptName):\(line))" : "" }

    private static func seconds(_ nanoseconds: Int64) -> String { "\((Double(nanoseconds) / 1e8).rounded() / 10) s" }
}
