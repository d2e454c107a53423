import Foundation
import Glibc
import TestServers
import Testing

extension ProgramTests {
    /// What goes wrong during a run is counted by reason, and the run goes on.
    struct BadTargetTests {
        private static let load = ["--users", "5", "--spawn-rate", "100", "--run-time", "600ms"]

        @Test func aRefusedPortIsAFailureByReason() async throws {
            let (end, result) = try await CicadaRun.run(
                script: Scripts.steady, ["--host", "http://127.0.0.1:\(Loopback.freePort())"] + Self.load)
            #expect(end.exitCode == 0 && result.isConsistent && result.total.requests > 20, "\(end)")
            #expect(result.reasons == ["Could not connect: Connection refused": result.total.requests])
            #expect(end.output.contains("Could not connect: Connection refused"))
        }

        /// The name's first part is longer than names may be: no name server has to be asked.
        @Test func anUnresolvableHostIsAFailureByReason() async throws {
            let host = "http://\(String(repeating: "x", count: 70)).invalid"
            let (end, result) = try await CicadaRun.run(script: Scripts.steady, ["--host", host] + Self.load)
            #expect(end.exitCode == 0 && result.total.requests > 0, "\(end)")
            #expect(result.failures.allSatisfy { $0.reason.hasPrefix("Could not resolve host: ") }, "\(result.reasons)")
            #expect(result.total.failures == result.total.requests)
        }

        @Test func aTargetThatGoesAwayInTheMiddleIsCountedFromThen() async throws {
            let (end, result, counted) = try await onOwnThread {
                let webapp = try Webapp()
                let run = try CicadaRun(
                    script: Scripts.steady, ["--host", webapp.url, "--users", "10", "--spawn-rate", "100", "--run-time", "1500ms"])
                guard run.program.writes(" -> ") else { throw RawConnectionError(what: "not started") }
                usleep(700_000)
                let counted = try webapp.count()
                _ = try webapp.program.stop()
                let (end, result) = try run.finish()
                return (end, result, counted)
            }
            #expect(end.exitCode == 0 && result.isConsistent, "\(end)")
            #expect(result.reasons["Could not connect: Connection refused"] ?? 0 > 50, "\(result.reasons)")
            #expect(result.total.requests - result.total.failures >= counted)
        }

