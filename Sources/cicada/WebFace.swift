import Cluster
import Foundation
import MasterHTTP
import Reporting

/// `--web-port`: what a run shows over HTTP, from the first wait for workers until its result has been told.
final class WebFace {
    private let board: RunBoard
    private let server: WebServer
    private let setup: RunSetup

    /// Nil unless the settings ask for it. Throws a `Failure` when the port cannot be had. Signals have to be taken care of before: a thread begins here.
    init?(setup: RunSetup) throws {
        guard let web = setup.web else { return nil }
        self.setup = setup
        let now = Int64(Date().timeIntervalSince1970 * 1e9)
        board = RunBoard(
            LocustView(
                info: setup.info(startNanosecondsSince1970: now, elapsedNanoseconds: 0, users: setup.plan.load.mostUsers),
                classes: setup.plan.scenario.userClasses))
        do {
            server = try WebServer(host: web.host, port: web.port, board: board, historyPath: setup.outputs.fullHistoryPath)
        } catch {
            throw Failure(.notStarted, "--web-port: \(error) Choose another port, or --web-host an address of this machine.")
        }
        let host = web.host.contains(":") ? "[\(web.host)]" : web.host
        setup.log(.info, "the run can be looked at on http://\(host):\(server.port)/ (Locust's paths, read only)")
    }

    /// Shows how the run stands.
    func show(_ overview: RunOverview) {
        let info = setup.info(
            startNanosecondsSince1970: overview.startNanosecondsSince1970, elapsedNanoseconds: overview.elapsedNanoseconds,
            users: overview.targetUsers)
        board.change { view in
            view.state =
                switch overview.phase {
                case .waiting: .ready
                case .running: overview.workers.contains { $0.state == "spawning" } ? .spawning : .running
                case .ending: .stopping
                }
            view.result = overview.result
            view.info = info
            view.seconds = overview.wholeSeconds
            view.users = overview.users
            view.usersByClass = overview.usersByClass
            view.workers = overview.workers
        }
    }

    /// Adds a line to the log; what a script printed, which names its worker, to that of the worker.
    func say(_ notice: Notice) {
        let level = notice.isWarning ? "WARNING" : "INFO"
        let time = CalendarText.iso8601(unixNanoseconds: Int64(Date().timeIntervalSince1970 * 1e9))
        for line in notice.text.split(separator: "\n") {
            let parts = line.split(separator: ": ", maxSplits: 2).map(String.init)
            if parts.count == 3, parts[1] == "script" {
                board.say("\(time) \(level) \(parts[2])", ofWorker: parts[0])
            } else {
                board.say("\(time) \(level) \(line)")
            }
        }
    }

    /// Shows the end of the run.
    func conclude(_ outcome: RunOutcome, info: RunInfo) {
        board.change { view in
            view.state = .stopped
            view.result = outcome.result
            view.info = info
            view.users = 0
            view.usersByClass = view.usersByClass.map { _ in 0 }
            view.workers = outcome.workers
        }
    }

    /// Nobody can look any more.
    func end() { server.stop() }
}
