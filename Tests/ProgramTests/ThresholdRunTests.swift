import Foundation
import Glibc
import TestServers
import Testing

extension ProgramTests {
    /// Thresholds of whole runs: what they print, write and exit with.
    struct ThresholdRunTests {
        private struct Judged: Decodable, Sendable {
            var threshold: String
            var outcome: String
            var measured: Double?
            var windows: Int?
            var stoppedAfter: Int?
            var reason: String?

            private enum CodingKeys: String, CodingKey {
                case threshold, outcome, measured, windows, reason
                case stoppedAfter = "stopped_run_after_s"
            }
        }

        private struct Result: Decodable, Sendable {
            var thresholds: [Judged]
        }

        private struct Run: Sendable {
            var end: RunningProgram.End
            var thresholds: [Judged]
            var junit: String
            var rows: [String]
            var seconds: Double
        }

        /// A run against `sample-webapp`.
        private func run(_ flags: [String], server: [String] = [], environment: [String: String] = [:]) async throws -> Run {
            try await Webapp.with(server) { webapp in
                let folder = try TestFolder()
                let script = try folder.file("script.lua", Scripts.steady)
                let start = Date()
                let end = try RunningProgram(
                    path: RunningProgram.path(ofBuilt: "cicada"),
                    [
                        "run", script, "--host", webapp.url, "--users", "20", "--spawn-rate", "200", "--json", "\(folder.path)/r.json",
                        "--junit",
                        "\(folder.path)/r.xml", "--csv", "\(folder.path)/r",
                    ] + flags, environment: environment
                ).waitForEnd(atMost: 60)
                let seconds = Date().timeIntervalSince(start)
                let data = FileManager.default.contents(atPath: "\(folder.path)/r.json") ?? Data()
                let result = try? JSONDecoder().decode(Result.self, from: data)
                return Run(
                    end: end, thresholds: result?.thresholds ?? [], junit: (try? folder.text("r.xml")) ?? "",
                    rows: ((try? folder.text("r_thresholds.csv")) ?? "").split(separator: "\r\n").map(String.init), seconds: seconds)
            }
        }

        @Test func whatIsKeptIsToldAndExitsWithZero() async throws {
            let run = try await run([
                "--run-time", "3s", "--threshold", "median < 5s", "--threshold", "failures == 0; throughput > 1/s over 2s", "--threshold",
                "name(\"GET /\").p90 < 10s",
            ])
            #expect(run.end.exitCode == 0, "\(run.end)")
            #expect(run.thresholds.map(\.outcome) == ["passed", "passed", "passed", "passed"])
            #expect(run.thresholds[2].windows == 2 && run.thresholds[1].measured == 0)
            #expect(run.end.output.contains("Thresholds  4 of 4 passed") && run.end.output.contains("✓  median"), "\(run.end)")
            #expect(run.rows.count == 5 && run.rows[1].hasPrefix("median < 5s,passed,median,<,5000"), "\(run.rows)")
            #expect(run.junit.contains("tests=\"4\" failures=\"0\" errors=\"0\""), "\(run.junit)")
        }

        @Test func whatIsNotKeptOrNotKnownExitsWith99() async throws {
            let run = try await run(
                [
                    "--run-time", "1500ms", "--threshold", "min > 1h", "--threshold", "median < 1h", "--threshold",
                    "name(\"/no\").failures == 0",
                ],
                server: ["--latency", "5ms"])
            #expect(run.end.exitCode == 99, "\(run.end)")
            #expect(run.thresholds.map(\.outcome) == ["failed", "passed", "not evaluated"])
            #expect(
                run.thresholds[2].reason == "no request had the name \"/no\"; did you mean \"/\"?"
                    || run.thresholds[2].reason == "no request had the name \"/no\"")
            #expect(run.end.errors.contains("2 of 3 thresholds were not passed:"), "\(run.end)")
            #expect(run.end.output.contains("✗  min") && run.end.output.contains("–  name(\"/no\").failures"), "\(run.end)")
            #expect(run.junit.contains("tests=\"3\" failures=\"1\" errors=\"1\""), "\(run.junit)")
        }

        /// A real slow server, and a run that would go on for a minute.
        @Test func aThresholdStopsTheRunAfterItsGrace() async throws {
            let run = try await run(
                ["--run-time", "60s", "--threshold", "median < 100ms over 2s abort after 3s", "--threshold", "max < 10ms"],
                server: ["--latency", "300ms"])
            #expect(run.end.exitCode == 99, "\(run.end)")
            #expect(run.seconds < 20, "it took \(run.seconds) s")
            let judged = try #require(run.thresholds.first)
            // Windows end with whole seconds: the first one after the grace is that of 3 s, or a later one on a machine that is busy.
            #expect(judged.outcome == "failed" && judged.stoppedAfter.map { (3...8).contains($0) } == true, "\(judged)")
            #expect(judged.measured.map { $0 >= 300 && $0 < 2000 } == true, "\(judged)")
            #expect(run.end.output.contains("Ended early: stopped by threshold median < 100ms over 2s abort after 3s"), "\(run.end)")
            #expect(run.end.errors.contains("stopped by threshold") && run.junit.contains("it stopped the run after"), "\(run.end)")
        }

        @Test func theWholeRunSoFarStopsItToo() async throws {
            let run = try await run(
                ["--run-time", "60s", "--threshold", "failure_rate < 10% abort after 2s"], server: ["--failure-rate", "100%"])
            #expect(run.end.exitCode == 99 && run.seconds < 20, "\(run.end)")
            #expect(run.thresholds.first?.measured == 1 && run.thresholds.first?.stoppedAfter != nil, "\(run.thresholds)")
        }

