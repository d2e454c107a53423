import Foundation
import Glibc
import TestServers
import Testing

extension ProgramTests {
    /// No request is lost or counted twice: the server's own count is the judge.
    struct ConservationTests {
        /// CICADA_TEST_STOPS asks for more of them.
        private static let stops = ProcessInfo.processInfo.environment["CICADA_TEST_STOPS"].flatMap { Int($0) } ?? 10
        private static let latencies = ["0", "20ms", "2ms:90,20ms:9,500ms:1", "3s"]

        @Test(arguments: 0..<Self.stops) func aStopAtAnyMomentLosesNothing(round: Int) async throws {
            let latency = Self.latencies[round % Self.latencies.count]
            let milliseconds = Int.random(in: 50...1200)
            let isInterrupted = (round / Self.latencies.count) % 2 == 0
            let (end, result, counted) = try await Webapp.with(["--latency", latency]) { webapp in
                var arguments = ["--host", webapp.url, "--users", "30", "--spawn-rate", "100", "--threads", "\(1 + round % 2)"]
                if !isInterrupted { arguments += ["--run-time", "\(milliseconds)ms"] }
                let run = try CicadaRun(script: Scripts.two, arguments)
                if isInterrupted {
                    guard run.program.writes(" -> ") else { throw RawConnectionError(what: "not started: \(run.program.errors)") }
                    usleep(UInt32(milliseconds) * 1000)
                    run.program.signal(SIGINT)
                }
                let (end, result) = try run.finish()
                return (end, result, try webapp.count())
            }
            #expect(end.exitCode == (isInterrupted ? 130 : result.total.requests > 0 ? 0 : 5), "\(end)")
            #expect(result.isConsistent, "\(end.output)")
            #expect(
                result.merged <= counted && counted <= result.merged + result.interrupted,
                "latency \(latency), stopped after \(milliseconds) ms: the server counted \(counted); \(end.output)")
        }

        @Test func connectionsAreOpenedAtTheRateThatWasAskedFor() async throws {
            let (end, connections) = try await onOwnThread {
                let server = try ScriptedServer { _ in ScriptedServer.answer("") }
                defer { server.stop() }
                let run = try CicadaRun(
                    script: Scripts.steady,
                    ["--host", server.url, "--users", "60", "--spawn-rate", "1000", "--run-time", "1s", "--connect-rate", "30"])
                return (try run.finish().end, server.connections)
            }
            #expect(end.exitCode == 0 && (20...33).contains(connections), "\(connections); \(end.output)")
        }

        @Test(arguments: [
            ([], ["--connections", "user"]), ([], ["--connections", "shared"]), ([], ["--connections", "new"]),
            (["--close-connections"], []), (["--close-connections"], ["--connections", "shared", "--threads", "1"]),
            (["--latency", "5ms"], ["--max-connections", "5", "--users", "50"]),
            (["--latency", "5ms"], ["--connect-rate", "200", "--users", "50"]),
            ([], ["--connect-rate", "300", "--max-connections", "5", "--users", "50", "--connections", "new"]),
            (["--latency", "5ms"], ["--max-connections", "5", "--users", "50", "--connections", "new", "--threads", "1"]),
            (["--processes", "2", "--failure-rate", "10%"], ["--threads", "2"]),
        ])
        func everyModeOfConnectionLosesNothing(server: [String], flags: [String]) async throws {
            let (end, result, counted) = try await Webapp.with(server) { webapp in
                let run = try CicadaRun(
                    script: Scripts.two,
                    ["--host", webapp.url, "--users", "30", "--spawn-rate", "200", "--run-time", "800ms"].filter {
                        !(flags.contains("--users") && ["--users", "30"].contains($0))
                    } + flags)
                let (end, result) = try run.finish()
                return (end, result, try webapp.count())
            }
            #expect(end.exitCode == 0, "\(end)")
            #expect(result.isConsistent && result.interrupted == 0 && counted == result.merged, "\(counted) counted; \(end.output)")
            #expect(result.merged > 100)
            #expect(
                result.requests.map { "\($0.method ?? "") \($0.name ?? "")" } == ["GET /", "POST /login", "POST /metrics", "GET again"])
            let reasons: Set<String> = server.contains("--failure-rate") ? ["HTTP 500 Internal Server Error"] : []
            #expect(Set(result.reasons.keys) == reasons)
        }

        /// Nobody starves behind those that hold a connection, whoever connections belong to. 200 users need four shared pools.
        @Test(arguments: ["user", "shared", "new"]) func underACapAllUsersTakeTurns(mode: String) async throws {
            let script = #"""
                user "U" { on_start = function(self) self.id = uuid() end,
                  task { "home", function(self) self.http:get("/", { name = self.id }) end } }
                """#
            let (end, result, counted) = try await Webapp.with(["--latency", "2ms"]) { webapp in
                let run = try CicadaRun(
                    script: script,
                    [
                        "--host", webapp.url, "--users", "200", "--spawn-rate", "1000", "--run-time", "1500ms", "--max-connections", "6",
                        "--connections", mode, "--threads", "2",
                    ])
                let (end, result) = try run.finish()
                return (end, result, try webapp.count())
            }
            #expect(end.exitCode == 0 && result.isConsistent && counted == result.merged, "\(end.errors)")
            let counts = result.requests.map(\.requests)
            #expect(counts.count == 200)
            #expect(Double(counts.min() ?? 0) > 0.5 * Double(counts.max() ?? 0) - 2, "\(counts.sorted())")
        }
    }
}
