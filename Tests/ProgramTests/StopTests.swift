import Foundation
import Glibc
import TestServers
import Testing

extension ProgramTests {
    /// How a run ends.
    struct StopTests {
        /// Starts a run of ten users against a target, signals it when it is under way, and waits for its end.
        private func interrupt(
            script: String = Scripts.steady, latency: String, signals: [Int32], pause: UInt32 = 300_000
        ) async throws -> (end: RunningProgram.End, result: ResultFile) {
            try await Webapp.with(["--latency", latency]) { webapp in
                let run = try CicadaRun(script: script, ["--host", webapp.url, "--users", "10", "--spawn-rate", "100"])
                guard run.program.writes(" -> ") else { throw RawConnectionError(what: "not started: \(run.program.errors)") }
                usleep(800_000)
                for (index, signal) in signals.enumerated() {
                    if index > 0 { usleep(pause) }
                    run.program.signal(signal)
                }
                return try run.finish()
            }
        }

        @Test(arguments: [SIGINT, SIGTERM]) func oneSignalStopsInOrder(signal: Int32) async throws {
            let (end, result) = try await interrupt(latency: "0", signals: [signal])
            #expect(end.exitCode == 130 && end.seconds < 2, "\(end)")
            #expect(result.isConsistent && result.total.requests > 50)
            #expect(end.output.contains("Ended early: interrupted") && end.output.contains("Percentiles"))
        }

        @Test func requestsUnderWayAreAwaitedForTwoSeconds() async throws {
            let (end, result) = try await interrupt(latency: "60s", signals: [SIGINT])
            #expect(end.exitCode == 130 && end.seconds > 1.8 && end.seconds < 3.5, "\(end)")
            #expect(result.isConsistent && result.interrupted == 10 && result.merged == 0)
            #expect(end.output.contains("Interrupted") && end.output.contains("No request was completed."))
        }

        @Test func theSecondSignalStopsAtOnce() async throws {
            let (end, result) = try await interrupt(latency: "60s", signals: [SIGINT, SIGINT])
            #expect(end.exitCode == 130 && end.seconds < 1.2, "\(end)")
            // In a hurry, but nothing is lost: what was under way is accounted for.
            #expect(result.isConsistent && result.interrupted == 10 && result.merged == 0)
            #expect(end.output.contains("Ended early: interrupted"))
        }

        @Test func aTaskThatNeverEndsDoesNotHoldUpTheSecondSignal() async throws {
            let script = #"user "U" { task { "t", function(self) self.http:get("/") while true do end end } }"#
            let (end, _) = try await interrupt(script: script, latency: "0", signals: [SIGINT, SIGINT])
            #expect(end.exitCode == 130 && end.seconds < 2, "\(end)")
        }

        @Test func aTopLevelThatNeverEndsCanBeInterrupted() async throws {
            let end = try await onOwnThread {
                let run = try CicadaRun(script: "while true do end", ["--host", "http://127.0.0.1:9"])
                usleep(500_000)
                run.program.signal(SIGINT)
                return try run.end()
            }
            #expect(end.exitCode == 130 && end.seconds < 2, "\(end)")
        }

        @Test func runningTasksGetTheStopTimeout() async throws {
            let script = #"""
                user "U" { wait = constant(100), task { "t", function(self)
                  for i = 1, 4 do self.http:get("/" , { name = "step " .. i }) end
                end } }
                """#
            let (end, result) = try await Webapp.with(["--latency", "400ms"]) { webapp in
                try CicadaRun(
                    script: script, ["--host", webapp.url, "--users", "5", "--spawn-rate", "100", "-t", "600ms", "--stop-timeout", "5s"]
                ).finish()
            }
            #expect(end.exitCode == 0 && result.isConsistent && result.interrupted == 0, "\(end)")
            #expect(result.requests.map(\.requests) == [5, 5, 5, 5])
        }

        @Test(arguments: [("head -n 1", "code 0"), ("true", "code 0")]) func aReaderThatGoesHarmsNothing(reader: String, words: String)
            async throws
        {
            let (end, _) = try await Webapp.with { webapp in
                try CicadaRun(
                    script: Scripts.steady, ["--host", webapp.url, "--run-time", "300ms"],
                    shell: "run() { \"$0\" \"$@\"; echo code $? >&2; }; run \"$@\" | \(reader); exit; :"
                ).finish()
            }
            #expect(end.errors.contains(words), "\(end)")
        }

        /// A closed standard output must not hand its number to a result file, which would then get the tables.
        @Test func closedStreamsHarmNothing() async throws {
            let (end, history) = try await Webapp.with { webapp in
                let folder = try TestFolder()
                let run = try CicadaRun(
                    script: Scripts.steady, ["--host", webapp.url, "--run-time", "300ms", "--csv", "\(folder.path)/x"],
                    shell: "exec >&- 2>&- <&-; exec")
                return (try run.finish().end, try folder.text("x_stats_history.csv"))
            }
            #expect(end.exitCode == 0 && end.output.isEmpty && end.errors.isEmpty, "\(end)")
            let columns = history.split(separator: "\r\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).count }
            #expect(Set(columns).count == 1 && columns[0] >= 24, "\(history)")
        }
    }
}