        /// 99 is before the code of failed requests, and behind that of a run in which nothing was measured.
        @Test func otherCodesHaveTheirPlace() async throws {
            let failed = try await run(
                ["--run-time", "1s", "--threshold", "failures == 0", "--exit-code-on-failure", "7"], server: ["--failure-rate", "100%"])
            #expect(failed.end.exitCode == 99, "\(failed.end)")
            let kept = try await run(
                ["--run-time", "1s", "--threshold", "failures > 0", "--exit-code-on-failure", "7"], server: ["--failure-rate", "100%"])
            #expect(kept.end.exitCode == 7, "\(kept.end)")
            let nothing = try await run(["--run-time", "1s", "--threshold", "failures == 0"], server: ["--latency", "60s"])
            #expect(nothing.end.exitCode == 5 && nothing.thresholds.first?.outcome == "not evaluated", "\(nothing.end)")
            #expect(nothing.junit.contains("the run comes to its end") && nothing.junit.contains("errors=\"2\""), "\(nothing.junit)")
        }

        @Test(arguments: [
            (
                "p95 < 200",
                "--threshold: threshold 'p95 < 200', column 7: '200' has no unit: is that 200 ms, or 200 s? Write 200ms or 200s."
            ),
            ("medain < 1s", "did you mean 'median'?"), ("p95 < 1s over 30s", "no window of 30 s comes to its end"),
        ])
        func whatIsNoThresholdIsRefusedBeforeTheRun(text: String, words: String) async throws {
            let run = try await run(["--run-time", "1s", "--threshold", text])
            #expect(run.end.exitCode == 2 && run.end.errors.contains(words) && run.end.output.isEmpty, "\(run.end)")
            #expect(run.junit.isEmpty)
        }

        @Test func theEnvironmentGivesThemToo() async throws {
            let run = try await run(["--run-time", "1s"], environment: ["CICADA_THRESHOLD": "median < 1h, min > 1h"])
            #expect(run.end.exitCode == 99 && run.thresholds.map(\.outcome) == ["passed", "failed"], "\(run.end)")
            let wrong = try await self.run(["--run-time", "1s"], environment: ["CICADA_THRESHOLD": "p95"])
            #expect(wrong.end.exitCode == 2 && wrong.end.errors.contains("CICADA_THRESHOLD: threshold 'p95', column 4"), "\(wrong.end)")
        }

        @Test func aFileListsThem() async throws {
            let end = try await Webapp.with { webapp in
                let folder = try TestFolder()
                _ = try folder.file("s.lua", Scripts.steady)
                _ = try folder.file(
                    "cicada.yaml",
                    "script: s.lua\nhost: \(webapp.url)\nrun-time: 1s\njunit: r.xml\nthreshold:\n  - median < 1h\n  - name(\"a, b\").max < 1s\n"
                )
                let end = try CicadaCall.now(["run"], in: folder.path)
                #expect(try folder.text("r.xml").contains("tests=\"2\" failures=\"0\" errors=\"1\""))
                _ = try folder.file("cicada.yaml", "script: s.lua\nhost: \(webapp.url)\nthreshold: p95 < 1\n")
                let wrong = try CicadaCall.now(["run"], in: folder.path)
                #expect(
                    wrong.exitCode == 2 && wrong.errors.contains("threshold (cicada.yaml:3:12): threshold 'p95 < 1', column 7"), "\(wrong)")
                return end
            }
            #expect(end.exitCode == 99 && end.errors.contains("1 of 2 thresholds was not passed"), "\(end)")
        }

        @Test func validateSaysThemInWords() async throws {
            let folder = try TestFolder()
            _ = try folder.file("s.lua", Scripts.steady)
            let end = try await CicadaCall.run(
                ["validate", "s.lua", "--host", "http://a.test", "--threshold", "name(\"login\").p99 < 1s over 30s abort"], in: folder.path)
            #expect(end.exitCode == 0, "\(end)")
            #expect(end.output.contains("p99 of the response time of requests named \"login\" is below 1000 ms, in every 30 s"), "\(end)")
            let wrong = try await CicadaCall.run(["validate", "s.lua", "--host", "http://a.test", "--threshold", "p95"], in: folder.path)
            #expect(wrong.exitCode == 2 && wrong.errors.contains("column 4"), "\(wrong)")
        }

        /// Build servers must not read the good news of an earlier run.
        @Test func aRunThatIsKilledLeavesErrors() async throws {
            let junit = try await Webapp.with { webapp in
                let folder = try TestFolder()
                let script = try folder.file("script.lua", Scripts.steady)
                _ = try folder.file("r.xml", "<testsuites/>")
                let program = try RunningProgram(
                    path: RunningProgram.path(ofBuilt: "cicada"),
                    [
                        "run", script, "--host", webapp.url, "--run-time", "60s", "--junit", "\(folder.path)/r.xml", "--threshold",
                        "median < 1h",
                    ])
                let deadline = Date().addingTimeInterval(20)
                while Date() < deadline, try folder.text("r.xml") == "<testsuites/>" { usleep(20_000) }
                program.signal(SIGKILL)
                _ = try program.waitForEnd()
                return try folder.text("r.xml")
            }
            #expect(junit.contains("tests=\"2\" failures=\"0\" errors=\"2\"") && junit.contains("has not come to its end"), "\(junit)")
        }
    }
}
