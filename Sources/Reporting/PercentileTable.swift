import Statistics

/// The table of percentiles: a row for each request and the total, or two where both times are to be shown. Pure.
struct PercentileTable {
    private static let dispensable: [Double: Int] = [66: 4, 80: 3, 98: 2, 75: 1]

    private let requests: [RequestStatistics]
    private let total: RequestStatistics
    private let cells: TimeCells
    private let showsBothTimes: Bool

    /// `requests` in the order of printing.
    init(_ requests: [RequestStatistics], total: RequestStatistics, cells: TimeCells, showsBothTimes: Bool) {
        self.requests = requests
        self.total = total
        self.cells = cells
        self.showsBothTimes = showsBothTimes
    }

    /// The table with its heading; the column of 100 % is the true maximum.
    func text(width: Int, isColored: Bool) -> String {
        var columns: [TextTable.Column] = [
            .init("Method", short: "", isNumber: false), .init("Name", isNumber: false, isElastic: true),
        ]
        if showsBothTimes { columns.append(.init("Time", isNumber: false)) }
        columns += Percentile.printed.map {
            let label = ConsoleReport.label($0)
            return .init("\(label) %", short: "\(label)%", dispensable: Self.dispensable[$0] ?? 0)
        }
        var table = TextTable(columns: columns)
        for request in requests { for row in rows(request) { table.add(row) } }
        table.setFooter(rows(total).map { $0.map { .init($0.text, $0.style == .plain ? .strong : $0.style) } })
        let explanation =
            (showsBothTimes ? "in ms, from when a request was due (response) and from when it was sent (service)" : "response times in ms")
            + ": so many percent took this long or less"
        return TextTable.heading("Percentiles", explanation, width: width, isColored: isColored)
            + table.rendered(width: width, isColored: isColored)
    }

    private func rows(_ entry: RequestStatistics) -> [[TextTable.Cell]] {
        let name: [TextTable.Cell] = [.init(entry.key?.typeText ?? ""), .init(entry.key.map { $0.name } ?? "Total")]
        let response = cells.percentiles(Percentile.printed, of: entry.responseTime)
        guard showsBothTimes else { return [name + response] }
        let service = cells.percentiles(Percentile.printed, of: entry.serviceTime)
        return [name + [.init("response")] + response, [.init(""), .init(""), .init("service")] + service]
    }
}
