import Foundation
import Judgement
import Testing

@testable import Reporting

struct ThresholdReportTests {
    static let results: [ThresholdResult] = {
        func read(_ text: String) -> Threshold {
            do { return try Threshold(text) } catch { preconditionFailure("\(error)") }
        }
        return [
            ThresholdResult(threshold: read("p95 < 200ms"), outcome: .passed, measured: 148e6),
            ThresholdResult(threshold: read("throughput > 1000/s"), outcome: .failed, measured: 950.5),
            ThresholdResult(
                threshold: read("failure_rate < 1% over 10s abort"), outcome: .failed, measured: 0.042,
                windows: .init(count: 21, failed: 3, worstEnd: 34), stoppedAfter: 34),
            ThresholdResult(
                threshold: read("name(\"a <b> & 'c'\").p99 < 1s"), outcome: .notEvaluated, reason: "no request had the name \"a <b> & 'c'\""
            ),
            ThresholdResult(
                threshold: read("counter(\"co\u{1B}ins\") >= 5 over 2s"), outcome: .passed, measured: 7.25,
                windows: .init(count: 3, worstEnd: 4)),
        ]
    }()

    private var info: RunInfo {
        var info = SampleRun.info
        info.thresholds = Self.results
        return info
    }

    @Test(arguments: [80, 120]) func theBlockIsGolden(width: Int) throws {
        let report = ConsoleReport(SampleRun.result(seconds: 1), info, width: width, isColored: false)
        try expectGolden("thresholds-\(width).txt", report.thresholdTable)
        #expect(report.text.hasSuffix(report.thresholdTable))
    }

    @Test func withoutThresholdsThereIsNoBlock() {
        #expect(ConsoleReport(SampleRun.result(seconds: 1), SampleRun.info, width: 80, isColored: false).thresholdTable.isEmpty)
    }

    @Test func rowsAreGolden() throws { try expectGolden("run_thresholds.csv", CSVText.thresholds(Self.results)) }

    @Test func jsonHasThem() throws {
        let text = JSONReport.text(SampleRun.result(seconds: 1), info)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let thresholds = try #require(object["thresholds"] as? [[String: Any]])
        #expect(thresholds.map { $0["outcome"] as? String } == ["passed", "failed", "failed", "not evaluated", "passed"])
        #expect(thresholds.map { $0["unit"] as? String } == ["ms", "per_s", "ratio", "ms", "amount"])
        #expect(thresholds.map { $0["bound"] as? Double } == [200, 1000, 0.01, 1000, 5])
        #expect(thresholds.map { $0["measured"] as? Double } == [148, 950.5, 0.042, nil, 7.25])
        #expect(thresholds[2]["windows_failed"] as? Int == 3 && thresholds[2]["stopped_run_after_s"] as? Int == 34)
        #expect(thresholds[3]["reason"] as? String == "no request had the name \"a <b> & 'c'\"")
    }

    // MARK: - JUnit

    @Test func junitIsGolden() throws { try expectGolden("thresholds.xml", JUnitReport.text(Self.results, info, host: "build-7")) }

    @Test func junitIsWellFormedAndCountsItsCases() throws {
        for trouble in [nil, "interrupted by \"Ctrl-C\""] {
            let document = try MarkupDocument(JUnitReport.text(Self.results, info, host: "", trouble: trouble))
            let suites = document.root
            #expect(suites.name == "testsuites" && suites.attributes.isEmpty && suites.children.map(\.name) == ["testsuite"])
            let suite = try #require(suites.children.first)
            let cases = suite.children.filter { $0.name == "testcase" }
            #expect(cases.count == (trouble == nil ? 5 : 6))
            // The order of Ant's schema, and all that it asks for.
            #expect(suite.children.map(\.name) == ["properties"] + cases.map(\.name) + ["system-out", "system-err"])
            #expect(
                Set(suite.attributes.keys)
                    == ["id", "package", "name", "timestamp", "hostname", "tests", "failures", "errors", "time"])
            #expect(
                suite.attributes["hostname"] == "localhost"
                    && suite.attributes["timestamp"]?.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/#) != nil)
            #expect(suite.attributes["tests"] == "\(cases.count)" && suite.attributes["failures"] == "2")
            #expect(suite.attributes["errors"] == (trouble == nil ? "1" : "2"))
            #expect(
                cases.allSatisfy {
                    Set($0.attributes.keys) == ["name", "classname", "time"] && $0.attributes["classname"] == "cicada.sample-webapp"
                })
            let judged = cases.suffix(5)
            #expect(judged.map { $0.children.map(\.name) } == [[], ["failure"], ["failure"], ["error"], []])
            #expect(judged.map { $0.attributes["name"] } == Self.results.map { $0.threshold.text.replacing("\u{1B}", with: " ") })
            let failure = try #require(judged.dropFirst(2).first?.children.first)
            #expect(
                failure.attributes["message"]
                    == "3 of 21 windows failed, at worst 4.20 % in the one that ended after 34 s; it stopped the run after 34 s")
            #expect(failure.attributes["type"] == "not held" && failure.text.contains("is below 1.00 %"))
        }
    }

    @Test func aRunThatHasNotEndedHasErrorsOnly() throws {
        let document = try MarkupDocument(JUnitReport.pending(Self.results.map(\.threshold), info, host: "h"))
        let cases = try #require(document.root.children.first).children.filter { $0.name == "testcase" }
        #expect(cases.count == 6 && cases.allSatisfy { $0.children.map(\.name) == ["error"] })
    }

    @Test func aRunWithoutThresholdsHasAnEmptySuite() throws {
        let document = try MarkupDocument(JUnitReport.text([], SampleRun.info, host: "h"))
        #expect(document.root.children.first?.attributes["tests"] == "0")
    }
}
