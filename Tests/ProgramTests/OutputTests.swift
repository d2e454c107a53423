import Foundation
import TestServers
import Testing

extension ProgramTests {
    /// What a run prints and writes: all of it says the same.
    struct OutputTests {
        private struct Files: Sendable {
            var end: RunningProgram.End
            var result: ResultFile
            var stats: [[String]]
            var history: [[String]]
            var failures: [[String]]
            var exceptions: [[String]]
        }

        private func run(_ flags: [String] = [], environment: [String: String] = [:], time: String = "2200ms") async throws -> Files {
            try await Webapp.with(["--failure-rate", "10%"]) { webapp in
                let folder = try TestFolder()
                let run = try CicadaRun(
                    script: Scripts.two,
                    ["--host", webapp.url, "--users", "20", "--spawn-rate", "100", "--run-time", time, "--csv", "\(folder.path)/x"] + flags,
                    environment: environment)
                let (end, result) = try run.finish()
                func rows(_ name: String) throws -> [[String]] {
                    try folder.text("x_\(name).csv").split(separator: "\r\n").map { $0.components(separatedBy: ",") }
                }
                return Files(
                    end: end, result: result, stats: try rows("stats"), history: try rows("stats_history"),
                    failures: try rows("failures"), exceptions: try rows("exceptions"))
            }
        }

        @Test func tableAndFilesSayTheSame() async throws {
            let files = try await run()
            let (end, result) = (files.end, files.result)
            #expect(end.exitCode == 0 && result.isConsistent, "\(end)")
            #expect(files.stats[0].prefix(5) == ["Type", "Name", "Request Count", "Failure Count", "Median Response Time"])
            let total = try #require(files.stats.last)
            #expect(total[1] == "Aggregated")
            #expect(Int(total[2]) == result.merged && Int(total[3]) == result.total.failures)
            #expect(Double(total[4]) == result.total.responseTimeMs.percentiles["50"] ?? nil)
            #expect(files.stats.dropFirst().dropLast().map { Int($0[2]) } == result.requests.map(\.requests))
            let last = try #require(files.history.last)
            #expect(Int(last[17]) == result.merged && Int(last[18]) == result.total.failures)
            #expect(files.failures.dropFirst().reduce(0) { $0 + (Int($1[3]) ?? 0) } == result.total.failures)
            #expect(files.exceptions == [["Count", "Message", "Traceback", "Nodes"]])
            let rows = end.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            let row = try #require(rows.first { $0.first == "Total" })
            #expect(Int(row[1].replacing(",", with: "")) == result.merged && Int(row[2].replacing(",", with: "")) == result.total.failures)
            #expect(end.output.contains("\(row[1]) issued = \(row[1]) merged + 0 interrupted + 0 unaccounted."))
        }

        /// Every request has a row in every second, and rates of its own; without the flag there are those of all together only.
        @Test func fullHistoryHasARowOfEachRequestAndSecond() async throws {
            let history = try await run(["--csv-full-history"], time: "3200ms").history.dropFirst()
            let bySecond = Dictionary(grouping: history, by: { $0[0] })
            #expect(bySecond.count >= 3, "\(history)")
            for rows in bySecond.values where rows.count > 1 {
                #expect(rows.last?[3] == "Aggregated" && rows.allSatisfy { $0.count == 24 }, "\(rows)")
                let requests = rows.dropLast().compactMap { Int($0[17]) }.reduce(0, +)
                #expect(rows.count >= 3 && requests == Int(rows.last?[17] ?? ""), "\(rows)")
            }
            let last = try #require(history.last { $0[2] != "" })
            #expect((Double(last[4]) ?? 0) > 0 && (Double(last[6]) ?? 0) > 0, "\(last)")
            #expect(try await run().history.dropFirst().allSatisfy { $0[3] == "Aggregated" })
        }

        @Test func pipedLinesArePlain() async throws {
            let end = try await run(environment: ["TERM": "xterm-256color"]).end
            #expect(!end.output.contains("\u{1B}") && !end.errors.contains("\u{1B}") && !end.errors.contains("\r"), "\(end)")
            #expect(end.errors.contains("0:01 elapsed, 0:02 left   20 users   "), "\(end)")
        }

        /// `script` of util-linux gives the program a terminal.
        @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "script is not installed"))
        func wordsKeepToTheTerminalsWidth() async throws {
            let end = try await onOwnThread {
                try CicadaRun(
                    script: Scripts.steady, ["--host", "http://127.0.0.1:9", "--users", "20", "--run-time", "1s"],
                    environment: ["COLUMNS": "50", "TERM": "xterm"],
                    shell: "run() { exec /usr/bin/script -qfec \"$*\" /dev/null; }; run"
                ).end()
            }
            let lines = end.output.prefix { $0 != "\u{1B}" }.split { $0.isNewline }
            #expect(lines.count >= 3 && lines.allSatisfy { $0.count <= 50 || !$0.contains(" ") }, "\(end)")
            #expect(lines.first?.contains("script.lua") == true, "\(end)")
        }

        @Test(arguments: [["--only-summary"], ["--log-level", "warning"]]) func theLiveLineCanBeLeftOut(flags: [String]) async throws {
            let end = try await run(flags, time: "1100ms").end
            #expect(!end.errors.contains("elapsed") && end.output.contains("Percentiles"), "\(end)")
            if flags.count == 2 { #expect(end.errors.isEmpty, "\(end)") }
        }

        @Test func everyFlagCanComeFromTheEnvironment() async throws {
            let (end, result) = try await Webapp.with { webapp in
                try CicadaRun(
                    script: Scripts.steady, ["--users", "3"],
                    environment: [
                        "CICADA_HOST": webapp.url, "CICADA_USERS": "50", "CICADA_SPAWN_RATE": "100", "CICADA_RUN_TIME": "500ms",
                        "CICADA_ONLY_SUMMARY": "yes", "CICADA_CONNECTIONS": "new",
                    ]
                ).finish()
            }
            #expect(end.exitCode == 0 && result.isConsistent && result.total.requests > 10, "\(end)")
            #expect(end.output.contains(": 3 users, 100 started per second") && end.output.contains("a new one for every request"))
            #expect(!end.errors.contains("elapsed"))
        }

        @Test func helpNamesEveryGroupAndExitCode() async throws {
            let end = try await onOwnThread {
                try RunningProgram(path: RunningProgram.path(ofBuilt: "cicada"), ["run", "--help"]).waitForEnd()
            }
            #expect(end.exitCode == 0 && end.errors.isEmpty, "\(end)")
            for words in ["LOAD:", "CONNECTIONS:", "OUTPUT:", "GENERATOR:", "CICADA_SPAWN_RATE", "130 interrupted"] {
                #expect(end.output.uppercased().contains(words.uppercased()), "\(words)")
            }
        }
    }
}
