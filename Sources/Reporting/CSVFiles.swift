import Statistics

/// The seven files of `--csv PREFIX`: Locust's four, iterations, what scripts measured themselves, and, at the end, what became of the thresholds. The
/// history grows by a row per call of `update`; the others are written anew each time and put in place
/// whole, so they can be read while the run lasts.
package struct CSVFiles: ~Copyable {
    private let prefix: String
    private var history: ReportFile
    private var lastSecond = -1

    /// Creates the files, with headers only; so a path that cannot be written to is known before the run. `continuesHistory`: a history that is
    /// there goes on, for a run that is taken up again.
    package init(prefix: String, continuesHistory: Bool = false) throws(ReportingError) {
        try ReportFile.replace(prefix + "_stats.csv", with: CSVText.statsHeader + "\r\n")
        try ReportFile.replace(prefix + "_failures.csv", with: CSVText.failuresHeader + "\r\n")
        try ReportFile.replace(prefix + "_exceptions.csv", with: CSVText.exceptionsHeader + "\r\n")
        try ReportFile.replace(prefix + "_custom.csv", with: CSVText.customHeader + "\r\n")
        try ReportFile.replace(prefix + "_iterations.csv", with: CSVText.iterationsHeader + "\r\n")
        try ReportFile.replace(prefix + "_thresholds.csv", with: CSVText.thresholdsHeader + "\r\n")
        let path = prefix + "_stats_history.csv"
        var history = continuesHistory ? try ReportFile(continuing: path) : try ReportFile(creating: path)
        if history.isEmpty { try history.append(CSVText.historyHeader + "\r\n") }
        self.prefix = prefix
        self.history = history
    }

    /// The history is that of an earlier run: it begins anew.
    package mutating func beginHistoryAnew() throws(ReportingError) {
        history = try ReportFile(creating: prefix + "_stats_history.csv")
        try history.append(CSVText.historyHeader + "\r\n")
    }

    /// Brings the files up to date after a whole second of the run; a second that has a row already gets no other.
    package mutating func update(_ result: RunResult, _ info: RunInfo, second: Int) throws(ReportingError) {
        if second > lastSecond {
            try history.append(CSVText.historyRow(result, info, second: second))
            lastSecond = second
        }
        try writeTables(result, info)
    }

    /// Writes the end of the run: the tables, and a last row of the history whose totals are those of the tables.
    package mutating func finish(_ result: RunResult, _ info: RunInfo) throws(ReportingError) {
        let second = max(lastSecond + 1, result.history.points.last?.second ?? 0)
        try history.append(CSVText.historyRow(result, info, second: second))
        lastSecond = second
        try writeTables(result, info)
        try ReportFile.replace(prefix + "_thresholds.csv", with: CSVText.thresholds(info.thresholds))
    }

    private func writeTables(_ result: RunResult, _ info: RunInfo) throws(ReportingError) {
        try ReportFile.replace(prefix + "_stats.csv", with: CSVText.stats(result, info))
        try ReportFile.replace(prefix + "_failures.csv", with: CSVText.failures(result, info))
        try ReportFile.replace(prefix + "_exceptions.csv", with: CSVText.exceptions(result))
        try ReportFile.replace(prefix + "_custom.csv", with: CSVText.custom(result, info))
        try ReportFile.replace(prefix + "_iterations.csv", with: CSVText.iterations(result, info))
    }
}
