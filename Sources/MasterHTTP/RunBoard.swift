import NIOConcurrencyHelpers
import NIOCore
import Reporting

/// Where the master's thread leaves how its run stands, and the web server's thread looks. Thread-safe; both only hand values over, so neither waits for
/// the other's work.
package final class RunBoard: Sendable {
    /// So many lines of what was said are kept, as by Locust; as many of each of so many workers.
    private static let mostLines = 500
    private static let mostWorkers = 1000

    /// What a run leaves for those who ask after its end.
    package enum Ending: Sendable, Equatable {
        /// What `--json` and `--junit` write.
        case result(json: String, junit: String)
        /// There is no result; the words say why.
        case nothing(String)
    }

    private struct State {
        var view: LocustView
        var version = 0
        var changed: (@Sendable () -> Void)?
        /// When the master's thread last came by; nil: it has not begun to take workers.
        var seenAt: NIODeadline?
        var ending: Ending?
    }

    private let state: NIOLockedValueBox<State>

    /// `view`: before the run.
    package init(_ view: LocustView) { state = NIOLockedValueBox(State(view: view)) }

    /// Changes what is shown.
    package func change(_ change: (inout LocustView) -> Void) {
        let changed = state.withLockedValue { state in
            change(&state.view)
            state.version += 1
            return state.changed
        }
        changed?()
    }

    /// Calls this after each change, on the thread that made it.
    func onChange(_ changed: @escaping @Sendable () -> Void) { state.withLockedValue { $0.changed = changed } }

    /// The master's thread comes by; from the first time on it takes workers.
    package func comeBy(now: NIODeadline = .now()) { state.withLockedValue { $0.seenAt = now } }

    /// The run has ended.
    package func conclude(_ ending: Ending) { state.withLockedValue { $0.ending = ending } }

    /// When the master's thread last came by; nil: never.
    var seenAt: NIODeadline? { state.withLockedValue(\.seenAt) }

    /// What the run has left; nil: it goes on.
    var ending: Ending? { state.withLockedValue(\.ending) }

    /// Adds a line to the master's log; only the last ones are kept.
    package func say(_ line: String) {
        change { view in
            view.log.append(line)
            if view.log.count > Self.mostLines { view.log.removeFirst(view.log.count - Self.mostLines) }
        }
    }

    /// Adds a line that a worker's script printed; only the last ones are kept.
    package func say(_ line: String, ofWorker worker: String) {
        change { view in
            guard view.workerLogs[worker] != nil || view.workerLogs.count < Self.mostWorkers else { return }
            var lines = view.workerLogs[worker] ?? []
            lines.append(line)
            view.workerLogs[worker] = Array(lines.suffix(Self.mostLines))
        }
    }

    /// What is shown, if that is another version than the one known. The result goes to who looks first: while two hold it, the master would have to copy
    /// all that it changes.
    func look(known version: Int) -> (view: LocustView, version: Int)? {
        state.withLockedValue { state in
            if state.version == version { return nil }
            defer { state.view.result = nil }
            return (state.view, state.version)
        }
    }
}
