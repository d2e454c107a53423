import Foundation
import Glibc
import Statistics
import Testing

@testable import Reporting

@Suite struct FileReportTests {
    private static let result = SampleRun.result()

    @Test func statsAreGolden() throws { try expectGolden("run_stats.csv", CSVText.stats(Self.result, SampleRun.info)) }

    @Test func failuresAreGolden() throws { try expectGolden("run_failures.csv", CSVText.failures(Self.result, SampleRun.info)) }

    @Test func exceptionsAreGolden() throws { try expectGolden("run_exceptions.csv", CSVText.exceptions(Self.result)) }

    @Test func customIsGolden() throws { try expectGolden("run_custom.csv", CSVText.custom(SampleRun.measuredResult(), SampleRun.info)) }

    @Test func measuredJSONIsGolden() throws {
        var info = SampleRun.info
        info.dataUse = [
            DataUseRow(file: "accounts.csv", rows: 1000, drawn: 500, burnt: 20, left: 480),
            DataUseRow(file: "terms.jsonl", rows: 7, drawn: 90),
        ]
        let text = JSONReport.text(SampleRun.measuredResult(), info)
        let start = try #require(text.range(of: "\n  \"custom\": {"))
        let end = try #require(text.range(of: "\n  \"workers\": ["))
        try expectGolden("run-custom.json", String(text[start.lowerBound..<end.lowerBound]))
    }

    @Test func historyIsGolden() throws {
        let figures = ResultFigures(Self.result)
        let rows = (0..<20).map { CSVText.historyRow(Self.result, figures, SampleRun.info, second: $0) }
        try expectGolden("run_stats_history.csv", CSVText.historyHeader + "\r\n" + rows.joined())
    }

    /// Locust's full history: a row of each request, with rates and percentiles of the last 10 s, before that of all together.
    @Test func fullHistoryIsGolden() throws {
        var recent = RecentRequests(keepsTimes: true)
        let rows = (0..<20).map { second in
            let result = SampleRun.result(seconds: second + 1)
            let figures = ResultFigures(result)
            recent.note(figures.requests.map { entry in (entry.request, { entry.response }) }, second: second)
            return CSVText.historyRow(result, figures, SampleRun.info, second: second, recent: recent)
        }
        try expectGolden("run_stats_full_history.csv", CSVText.historyHeader + "\r\n" + rows.joined())
    }

    @Test func timesAreGolden() throws {
        let figures = ResultFigures(SampleRun.result(isLate: true))
        try expectGolden("run_times.csv", CSVText.times(figures))
        let row = CSVText.timesHistoryRow(figures, SampleRun.info, second: 19)
        try expectGolden("run_times_history.csv", CSVText.timesHistoryHeader + "\r\n" + row)
    }

    @Test func jsonIsGolden() throws {
        let text = JSONReport.text(Self.result, SampleRun.info)
        try expectGolden("run.json", text)
        #expect(try JSONSerialization.jsonObject(with: Data(text.utf8)) is [String: Any])
    }

    @Test func emptyRunIsValidEverywhere() throws {
        let result = RunResult()
        let nothing = ",Aggregated,0,0,0,0,0,0,0,0.000000,0.000000" + String(repeating: ",N/A", count: 11)
        let figures = ResultFigures(result)
        #expect(CSVText.stats(result, SampleRun.info) == CSVText.statsHeader + "\r\n" + nothing + "\r\n")
        #expect(CSVText.historyRow(result, figures, SampleRun.info, second: 0).contains(",Aggregated,0.000000,0.000000,N/A,"))
        let noTimes = ",Aggregated,0" + String(repeating: ",N/A", count: 30)
        #expect(CSVText.times(figures) == CSVText.timesHeader + "\r\n" + noTimes + "\r\n")
        let json = JSONReport.text(result, SampleRun.info)
        #expect(try JSONSerialization.jsonObject(with: Data(json.utf8)) is [String: Any])
    }

    @Test func histogramsAddUpToTheirRequests() throws {
        let data = Data(JSONReport.text(Self.result, SampleRun.info).utf8)
        let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        for entry in try #require(document["requests"] as? [[String: Any]]) {
            let histograms = try #require(entry["histograms_us"] as? [String: [[Int]]])
            #expect(histograms["response_time"]?.reduce(0) { $0 + $1[1] } == entry["requests"] as? Int)
            #expect(histograms["service_time"]?.reduce(0) { $0 + $1[1] } == entry["requests"] as? Int)
        }
    }

    @Test func filesAreCompleteAtTheEnd() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cicada-csv-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let prefix = folder.appending(path: "run").path
        var files = try CSVFiles(prefix: prefix)
        try files.update(SampleRun.result(seconds: 2), SampleRun.info, second: 1)
        try files.update(SampleRun.result(seconds: 2), SampleRun.info, second: 1)
        try files.finish(Self.result, SampleRun.info)
        func content(_ name: String) throws -> String {
            String(decoding: try Data(contentsOf: URL(filePath: prefix + name)), as: UTF8.self)
        }
        let stats = try content("_stats.csv")
        #expect(stats == CSVText.stats(Self.result, SampleRun.info))
        #expect(try content("_failures.csv") == CSVText.failures(Self.result, SampleRun.info))
        #expect(try content("_exceptions.csv") == CSVText.exceptions(Self.result))
        let rows = try content("_stats_history.csv").components(separatedBy: "\r\n")
        #expect(rows.count == 4)
        let figures = ResultFigures(Self.result)
        #expect(rows[2] == CSVText.historyRow(Self.result, figures, SampleRun.info, second: 19).replacing("\r\n", with: ""))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 9)
        #expect(try content("_times.csv") == CSVText.times(figures))
        let times = try content("_times_history.csv").components(separatedBy: "\r\n")
        #expect(times.count == 4)
        #expect(times[2] == CSVText.timesHistoryRow(figures, SampleRun.info, second: 19).replacing("\r\n", with: ""))
        #expect(try content("_iterations.csv") == CSVText.iterations(Self.result, SampleRun.info))
        #expect(try content("_custom.csv") == CSVText.customHeader + "\r\n")
    }

    /// Replacing `/dev/stdout` or `/dev/null` by a file would harm the whole machine.
    @Test func whatIsNoRegularFileStaysWhatItIs() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "cicada-pipe-\(UUID())").path
        #expect(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        let reader = open(path, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        try ReportFile.replace(path, with: "text")
        var bytes = [UInt8](repeating: 0, count: 16)
        #expect(read(reader, &bytes, bytes.count) == 4)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        let (file, link) = (path + "-file", path + "-link")
        defer { for path in [file, link] { unlink(path) } }
        try ReportFile.replace(file, with: "a longer text")
        #expect(symlink(file, link) == 0)
        try ReportFile.replace(link, with: "short")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "short")
        #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    }

    @Test func aFullDiskIsToldAndHarmsNothing() throws {
        let full = #expect(throws: ReportingError.self) {
            var file = try ReportFile(creating: "/dev/full")
            try file.append("text")
        }
        #expect(full?.description == "cannot write /dev/full: No space left on device (errno 28)")
        let device = #expect(throws: ReportingError.self) { try ReportFile.replace("/dev/full", with: "text") }
        #expect(device?.description == "cannot write /dev/full: No space left on device (errno 28)")
        let missing = #expect(throws: ReportingError.self) { try ReportFile.replace("/no/such/folder/run.json", with: "") }
        #expect(missing?.description.contains("/no/such/folder/run.json") == true)
        #expect(missing?.description.contains("No such file or directory") == true)
    }
}
