import Statistics

/// The table of iterations: a row for each task and, where there are several, the total; two where both times are to be shown. Pure.
struct IterationTable {
    private static let percentiles: [Double] = [95, 99, 100]

    private let iterations: [IterationStatistics]
    private let total: IterationStatistics
    private let info: RunInfo
    private let cells: TimeCells
    private let showsBothTimes: Bool

    /// `iterations` in the order of printing.
    init(_ iterations: [IterationStatistics], total: IterationStatistics, info: RunInfo, cells: TimeCells, showsBothTimes: Bool) {
        self.iterations = iterations
        self.total = total
        self.info = info
        self.cells = cells
        self.showsBothTimes = showsBothTimes
    }

    /// The table with its heading; empty where no iteration has ended.
    func text(width: Int, isColored: Bool) -> String {
        if iterations.isEmpty { return "" }
        var columns: [TextTable.Column] = [
            .init("User class", short: "Class", isNumber: false, isElastic: true), .init("Task", isNumber: false, isElastic: true),
            .init("Iterations", short: "Iters"), .init("Failed"), .init("Per second", short: "Per s", dispensable: 1),
        ]
        if showsBothTimes { columns.append(.init("Time", isNumber: false)) }
        columns += [
            .init("Median", short: "Med"), .init("Average", short: "Avg", dispensable: 2), .init("95 %", short: "95%"),
            .init("99 %", short: "99%"), .init("Max"),
        ]
        var table = TextTable(columns: columns)
        for entry in iterations { for row in rows(entry) { table.add(row) } }
        if iterations.count > 1 {
            table.setFooter(rows(total).map { $0.map { .init($0.text, $0.style == .plain ? .strong : $0.style) } })
        }
        let explanation =
            showsBothTimes
            ? "tasks from beginning to end in ms, from when one was due (response) and from when it began (duration)"
            : "tasks from beginning to end, response times in ms"
        return TextTable.heading("Iterations", explanation, width: width, isColored: isColored)
            + table.rendered(width: width, isColored: isColored)
    }

    private func rows(_ entry: IterationStatistics) -> [[TextTable.Cell]] {
        let bad: TextStyle = entry.failed > 0 ? .bad : .plain
        let names: [TextTable.Cell] = [
            .init(entry.key?.userClass ?? "Total"), .init(entry.key?.task ?? ""), .init(NumberText.grouped(entry.count)),
            .init(NumberText.grouped(entry.failed), bad), .init(NumberText.significant(info.perSecond(entry.count))),
        ]
        let response = figures(entry.responseTime)
        guard showsBothTimes else { return [names + response] }
        let blanks = names.map { _ in TextTable.Cell("") }
        return [names + [.init("response")] + response, blanks + [.init("duration")] + figures(entry.duration)]
    }

    private func figures(_ times: TimeStatistics) -> [TextTable.Cell] {
        cells.percentiles([50], of: times) + [cells.figure(times.averageNanoseconds)] + cells.percentiles(Self.percentiles, of: times)
    }
}
