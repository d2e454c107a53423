import NIOCore
import Reporting
import Statistics

/// Draws what is asked for from how the run stands, once for each state of it: more readers make it no dearer. Used on the server's event loop only.
final class WebPages {
    private let board: RunBoard
    /// Where `PREFIX_stats_history.csv` grows; nil: it has no rows for single requests, or is not written.
    private let historyPath: String?
    private var version = -1
    private var view: LocustView?
    private var recent = RecentRequests()
    private var digest = RunDigest()
    private var seconds = 0
    private var drawn: [WebPath: WebAnswer] = [:]

    init(board: RunBoard, historyPath: String?) {
        self.board = board
        self.historyPath = historyPath
    }

    /// Looks how the run stands, after each change of it; of the result only a digest is kept.
    func refresh() {
        guard let (view, version) = board.look(known: version) else { return }
        if let result = view.result {
            if view.seconds > 0, view.seconds != seconds {
                recent.note(result.requests.map { request in (request, { request.responseTime }) }, second: view.seconds - 1)
            }
            seconds = view.seconds
            digest = RunDigest(result, seconds: seconds)
        }
        var shown = view
        (shown.result, shown.digest, shown.recent) = (nil, digest, recent)
        self.view = shown
        self.version = version
        drawn.removeAll(keepingCapacity: true)
    }

    /// What a path answers with.
    func answer(_ path: WebPath, now: NIODeadline = .now()) -> WebAnswer {
        if let answer = ProcessPages(seenAt: board.seenAt, ending: { self.board.ending }, now: now).answer(path) { return answer }
        refresh()
        if let answer = drawn[path] { return answer }
        guard let view else { return WebAnswer(.serviceUnavailable, text: "there is nothing to tell yet.") }
        let answer = draw(path, view)
        drawn[path] = answer
        return answer
    }

    private func draw(_ path: WebPath, _ view: LocustView) -> WebAnswer {
        switch path {
        case .overview, .health, .readiness, .result, .resultJUnit: return WebAnswer(.ok, text: overview(view))
        case .requests: return json(LocustJSON.requests(view))
        case .exceptions: return json(LocustJSON.exceptions(view.digest))
        case .tasks: return json(LocustJSON.tasks(view))
        case .logs: return json(LocustJSON.logs(view))
        case .workerCount: return json(LocustJSON.workerCount(view))
        case .requestsFile:
            return file(path, view, .bytes(ByteBuffer(string: CSVText.stats(view.digest.requests + [view.digest.total], view.info))))
        case .failuresFile: return file(path, view, .bytes(ByteBuffer(string: CSVText.failures(view.digest.failures, view.info))))
        case .exceptionsFile: return file(path, view, .bytes(ByteBuffer(string: CSVText.exceptions(view.digest.exceptions))))
        case .history:
            guard let historyPath else {
                return WebAnswer(.notFound, text: "there is no full history: start the run with --csv PREFIX --csv-full-history.")
            }
            return file(path, view, .file(path: historyPath))
        }
    }

    private func json(_ text: String) -> WebAnswer {
        var answer = WebAnswer(.ok, .bytes(ByteBuffer(string: text)))
        answer.contentType = "application/json"
        return answer
    }

    private func file(_ path: WebPath, _ view: LocustView, _ content: WebAnswer.Content) -> WebAnswer {
        var answer = WebAnswer(.ok, content)
        answer.contentType = "text/csv; charset=utf-8"
        let start = CalendarText.iso8601(unixSeconds: view.info.startNanosecondsSince1970 / 1_000_000_000)
        let name = "Cicada_\(start)_\(view.info.script)_\(path.fileName ?? "").csv"
        let safe = name.unicodeScalars.map { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil || "._-".unicodeScalars.contains(scalar))
                ? Character(scalar) : "-"
        }
        answer.headers.append(("Content-Disposition", "attachment;filename=\(String(safe))"))
        return answer
    }

    private func overview(_ view: LocustView) -> String {
        let info = view.info
        var lines = [
            "Cicada \(info.version): \(info.script) on \(info.host), \(view.state.rawValue), \(view.users) users, \(view.workerCount) workers.",
            "Read only; figures are a second old at most. What they mean: docs/statistics.md and docs/locust.md.", "",
        ]
        let width = WebPath.allCases.map(\.rawValue.count).max() ?? 0
        for path in WebPath.allCases {
            lines.append("GET \(path.rawValue)\(String(repeating: " ", count: width - path.rawValue.count))  \(path.words)")
        }
        return lines.joined(separator: "\n")
    }
}
