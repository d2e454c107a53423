import Foundation
import Glibc
import TestServers
import Testing

extension ProgramTests {
    /// Real generators, starved and at ease, against targets that are quick or saturated: what the verdict says of them.
    @Suite(.serialized) struct VerdictTrialTests {
        /// CICADA_TEST_VERDICTS asks for more rounds of each trial, and says that nothing else runs on this machine: then what other programs take is
        /// no excuse.
        private static let asked = ProcessInfo.processInfo.environment["CICADA_TEST_VERDICTS"].flatMap { Int($0) }
        private static let rounds = asked ?? 1
        /// What other programs on the machine do to a generator, such as tests that run meanwhile.
        private static let contention: Set<String> = [
            "cpu-contended", "generator-paused", "generator-lag", "generator-delay", "cpu-stolen", "cpu-saturated",
        ]
        /// Other tests have no exit code for invalid measurements; here it is the program's own.
        private static let asByDefault = ["CICADA_EXIT_CODE_ON_INVALID": ""]
        private static let load = ["--users", "20", "--spawn-rate", "200", "--run-time", "3s"]

        /// A hundred thousand additions before each request: the generator needs a core for itself, whatever the target does.
        private static let busy =
            #"user "U" { wait = constant(0.01), task { "home", function(self) local x = 0 for i = 1, 1e5 do x = x + i end self.http:get("/") end } }"#
        /// 50 a second from each user.
        private static let brisk = #"user "U" { wait = constant(0.02), task { "home", function(self) self.http:get("/") end } }"#

        // MARK: - Starved to a fifth of a core

        @Test(arguments: 0..<rounds, [brisk, Scripts.restless]) func stoppedFourFifthsOfTheTime(round: Int, script: String) async throws {
            let (end, result) = try await Webapp.with { webapp in
                let run = try CicadaRun(script: script, ["--host", webapp.url] + Self.load, environment: Self.asByDefault)
                while !run.program.hasEnded {
                    run.program.signal(SIGSTOP)
                    usleep(80_000)
                    run.program.signal(SIGCONT)
                    usleep(20_000)
                }
                return try run.finish()
            }
            #expect(result.verdict?.level == "invalid" && end.exitCode == 98, "\(end)")
            #expect(result.verdict?.findings.contains { $0.rule == "generator-paused" } == true, "\(end)")
            #expect(end.output.contains("Measurement: INVALID\n  invalid: the generator stood still for "), "\(end)")
        }

