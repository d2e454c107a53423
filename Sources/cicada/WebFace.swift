import Cluster
import Foundation
import MasterHTTP
import Reporting

/// `--web-port`: what a run shows over HTTP, from the first wait for workers until its result has been told, and for as long as `--linger` says.
final class WebFace {
    private let board: RunBoard
    private let server: WebServer
    private let setup: RunSetup
    /// Where it is, as a URL without a path.
    let address: String

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
        address = "http://\(host):\(server.port)"
        setup.log(.info, "the run can be looked at on \(address)/ (Locust's paths, read only)")
    }

    /// The master's thread is at work.
    func comeBy() { board.comeBy() }

    /// Shows how the run stands.
    func show(_ overview: RunOverview) {
        board.comeBy()
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

    /// There is no result, and the words say why.
    func conclude(without words: String) { board.conclude(.nothing(words)) }

    /// Shows the end of the run; `trouble`: why it was not completed.
    func conclude(_ outcome: RunOutcome, info: RunInfo, trouble: String?) {
        board.comeBy()
        board.conclude(
            .result(
                json: JSONReport.text(outcome.result, info),
                junit: JUnitReport.text(info.thresholds, info, host: Outputs.hostName, trouble: trouble)))
        board.comeBy()
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
