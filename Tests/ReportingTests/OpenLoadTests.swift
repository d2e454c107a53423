import Foundation
import LoadModel
import Statistics
import Testing

@testable import Reporting

/// Both times, iterations, starts and the warm-up, in every output.
struct OpenLoadTests {
    private static let whole = SampleRun.openResult()
    private static let dropping = SampleRun.openResult(dropped: 100)

    private func report(_ result: RunResult, _ info: RunInfo = SampleRun.openInfo, width: Int = 100) -> ConsoleReport {
        ConsoleReport(result, info, width: width, isColored: false)
    }

    @Test(arguments: [80, 120]) func reportIsGolden(width: Int) throws {
        let text = report(Self.dropping, width: width).text
        try expectGolden("report-open-\(width).txt", text)
        for line in text.split(separator: "\n") { #expect(TerminalText.columns(String(line)) <= width, "\(line)") }
    }

    @Test func iterationsFileIsGolden() throws {
        try expectGolden("run_iterations.csv", CSVText.iterations(Self.dropping, SampleRun.openInfo))
    }

    @Test func openStatsFileIsGolden() throws {
        try expectGolden("run-open_stats.csv", CSVText.stats(Self.dropping, SampleRun.openInfo))
    }

    @Test func openJSONIsGolden() throws {
        let text = JSONReport.text(Self.dropping, SampleRun.openInfo)
        let end = try #require(text.range(of: "\n  \"failures\": ["))
        try expectGolden("run-open.json", String(text[..<end.lowerBound]))
    }

    /// The table of docs/statistics.md.
    @Test func theStallOfTheDocumentationIsShown() throws {
        let total = Self.whole.total()
        func milliseconds(_ times: TimeStatistics) -> [Int64] {
            times.nanoseconds(atPercentiles: [50, 90, 95, 99, 99.9, 100])?.map { ($0 + 500_000) / 1_000_000 } ?? []
        }
        let response = milliseconds(total.responseTime)
        for (measured, expected) in zip(response, [2, 2, 402, 1202, 1382, 1400] as [Int64]) {
            #expect(abs(measured - expected) <= 2, "\(response)")
        }
        let service = milliseconds(total.serviceTime)
        for (measured, expected) in zip(service, [2, 2, 2, 2, 1380, 1400] as [Int64]) {
            #expect(abs(measured - expected) <= 2, "\(service)")
        }
        let summary = report(Self.whole, width: 200).summary
        #expect(summary.contains("response time   median 2.00 ms   p95 402 ms   p99 1202 ms   max 1400 ms\n"), "\(summary)")
        #expect(summary.contains("service time    median 2.00 ms   p95 2.00 ms   p99 2.00 ms   max 1400 ms\n"), "\(summary)")
        #expect(summary.contains("1,000 starts per second, at most 100 users, ran 0:22 of 0:22, the first 0:02 as a warm-up\n"))
    }

    @Test func withoutScheduleAndDelayThereIsOneTime() {
        var info = SampleRun.openInfo
        info.hasSchedule = false
        let prompt = SampleRun.result(seconds: 2, isTroubled: false)
        for section in [report(prompt, info).summary, report(prompt, info).percentileTable] { #expect(!section.contains("service")) }
        info.hasSchedule = true
        for section in [report(prompt, info).summary, report(prompt, info).percentileTable] { #expect(section.contains("service")) }
        // Nobody has to know of the schedule to see that requests were late.
        info.hasSchedule = false
        let late = report(Self.whole, info)
        for section in [late.summary, late.percentileTable] { #expect(section.contains("service")) }
        #expect(late.iterationTable.contains("duration"))
    }

    /// The target may have kept the users busy that late starts waited for.
    @Test func whoseDoingADelayIsIsLeftToTheVerdict() {
        let notes = report(Self.whole, width: 2000).notes
        #expect(notes.contains("Scheduling delay: requests started late, by 42.3 ms on average and 1106 ms at p99."), "\(notes)")
        #expect(notes.contains("whose doing it is, the verdict says.") && !notes.contains("generator's doing"))
    }

    @Test func startsAreAccountedFor() {
        func line(_ result: RunResult, due: Int64?) -> String? {
            var info = SampleRun.openInfo
            info.startsDue = due
            return report(result, info).notes.split(separator: "\n").first { $0.hasPrefix("Starts:") }.map(String.init)
        }
        #expect(line(Self.dropping, due: 22_002) == "Starts: 22,002 due = 21,900 begun + 100 dropped + 2 lost.")
        #expect(line(Self.whole, due: 22_000) == "Starts: 22,000 due = 22,000 begun + 0 dropped + 0 lost.")
        #expect(line(Self.dropping, due: nil) == "Starts: 22,000 due = 21,900 begun + 100 dropped + 0 lost.")
        #expect(line(SampleRun.result(seconds: 1), due: nil) == nil)
        #expect(line(RunResult(), due: 7) == "Starts: 7 due = 0 begun + 0 dropped + 7 lost.")
    }

    /// 100 of 20,000 measured starts were dropped: 99.5 % can be told, 99.9 % cannot.
    @Test func whatCannotBeMeasuredIsShownAsSuch() throws {
        let report = report(Self.dropping, width: 200)
        let rows = report.percentileTable.split(separator: "\n")
        #expect(rows.count { $0.contains("response") && $0.hasSuffix("n/m      n/m    n/m") } == 2)
        #expect(rows.count { $0.contains("service") && $0.hasSuffix("n/m      n/m    n/m") } == 2)
        #expect(report.percentileTable.split(separator: "n/m").count == 3 * 4 + 1)
        #expect(report.summary.contains("p95 402 ms   p99 1202 ms   max n/m"), "\(report.summary)")
        #expect(report.notes.contains("percentiles above 99.500 %"))
        #expect(!self.report(Self.whole).text.contains("n/m"))

        let csv = CSVText.stats(Self.dropping, SampleRun.openInfo).split(separator: "\r\n").map { $0.split(separator: ",") }
        #expect(csv[1].count == csv[0].count)
        for (header, field) in zip(csv[0], csv[1]) {
            let isHigh = ["99.9%", "99.99%", "100%"].contains { header == $0 }
            #expect((field == "N/A") == isHigh, "\(header)")
        }
        let times = CSVText.times(ResultFigures(Self.dropping)).split(separator: "\r\n").map { $0.split(separator: ",") }
        #expect(times[1].count == times[0].count)
        for (header, field) in zip(times[0], times[1]) {
            let isHigh = ["99.9%", "99.99%", "100%"].contains { header == "Response \($0)" || header == "Service \($0)" }
            #expect((field == "N/A") == isHigh, "\(header)")
        }
        let data = Data(JSONReport.text(Self.dropping, SampleRun.openInfo).utf8)
        let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        for (place, keys) in [("total", ["response_time_ms", "service_time_ms"]), ("iterations", ["response_time_ms", "duration_ms"])] {
            var figures = try #require(document[place] as? [String: Any])
            if place == "iterations" { figures = try #require(figures["total"] as? [String: Any]) }
            for key in keys {
                let times = try #require(figures[key] as? [String: Any])
                let percentiles = try #require(times["percentiles"] as? [String: Any])
                #expect(
                    percentiles["99"] is Double && percentiles["99.9"] is NSNull && percentiles["100"] is NSNull && times["max"] is Double)
            }
        }
        let starts = try #require(document["starts"] as? [String: Any])
        #expect(starts["measurable_below_percent"] as? Double == 99.5 && starts["lost"] as? Int == 2)
    }

    @Test func theWarmUpIsSaid() {
        let notes = report(Self.whole, width: 200).notes
        #expect(notes.contains("Warm-up: 2,000 requests and 2,000 iterations of the first 0:02 are in no figure above.\n"))
        #expect(notes.contains("Requests: 22,000 issued = 20,000 merged + 2,000 in the warm-up + 0 interrupted + 0 unaccounted.\n"))
        #expect(report(Self.whole).summary.contains("20,000 requests   1000/s"))
        var result = RunResult()
        let recorder = IntervalRecorder()
        recorder.record(
            RequestSample(
                request: recorder.request(method: .get, name: UnsafeRawBufferPointer(start: nil, count: 0)), serviceTimeNanoseconds: 1,
                responseTimeNanoseconds: 1))
        result.mergeWarmUp(recorder.takeSnapshot(), fromWorker: "w", second: 0)
        #expect(report(result).summary.contains("No request was completed after the warm-up."))
    }

    @Test func busyUsersAreThroughputTimesDuration() throws {
        let data = Data(JSONReport.text(Self.whole, SampleRun.openInfo).utf8)
        let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let generator = try #require(document["generator"] as? [String: Any])
        let busy = try #require(generator["busy_users_average"] as? Double)
        let duration = try #require(Self.whole.iterationTotal.duration.averageNanoseconds)
        #expect(abs(busy - 1000 * duration / 1e9) < 1e-3)
        let lag = try #require(generator["loop_lag_ms"] as? [String: Any])
        #expect(lag["max"] as? Double == 0.119)
    }

    @Test func liveLineShowsStartsAndDrops() {
        var info = SampleRun.openInfo
        info.elapsedNanoseconds = 13_200_000_000
        let line = LiveLine(Self.dropping, info, before: 13)
        #expect(
            line.plain.hasPrefix("0:13 elapsed, 0:09 left   967 of 1000 starts/s   967 req/s   no failures   100 dropped   p50 2.01 ms"),
            "\(line.plain)")
        info.elapsedNanoseconds = 1_200_000_000
        #expect(LiveLine(RunResult(), info, before: 1).plain.contains("left   warm-up   0 of 1000 starts/s"))
        for width in 20...200 { #expect(TerminalText.columns(line.text(width: width, isColored: false)) <= width) }
    }

    /// p95 of the last 10 s cannot be told when a tenth of their starts was dropped.
    @Test func liveLineTellsNoPercentileThatItDoesNotKnow() {
        let recorder = IntervalRecorder()
        for _ in 0..<9 {
            recorder.countStart()
            recorder.record(
                RequestSample(
                    request: recorder.request(method: .get, name: UnsafeRawBufferPointer(start: nil, count: 0)),
                    serviceTimeNanoseconds: 1_000_000, responseTimeNanoseconds: 1_000_000))
        }
        recorder.countDroppedStart()
        var result = RunResult()
        result.merge(recorder.takeSnapshot(), fromWorker: "w", second: 0)
        #expect(LiveLine(result, SampleRun.openInfo, before: 1).plain.hasSuffix("1 dropped   p50 1.00 ms   p95 n/m"))
        let text = CSVText.historyRow(result, ResultFigures(result), SampleRun.openInfo, second: 0)
        let row = text.split(separator: ",", omittingEmptySubsequences: false)
        #expect(row[10].hasPrefix("1.") && row[11] == "N/A")
    }

    /// Whoever reads Locust's files reads these: the headers are Locust's, byte for byte.
    @Test func locustsColumnsAreLocusts() {
        #expect(
            CSVText.statsHeader
                == "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,"
                + "Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%")
        #expect(
            CSVText.historyHeader
                == "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%,"
                + "Total Request Count,Total Failure Count,Total Median Response Time,Total Average Response Time,"
                + "Total Min Response Time,Total Max Response Time,Total Average Content Size")
        #expect(CSVText.failuresHeader == "Method,Name,Error,Occurrences,First Seen,Last Seen")
        #expect(CSVText.exceptionsHeader == "Count,Message,Traceback,Nodes")
        let figures = ResultFigures(Self.dropping)
        for text in [
            CSVText.stats(Self.dropping, SampleRun.openInfo), CSVText.iterations(Self.dropping, SampleRun.openInfo),
            CSVText.iterations(RunResult(), SampleRun.info),
            CSVText.historyHeader + "\r\n" + CSVText.historyRow(Self.dropping, figures, SampleRun.openInfo, second: 21),
            CSVText.times(figures),
            CSVText.timesHistoryHeader + "\r\n" + CSVText.timesHistoryRow(figures, SampleRun.openInfo, second: 21),
        ] {
            let rows = text.split(separator: "\r\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).count }
            #expect(rows.count > 1 && Set(rows).count == 1, "\(rows)")
        }
    }
}