        @Test(.enabled(if: Quota.isPossible), arguments: 0..<rounds) func quotaOfAFifthOfACore(round: Int) async throws {
            let (end, result) = try await Webapp.with { webapp in
                let quota = try Quota(cores: 0.2)
                return try CicadaRun(
                    script: Self.busy, ["--host", webapp.url] + Self.load, shell: "echo $$ >\(quota.folder)/cgroup.procs; exec"
                ).finish()
            }
            #expect(result.verdict.map { $0.level != "valid" } == true, "\(end)")
            // Where other programs leave it less than its quota, it is those that are found.
            if Self.asked != nil { #expect(result.verdict?.findings.contains { $0.rule == "cpu-throttled" } == true, "\(end)") }
        }

        @Test(.enabled(if: access("/usr/bin/taskset", X_OK) == 0), arguments: 0..<rounds)
        func oneCoreSharedWithFourOthers(round: Int) async throws {
            let (end, result) = try await Webapp.with { webapp in
                let others = try (0..<4).map { _ in
                    try RunningProgram(path: "/usr/bin/taskset", ["-c", "0", "/bin/sh", "-c", "while :; do :; done"])
                }
                defer { for other in others { other.signal(SIGKILL) } }
                return try CicadaRun(script: Self.busy, ["--host", webapp.url] + Self.load, shell: "exec taskset -c 0").finish()
            }
            #expect(result.verdict.map { $0.level != "valid" } == true, "\(end)")
        }

        // MARK: - At ease

        @Test(arguments: 0..<rounds) func atEase(round: Int) async throws {
            let (end, result) = try await Webapp.with { webapp in
                try CicadaRun(script: Scripts.steady, ["--host", webapp.url, "--users", "5", "--spawn-rate", "100", "--run-time", "3s"])
                    .finish()
            }
            if Self.asked != nil {
                #expect(result.verdict?.level == "valid" && end.exitCode == 0, "\(end)")
            } else {
                let rules = Set(result.verdict.map { $0.findings.map(\.rule) } ?? ["no verdict"])
                #expect(rules.isSubset(of: Self.contention), "\(end)")
            }
        }

        /// Four at a time, 20 ms each: 200/s at most, whatever is asked for.
        @Test(arguments: 0..<rounds) func saturatedTarget(round: Int) async throws {
            let (end, result) = try await Webapp.with(["--latency", "20ms", "--concurrency", "4"]) { webapp in
                try CicadaRun(
                    script: Scripts.restless, ["--host", webapp.url, "--users", "50", "--spawn-rate", "500", "--run-time", "3s"]
                ).finish()
            }
            let rules = Set(result.verdict?.findings.map(\.rule) ?? [])
            if Self.asked != nil || rules.isDisjoint(with: Self.contention) {
                #expect(result.verdict?.level == "valid" && rules.isSubset(of: ["target-saturated"]) && end.exitCode == 0, "\(end)")
                if !rules.isEmpty { #expect(end.output.contains("the target was saturated"), "\(end)") }
            } else {
                #expect(rules.isSubset(of: Self.contention), "\(end)")
            }
        }

        // MARK: - Clocks

        /// A worker whose monotonic clock is far from the master's: nothing changes, and nobody speaks of skew.
        @Test(.enabled(if: TimeNamespace.isPossible), arguments: [1, 1000])
        func clocksThatAreApart(seconds: Int) async throws {
            let (end, result) = try await Webapp.with { webapp in
                let folder = try TestFolder()
                let script = try folder.file("script.lua", Scripts.steady)
                let path = try RunningProgram.path(ofBuilt: "cicada")
                let environment = ["CICADA_HOME": folder.path]
                let master = try RunningProgram(
                    path: path,
                    [
                        "master", script, "--host", webapp.url, "--users", "6", "--spawn-rate", "100", "--run-time", "3s", "--port", "0",
                        "--plain", "--expect-workers", "2", "--json", "\(folder.path)/result.json",
                    ], environment: environment)
                guard master.writes("--master-port ") else { throw RawConnectionError(what: "no master: \(master.errors)") }
                let port = master.errors.components(separatedBy: "--master-port ")[1].prefix { $0.isNumber }
                let workers = try [[], TimeNamespace.ahead(seconds: seconds)].map { prefix in
                    let arguments = ["worker", "--plain", "--master-port", String(port)]
                    return try RunningProgram(path: "/usr/bin/env", prefix + [path] + arguments, environment: environment)
                }
                let end = try master.waitForEnd(atMost: 30)
                for worker in workers { _ = try worker.waitForEnd() }
                return (end, try JSONDecoder().decode(ResultFile.self, from: Data(folder.text("result.json").utf8)))
            }
            #expect(end.exitCode == 0 && result.isConsistent && result.workers.count == 2, "\(end)")
            #expect(result.verdict?.findings.contains { $0.rule == "start-skew" } == false, "\(end)")
            let offsets = result.workers.compactMap(\.clockOffsetMs)
            let errors = result.workers.compactMap(\.startErrorMs)
            // That the clocks were apart, and how far, was seen.
            #expect(offsets.count == 2 && abs(abs(offsets[0] - offsets[1]) - Double(seconds) * 1000) < 50, "\(result.workers)")
            #expect(errors.count == 2 && errors.allSatisfy { abs($0) < 100 }, "\(result.workers)")
        }
    }
}

/// A control group with a CPU quota, of version 1 or 2, removed with the value.
private struct Quota: ~Copyable {
    let folder: String

    private static let first = "/sys/fs/cgroup/cpu"
    private static let unified = "/sys/fs/cgroup"

    private static var root: String? {
        if access("\(first)/cpu.cfs_quota_us", F_OK) == 0 { return first }
        let controllers = try? String(contentsOfFile: "\(unified)/cgroup.subtree_control", encoding: .utf8)
        return controllers?.split(whereSeparator: \.isWhitespace).contains("cpu") == true ? unified : nil
    }

    static var isPossible: Bool {
        guard let root, getuid() == 0 else { return false }
        let folder = "\(root)/cicada-test-possible-\(getpid())"
        guard mkdir(folder, 0o755) == 0 else { return false }
        return rmdir(folder) == 0
    }

    init(cores: Double) throws {
        let root = Self.root ?? Self.unified
        folder = "\(root)/cicada-test-\(UUID())"
        guard mkdir(folder, 0o755) == 0 else { throw RawConnectionError(what: "no group \(folder)") }
        let microseconds = Int(cores * 100_000)
        if root == Self.first {
            try "\(microseconds)".write(toFile: "\(folder)/cpu.cfs_quota_us", atomically: false, encoding: .utf8)
        } else {
            try "\(microseconds) 100000".write(toFile: "\(folder)/cpu.max", atomically: false, encoding: .utf8)
        }
    }

    deinit { rmdir(folder) }
}

/// Namespaces in which the monotonic clock is another one (time_namespaces(7)).
private enum TimeNamespace {
    static func ahead(seconds: Int) -> [String] { ["unshare", "--time", "--monotonic", "\(seconds)", "--boottime", "\(seconds)", "--"] }

    static var isPossible: Bool {
        guard let program = try? RunningProgram(path: "/usr/bin/env", ahead(seconds: 1) + ["true"]) else { return false }
        return (try? program.waitForEnd().exitCode) == 0
    }
}
