import LoadModel
import Statistics
import Testing

@testable import Reporting

struct CustomTablesTests {
    @Test(arguments: [80, 120]) func tablesAreGolden(width: Int) throws {
        let report = ConsoleReport(SampleRun.measuredResult(), SampleRun.info, width: width, isColored: false)
        try expectGolden("custom-\(width).txt", report.timingTable + "\n" + report.counterTable)
        #expect(report.text.contains(report.timingTable + "\n" + report.counterTable))
        for line in report.text.split(separator: "\n") { #expect(TerminalText.columns(String(line)) <= width, "\(line)") }
    }

    @Test func whoMeasuresNothingReadsNothing() {
        let text = ConsoleReport(SampleRun.result(seconds: 2), SampleRun.info, width: 100, isColored: false).text
        #expect(!text.contains("Custom timings") && !text.contains("Counters"))
    }

    @Test func namesOverTheLimitAreTold() {
        var limits = StatisticsLimits()
        limits.custom = 1
        let recorder = IntervalRecorder(limits: limits)
        for name in ["a", "b"] { recorder.record(.counter(name: name, amount: 1)) }
        var result = RunResult()
        result.merge(recorder.takeSnapshot(), fromWorker: "w", second: 0)
        let notes = ConsoleReport(result, SampleRun.info, width: 200, isColored: false).notes
        #expect(
            notes.contains(
                "More names of timings and counters than are told apart: the rest is in (other), for example \"b\". "
                    + "Leave changing parts out of their names."))
    }

    static let amounts: [(Double, String)] = [
        (0, "0"), (1, "1"), (1234.5, "1,234.5"), (-1234.5678, "-1,234.568"), (1.9999, "2"), (0.25, "0.250"), (1_234_567, "1,234,567"),
        (-0.001, "-0.00100"), (1e20, "1e+20"), (2.05, "2.05"),
    ]

    @Test(arguments: amounts) func amountsAreReadable(value: Double, text: String) { #expect(NumberText.amount(value) == text) }

    static let rows: [(DataUseRow, String)] = [
        (
            DataUseRow(file: "accounts.csv", rows: 1000, drawn: 500, burnt: 20, left: 480),
            "accounts.csv: 500 of 1,000 rows drawn, 20 burnt with lost workers, 480 left"
        ),
        (DataUseRow(file: "a.csv", rows: 1, drawn: 1, left: 0), "a.csv: 1 of 1 row drawn, 0 left"),
        (DataUseRow(file: "terms.jsonl", rows: 7, drawn: 1234), "terms.jsonl: 1,234 draws from 7 rows"),
    ]

    @Test(arguments: rows) func dataUseIsASentence(row: DataUseRow, text: String) {
        #expect(row.text == text)
        var info = SampleRun.info
        info.dataUse = [row]
        #expect(ConsoleReport(SampleRun.result(seconds: 1), info, width: 120, isColored: false).notes.contains(text + ".\n"))
    }
}
