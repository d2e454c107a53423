import Statistics
import Testing

@testable import Reporting

@Suite struct ConsoleReportTests {
    @Test(arguments: [80, 120, 200]) func reportIsGolden(width: Int) throws {
        let report = ConsoleReport(SampleRun.result(), SampleRun.info, width: width, isColored: false)
        try expectGolden("report-\(width).txt", report.text)
    }

    @Test func quietReportIsGolden() throws {
        let result = SampleRun.result(isTroubled: false)
        try expectGolden("report-quiet.txt", ConsoleReport(result, SampleRun.info, width: 100, isColored: false).text)
    }

    @Test func lateReportIsGolden() throws {
        let result = SampleRun.result(isLate: true, isTroubled: false)
        try expectGolden("report-late.txt", ConsoleReport(result, SampleRun.info, width: 100, isColored: true).text)
    }

    @Test func emptyRunSaysSo() {
        let text = ConsoleReport(RunResult(), SampleRun.info, width: 100, isColored: false).text
        #expect(text.contains("No request was made."))
        #expect(!text.contains("Method"))
    }

    @Test(arguments: [80, 90, 100, 120, 160, 200]) func noLineIsWiderThanTheTerminal(width: Int) {
        let text = ConsoleReport(SampleRun.result(), SampleRun.info, width: width, isColored: false).text
        for line in text.split(separator: "\n") { #expect(TerminalText.columns(String(line)) <= width, "\(line)") }
    }

    @Test func colourChangesNothingButColour() {
        let result = SampleRun.result()
        let plain = ConsoleReport(result, SampleRun.info, width: 100, isColored: false).text
        let colored = ConsoleReport(result, SampleRun.info, width: 100, isColored: true).text
        #expect(colored != plain)
        #expect(colored.replacing(/\u{1B}\[[0-9]+m/, with: "") == plain)
    }
}
