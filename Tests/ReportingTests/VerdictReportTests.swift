import Foundation
import Judgement
import Statistics
import Testing

@testable import Reporting

struct VerdictReportTests {
    private static let assessment = Assessment([
        Finding(
            .valid, rule: "target-saturated", cause: "the service time's median is 400 ms", figures: [.init("service_time_median_ms", 400)]),
        Finding(
            .invalid, rule: "cpu-throttled",
            cause: "the generator was held up by its CPU quota of 0.2 cores in 98 % of the quota's periods, worst on worker \u{1B}[31mred",
            remedy: "Raise the quota (the container's CPU limit), or use fewer users or more workers.",
            figures: [.init("throttled_periods_ratio", 0.98), .init("quota_cores", 0.2)]),
        Finding(.suspect, rule: "few-requests", cause: "12 requests are too few", remedy: "Run longer.", figures: [.init("requests", 12)]),
    ])

    private static func report(_ assessment: Assessment?, isColored: Bool = false) -> String {
        var info = SampleRun.info
        info.assessment = assessment
        return ConsoleReport(SampleRun.result(seconds: 1), info, width: 80, isColored: isColored).text
    }

    @Test func theVerdictStandsAboveTheTables() throws {
        let text = Self.report(Self.assessment)
        let verdict = try #require(text.range(of: "Measurement: INVALID\n"))
        let tables = try #require(text.range(of: "\nRequests  "))
        #expect(verdict.upperBound < tables.lowerBound)
        #expect(
            text[verdict.lowerBound..<tables.lowerBound] == """
                Measurement: INVALID
                  invalid: the generator was held up by its CPU quota of 0.2 cores in 98 % of
                    the quota's periods, worst on worker [31mred.
                    Raise the quota (the container's CPU limit), or use fewer users or more
                      workers.
                  suspect: 12 requests are too few.
                    Run longer.
                  note: the service time's median is 400 ms.

                """)
    }

    @Test func aValidOneIsALine() {
        #expect(Self.report(Assessment([])).contains("\n\nMeasurement: valid\n\n"))
        #expect(!Self.report(nil).contains("Measurement"))
    }

    @Test func coloursAreForWhoWantsThem() {
        let text = Self.report(Self.assessment, isColored: true)
        #expect(text.contains("\u{1B}[31mMeasurement: INVALID\u{1B}[0m\n"))
        #expect(text.contains("  \u{1B}[33msuspect: 12 requests are too few.\u{1B}[0m\n"))
        #expect(!Self.report(Self.assessment).contains("\u{1B}"))
    }

    @Test func theResultFileHasAllOfIt() throws {
        struct File: Decodable {
            struct Verdict: Decodable {
                struct Finding: Decodable {
                    var level: String
                    var rule: String
                    var cause: String
                    var remedy: String
                    var figures: [String: Double]
                }
                var level: String
                var findings: [Finding]
            }
            var verdict: Verdict?
        }
        var info = SampleRun.info
        func file() throws -> File {
            try JSONDecoder().decode(File.self, from: Data(JSONReport.text(SampleRun.result(seconds: 1), info).utf8))
        }
        #expect(try file().verdict == nil)
        info.assessment = Self.assessment
        let verdict = try #require(try file().verdict)
        #expect(verdict.level == "invalid" && verdict.findings.map(\.level) == ["invalid", "suspect", "valid"])
        #expect(
            verdict.findings[0].rule == "cpu-throttled"
                && verdict.findings[0].figures == ["throttled_periods_ratio": 0.98, "quota_cores": 0.2])
        #expect(verdict.findings[0].remedy.hasPrefix("Raise the quota"))
    }
}
