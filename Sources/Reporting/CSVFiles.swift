import Statistics

/// The nine files of `--csv PREFIX`: Locust's four, both times and their course, iterations, what scripts measured themselves, and, at the end, what
/// became of the thresholds. The histories grow by rows per call of `update`; the others are written anew each time and put in place
/// whole, so they can be read while the run lasts.
package struct CSVFiles: ~Copyable {
    private let prefix: String
    private var history: ReportFile
    private var timesHistory: ReportFile
    /// Of each request, where the history has rows for each.
    private var recent: RecentRequests?
    private var lastSecond = -1

    /// Creates the files, with headers only; so a path that cannot be written to is known before the run. `continuesHistory`: a history that is
    /// there goes on, for a run that is taken up again. `hasFullHistory`: the history has a row of each request and second, not only of all together.
    package init(prefix: String, continuesHistory: Bool = false, hasFullHistory: Bool = false) throws(ReportingError) {
        for (name, header) in Self.tables { try ReportFile.replace("\(prefix)_\(name).csv", with: header + "\r\n") }
        let history = try Self.open(Self.historyPath(prefix: prefix), header: CSVText.historyHeader, continues: continuesHistory)
        let timesHistory = try Self.open(prefix + "_times_history.csv", header: CSVText.timesHistoryHeader, continues: continuesHistory)
        self.history = history
        self.timesHistory = timesHistory
        recent = hasFullHistory ? RecentRequests(keepsTimes: true) : nil
        self.prefix = prefix
    }

    /// The file that Locust offers as the full history.
    package static func historyPath(prefix: String) -> String { prefix + "_stats_history.csv" }

    private static let tables = [
        ("stats", CSVText.statsHeader), ("failures", CSVText.failuresHeader), ("exceptions", CSVText.exceptionsHeader),
        ("times", CSVText.timesHeader), ("custom", CSVText.customHeader), ("iterations", CSVText.iterationsHeader),
        ("thresholds", CSVText.thresholdsHeader),
    ]

    private static func open(_ path: String, header: String, continues: Bool) throws(ReportingError) -> ReportFile {
        var file = continues ? try ReportFile(continuing: path) : try ReportFile(creating: path)
        if file.isEmpty { try file.append(header + "\r\n") }
        return file
    }

    /// The histories are those of an earlier run: they begin anew.
    package mutating func beginHistoryAnew() throws(ReportingError) {
        history = try Self.open(Self.historyPath(prefix: prefix), header: CSVText.historyHeader, continues: false)
        timesHistory = try Self.open(prefix + "_times_history.csv", header: CSVText.timesHistoryHeader, continues: false)
    }

    /// Brings the files up to date after a whole second of the run; a second that has a row already gets no other.
    package mutating func update(_ result: RunResult, _ info: RunInfo, second: Int) throws(ReportingError) {
        let figures = ResultFigures(result)
        if second > lastSecond { try addToHistory(result, figures, info, second: second) }
        try writeTables(result, figures, info)
    }

    /// Writes the end of the run: the tables, and a last row of the history whose totals are those of the tables.
    package mutating func finish(_ result: RunResult, _ info: RunInfo) throws(ReportingError) {
        let figures = ResultFigures(result)
        try addToHistory(result, figures, info, second: max(lastSecond + 1, result.history.points.last?.second ?? 0))
        try writeTables(result, figures, info)
        try ReportFile.replace(prefix + "_thresholds.csv", with: CSVText.thresholds(info.thresholds))
    }

    /// Writes a part of a run that is told afterwards: the tables, and a row of the history for each interval that is told apart.
    package mutating func finish(part result: RunResult, _ info: RunInfo) throws(ReportingError) {
        let figures = ResultFigures(result)
        for point in result.history.points { try history.append(CSVText.historyRow(of: point, figures, info)) }
        let end = info.part?.toSecond ?? 0
        try timesHistory.append(CSVText.timesHistoryRow(figures, info, second: max(0, end - 1)))
        try writeTables(result, figures, info)
        try ReportFile.replace(prefix + "_thresholds.csv", with: CSVText.thresholds(info.thresholds))
    }

    private mutating func addToHistory(
        _ result: RunResult, _ figures: ResultFigures, _ info: RunInfo, second: Int
    ) throws(ReportingError) {
        recent?.note(figures.requests.map { entry in (entry.request, { entry.response }) }, second: second)
        try history.append(CSVText.historyRow(result, figures, info, second: second, recent: recent))
        try timesHistory.append(CSVText.timesHistoryRow(figures, info, second: second))
        lastSecond = second
    }

    private func writeTables(_ result: RunResult, _ figures: ResultFigures, _ info: RunInfo) throws(ReportingError) {
        try ReportFile.replace(prefix + "_stats.csv", with: CSVText.stats(figures, info))
        try ReportFile.replace(prefix + "_times.csv", with: CSVText.times(figures))
        try ReportFile.replace(prefix + "_failures.csv", with: CSVText.failures(result, info))
        try ReportFile.replace(prefix + "_exceptions.csv", with: CSVText.exceptions(result))
        try ReportFile.replace(prefix + "_custom.csv", with: CSVText.custom(result, info))
        try ReportFile.replace(prefix + "_iterations.csv", with: CSVText.iterations(result, info))
    }
}