        @Test func anErrorInATaskIsCountedByPlaceAndTheUserGoesOn() async throws {
            let script = #"""
                user "U" { wait = constant(0.05),
                  task { "a", function(self) self.http:get("/") error("boom") end },
                  task { "b", function(self)
                    local nothing = nil
                    return nothing.field end },
                }
                """#
            let (end, result) = try await Webapp.with { webapp in
                try CicadaRun(script: script, ["--host", webapp.url] + Self.load).finish()
            }
            #expect(end.exitCode == 0 && result.isConsistent && result.total.failures == 0, "\(end)")
            let places = Dictionary(uniqueKeysWithValues: result.exceptions.map { ($0.place, $0) })
            #expect(Set(places.keys) == ["script.lua:2", "script.lua:5:12"])
            #expect(places["script.lua:2"]?.message == "boom" && places["script.lua:2"]?.count == result.total.requests)
            // Five users for 0.6 s with a wait of 0.05 s: some 60 tasks, and none of them in a row without the wait.
            let tasks = result.exceptions.reduce(0) { $0 + $1.count }
            #expect(tasks > 20 && tasks <= 5 * 13)
            #expect(end.output.contains("script.lua:5") && end.output.contains("attempt to index a nil value (local 'nothing')"))
        }

        @Test(arguments: [
            #"user "U" { wait = constant(100), task { "t", function(self) sleep(100) end } }"#,
            #"user "U" { task { "t", function(self) error("never") end } }"#, #"user "U" { task { "t", function(self) end } }"#,
        ])
        func aRunWithoutARequestIsNoSuccess(script: String) async throws {
            let (end, result) = try await CicadaRun.run(script: script, ["--host", "http://127.0.0.1:9"] + Self.load)
            #expect(end.exitCode == 5 && result.total.requests == 0, "\(end)")
            #expect(end.errors.contains("no request was completed") && end.output.contains("No request was made."))
        }

        @Test func failuresDecideTheExitCodeWhenAsked() async throws {
            let (end, _) = try await CicadaRun.run(
                script: Scripts.steady, ["--host", "http://127.0.0.1:\(Loopback.freePort())", "--exit-code-on-failure", "7"] + Self.load)
            #expect(end.exitCode == 7, "\(end)")
        }
    }

    /// What the system does not give.
    struct ScarcityTests {
        @Test func moreUsersThanDescriptorsAllowIsToldWithTheWayRound() async throws {
            let (refusal, allowed) = try await onOwnThread {
                let end = try CicadaRun(
                    script: Scripts.steady, ["--host", "http://127.0.0.1:9", "--users", "500", "--threads", "2"],
                    shell: "ulimit -n 200; exec"
                ).end()
                let words = end.errors.split(separator: " ")
                return (end, words.firstIndex(of: "--max-connections").flatMap { Int(words[$0 + 1].prefix { $0.isNumber }) })
            }
            #expect(
                refusal.exitCode == 3 && refusal.errors.contains("500 users") && refusal.errors.contains("200 descriptors"), "\(refusal)")
            let cap = try #require(allowed, "\(refusal)")
            let (end, result, counted) = try await Webapp.with { webapp in
                let (end, result) = try CicadaRun(
                    script: #"user "U" { wait = constant(0.4), task { "home", function(self) self.http:get("/") end } }"#,
                    [
                        "--host", webapp.url, "--users", "500", "--spawn-rate", "1000", "--run-time", "1s", "--threads", "2",
                        "--max-connections", "\(cap)",
                    ], shell: "ulimit -n 200; exec"
                ).finish()
                return (end, result, try webapp.count())
            }
            #expect(end.exitCode == 0 && result.isConsistent && result.total.failures == 0 && counted == result.merged, "\(end)")
            #expect(result.total.requests > 500)
        }

        @Test func tooFewDescriptorsForTheProgramItselfIsTold() async throws {
            let end = try await onOwnThread {
                try CicadaRun(script: Scripts.steady, ["--host", "http://127.0.0.1:9"], shell: "ulimit -n 30; exec").end()
            }
            #expect(end.exitCode == 3 && end.errors.contains("30 descriptors") && end.errors.contains("ulimit -n"), "\(end)")
        }

        /// Shared pools may grow past the descriptors: users are not refused then, requests wait or fail by reason.
        @Test func descriptorsThatRunOutEndNothing() async throws {
            let (end, result) = try await Webapp.with(["--latency", "300ms"]) { webapp in
                try CicadaRun(
                    script: Scripts.restless,
                    ["--host", webapp.url, "--users", "200", "--spawn-rate", "1000", "--run-time", "1s", "--connections", "shared"],
                    shell: "ulimit -n 120; exec"
                ).finish()
            }
            #expect(end.exitCode == 0 && result.isConsistent && result.total.requests > 50, "\(end)")
        }

        @Test func aFullDiskIsToldWithFileAndReason() async throws {
            let end = try await Webapp.with { webapp in
                try CicadaRun(script: Scripts.steady, ["--host", webapp.url, "--run-time", "300ms", "--json", "/dev/full"]).end()
            }
            #expect(end.exitCode == 4 && end.output.contains("Percentiles"), "\(end)")
            #expect(end.errors.contains("cannot write /dev/full: No space left on device"), "\(end)")
        }

        @Test func tablesThatCannotBePrintedAreTold() async throws {
            let (end, result) = try await Webapp.with { webapp in
                try CicadaRun(script: Scripts.steady, ["--host", webapp.url, "--run-time", "300ms"], shell: "exec >/dev/full; exec")
                    .finish()
            }
            #expect(end.exitCode == 4 && end.errors.contains("No space left on device") && result.isConsistent, "\(end)")
        }

        /// A limit of 512 or 1,024 bytes a file: the tables of a run do not fit, its headers do.
        @Test func aFileThatMayNotGrowIsToldAtOnceAndInTheEnd() async throws {
            let end = try await Webapp.with { webapp in
                let folder = try TestFolder()
                return try CicadaRun(
                    script: Scripts.two,
                    ["--host", webapp.url, "--users", "5", "--spawn-rate", "100", "--run-time", "2500ms", "--csv", "\(folder.path)/x"],
                    shell: "ulimit -f 1; exec"
                ).end()
            }
            #expect(end.exitCode == 4 && end.output.contains("Percentiles"), "\(end)")
            #expect(end.errors.contains("warning: cannot write ") && end.errors.contains(".csv: File too large"), "\(end)")
            #expect(end.errors.contains("result.json: File too large"), "\(end)")
        }

        /// Nobody may make files in /proc, root neither; and a folder that is not there takes none from anybody.
        @Test(arguments: ["/proc", "/nowhere-at-all"]) func anUnwritableFolderIsToldBeforeTheRun(folder: String) async throws {
            for option in [["--csv", "\(folder)/x"], ["--json", "\(folder)/x.json"]] {
                let end = try await onOwnThread {
                    try CicadaRun(script: Scripts.steady, ["--host", "http://127.0.0.1:9", "--run-time", "1"] + option).end()
                }
                #expect(end.exitCode == 2 && end.errors.contains(option[0]) && end.errors.contains(folder), "\(end)")
                #expect(!end.output.contains("Percentiles"))
            }
        }
    }
}
