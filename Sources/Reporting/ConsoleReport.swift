import LoadModel
import Statistics

/// The report at the end of a run, as text for a terminal or a log. Pure: no clock, no output.
package struct ConsoleReport: Sendable {
    private let result: RunResult
    private let info: RunInfo
    private let width: Int
    private let isColored: Bool
    private let requests: [RequestStatistics]
    private let total: RequestStatistics
    private let cells: TimeCells
    private let lateStarts: LateStarts

    /// `width` in terminal columns, taken as 80 at least; colour only if the caller has found that it is wanted.
    package init(_ result: RunResult, _ info: RunInfo, width: Int, isColored: Bool) {
        self.result = result
        self.info = info
        self.width = max(width, 80)
        self.isColored = isColored
        requests = result.requests
        total = result.total()
        cells = TimeCells(measurableBelow: result.measurableBelow)
        lateStarts = LateStarts(total)
    }

    /// Response and service times stand side by side where there is a schedule to be late for, or where they differ anyway.
    private var showsBothTimes: Bool { info.hasSchedule || lateStarts.areNoticeable }

    /// Everything, sections parted by an empty line, ended by a line feed.
    package var text: String {
        let sections = [
            summary, verdict, requestTable, percentileTable, iterationTable, phaseTable, timingTable, counterTable, failureTable,
            exceptionTable, workerTable, notes, thresholdTable,
        ]
        return sections.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// What was run and what came of it, in a few lines.
    package var summary: String {
        let users = "\(NumberText.grouped(Int64(info.users))) \(info.users == 1 ? "user" : "users")"
        let load = info.load ?? "\(users), \(LoadText.rate(info.spawnRate)) started per second"
        var plan = "\(info.script) on \(info.host): \(load), "
        plan += info.part.map { "a part of the run: \($0.words)" } ?? "ran \(NumberText.clock(seconds: info.elapsedSeconds))"
        if info.part == nil, let asked = info.runTimeSeconds { plan += " of \(NumberText.clock(seconds: asked))" }
        if info.warmUpNanoseconds > 0 {
            plan += ", the first \(NumberText.clock(seconds: Double(info.warmUpNanoseconds) / 1e9)) as a warm-up"
        }
        var text = TerminalText.wrapped(TerminalText.printable(plan), width: width) + "\n"
        if let reason = info.endedBecause {
            text += style("\(info.part == nil ? "Ended early" : "The run"): \(TerminalText.printable(reason))", .warning) + "\n"
        }
        text += "\n"
        guard total.requests > 0 else {
            let wasIssued = result.workers.contains { $0.issued > 0 }
            let sentence =
                result.warmUp.requests > 0
                ? "No request was completed after the warm-up." : wasIssued ? "No request was completed." : "No request was made."
            return text + style(sentence, .bad) + "\n"
        }
        let rate = NumberText.significant(info.perSecond(total.requests))
        text += style("\(NumberText.grouped(total.requests)) requests   \(rate)/s", .strong) + "   "
        if total.failures == 0 {
            text += "no failures\n"
        } else {
            text += style("\(NumberText.grouped(total.failures)) failed (\(NumberText.percent(total.failureRatio)))", .bad) + "\n"
        }
        text += "response time   \(cells.words(Self.summaryLabels, of: total.responseTime))\n"
        if showsBothTimes { text += "service time    \(cells.words(Self.summaryLabels, of: total.serviceTime))\n" }
        return text
    }

    private static let summaryLabels: [(label: String, percentile: Double)] = [("median", 50), ("p95", 95), ("p99", 99), ("max", 100)]

    /// Whether the measurement is to be believed; empty where nothing was measured.
    package var verdict: String {
        info.assessment.map { VerdictReport($0).text(width: width, isColored: isColored) } ?? ""
    }

    /// One row a request, and the total.
    package var requestTable: String {
        guard !requests.isEmpty else { return "" }
        let hasInterrupted = total.interrupted > 0
        var columns: [TextTable.Column] = [
            .init("Method", short: "", isNumber: false), .init("Name", isNumber: false, isElastic: true),
            .init("Requests", short: "Reqs"), .init("Failures", short: "Fails"), .init("", dispensable: 1),
        ]
        if hasInterrupted { columns.append(.init("Interrupted", short: "Intr")) }
        columns += [
            .init("Median", short: "Med"), .init("Average", short: "Avg"), .init("Min"), .init("Max"),
            .init("Avg size", short: "Size", dispensable: 2), .init("Req/s"),
        ]
        var table = TextTable(columns: columns)
        for request in requests { table.add(requestRow(request, hasInterrupted: hasInterrupted)) }
        let footer = requestRow(total, hasInterrupted: hasInterrupted)
        table.setFooter(footer.map { .init($0.text, $0.style == .plain ? .strong : $0.style) })
        return heading("Requests", "response times in ms") + table.rendered(width: width, isColored: isColored)
    }

    private func requestRow(_ entry: RequestStatistics, hasInterrupted: Bool) -> [TextTable.Cell] {
        let times = entry.responseTime
        let bad: TextStyle = entry.failures > 0 ? .bad : .plain
        var row = nameCells(entry)
        row += [.init(NumberText.grouped(entry.requests)), .init(NumberText.grouped(entry.failures), bad)]
        row.append(.init(entry.failures > 0 ? NumberText.percent(entry.failureRatio) : "", bad))
        if hasInterrupted { row.append(.init(NumberText.grouped(entry.interrupted))) }
        row += [
            cells.median(of: times), cells.figure(times.averageNanoseconds), cells.figure(times.minNanoseconds.map(Double.init)),
            cells.greatest(of: times),
            .init(entry.averageBytes.map(NumberText.bytes) ?? "-"), .init(NumberText.significant(info.perSecond(entry.requests))),
        ]
        return row
    }

    /// One row a request, and the total, or two where both times are to be shown.
    package var percentileTable: String {
        guard total.requests > 0 else { return "" }
        return PercentileTable(requests, total: total, cells: cells, showsBothTimes: showsBothTimes).text(
            width: width, isColored: isColored)
    }

    /// One row a task, or two where both times are to be shown; empty where no iteration has ended.
    package var iterationTable: String {
        IterationTable(result.iterations, total: result.iterationTotal, info: info, cells: cells, showsBothTimes: showsBothTimes)
            .text(width: width, isColored: isColored)
    }

    /// Where the service time went, over all requests. Empty where no phase was measured.
    package var phaseTable: String {
        let rows = RequestStatistics.phaseOrder.compactMap { phase in total.phases[phase].map { (phase, $0) } }.filter { $0.1.count > 0 }
        guard !rows.isEmpty else { return "" }
        var table = TextTable(
            columns: [.init("Phase", isNumber: false), .init("Requests"), .init("Median"), .init("95 %"), .init("99 %"), .init("Max")])
        for (phase, histogram) in rows {
            let times = histogram.microseconds(atPercentiles: [50, 95, 99, 100]) ?? []
            let cells = times.map { TextTable.Cell(NumberText.significant(Double($0) / 1000, 2)) }
            table.add([.init("\(phase)"), .init(NumberText.grouped(histogram.count))] + cells)
        }
        return heading("Phases", "parts of the service time in ms, to 2 digits; lookup, connect and TLS on fresh connections only")
            + table.rendered(width: width, isColored: isColored)
    }

    /// Failures by reason, the most frequent first, 40 at most.
    package var failureTable: String {
        let failures = result.failures
        guard !failures.isEmpty else { return "" }
        var table = TextTable(
            columns: [
                .init("Count"), .init("Method", short: "", isNumber: false), .init("Name", isNumber: false, isElastic: true),
                .init("Reason", isNumber: false, isElastic: true),
            ])
        for failure in failures.prefix(Self.mostRows) {
            table.add([
                .init(NumberText.grouped(failure.count), .bad), .init(failure.key.request.typeText), .init(failure.key.request.name),
                .init(failure.key.reason),
            ])
        }
        return heading("Failures", "") + table.rendered(width: width, isColored: isColored) + remainder(failures.count)
    }

    /// What the script timed itself; empty where it did not.
    package var timingTable: String { customTables.timingTable }

    /// What the script counted itself; empty where it did not.
    package var counterTable: String { customTables.counterTable }

    private var customTables: CustomTables { CustomTables(result.custom, info, width: width, isColored: isColored) }

    /// Errors of the script by place, the most frequent first, 40 at most, and the call stacks of the first few.
    package var exceptionTable: String {
        let exceptions = result.exceptions
        guard !exceptions.isEmpty else { return "" }
        let table = ExceptionTable(Array(exceptions.prefix(Self.mostRows)), width: width, isColored: isColored)
        return table.table + remainder(exceptions.count) + table.stacks
    }

    /// The workers over the whole run; empty where users ran in the master's process.
    package var workerTable: String {
        let rows = info.workers
        guard rows.count > 1 || rows.contains(where: { $0.name != "local" }) else { return "" }
        return WorkerTable(rows, width: width, isColored: isColored, isFinal: true, areOfLocust: result.reading == .locust).text
    }

    /// What became of the thresholds; empty where there are none.
    package var thresholdTable: String { ThresholdTable(info.thresholds, width: width, isColored: isColored).text }

    /// What else is to be known: scheduling delay, connections, the whereabouts of every request, what went above a limit.
    package var notes: String {
        ReportNotes(result, info, total: total, lateStarts: lateStarts).lines.map { note in
            style(TerminalText.wrapped(TerminalText.printable(note.text), width: width), note.isWarning ? .warning : .plain) + "\n"
        }.joined()
    }

    private static let mostRows = 40

    private func remainder(_ count: Int) -> String {
        count > Self.mostRows ? "… and \(count - Self.mostRows) more, all in the files of --csv and --json\n" : ""
    }

    private func heading(_ title: String, _ explanation: String) -> String {
        TextTable.heading(title, explanation, width: width, isColored: isColored)
    }

    private func nameCells(_ entry: RequestStatistics) -> [TextTable.Cell] {
        [.init(entry.key?.typeText ?? ""), .init(entry.key.map { $0.name } ?? "Total")]
    }

    private func style(_ text: String, _ style: TextStyle) -> String { style.applied(to: text, isColored: isColored) }

    /// A percentile as written: `50`, `99.9`.
    static func label(_ percentile: Double) -> String {
        percentile == percentile.rounded() ? "\(Int(percentile))" : "\(percentile)"
    }
}
