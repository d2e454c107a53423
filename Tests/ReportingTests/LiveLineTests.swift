import Statistics
import Testing

@testable import Reporting

@Suite struct LiveLineTests {
    private var line: LiveLine {
        var info = SampleRun.info
        info.elapsedNanoseconds = 12_300_000_000
        return LiveLine(SampleRun.result(seconds: 12), info, before: 12)
    }

    @Test func wholeLineForALog() {
        #expect(
            line.plain
                == "0:12 elapsed, 0:08 left   1,000 users   100 req/s   5 failed (0.42 %)   p50 1.19 ms   p95 3.81 ms")
    }

    @Test(arguments: 20...200) func lineFitsTheTerminal(width: Int) {
        #expect(TerminalText.columns(line.text(width: width, isColored: false)) <= width)
    }

    @Test func narrowLineKeepsWhatMatters() {
        let text = line.text(width: 60, isColored: false)
        for part in ["0:12", "1,000 users", "req/s", "failed", "p95"] { #expect(text.contains(part)) }
    }

    @Test(arguments: 50...120) func theWantedUsersAreKept(width: Int) {
        var info = SampleRun.info
        info.users = 40
        let text = LiveLine(RunResult(), info, before: 0).text(width: width, isColored: false)
        #expect(text.contains("0 of 40 users"), "\(text)")
    }

    @Test func beforeTheFirstRequestThereAreNoTimes() {
        let plain = LiveLine(RunResult(), SampleRun.info, before: 0).plain
        #expect(plain.hasSuffix("0 of 1,000 users   0 req/s   no failures   p50 -   p95 -"))
    }
}
