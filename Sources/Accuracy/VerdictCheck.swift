import Glibc
import TestServers

/// Runs whose truth is known, judged by the program itself: a starved generator is never believed, one at ease is never called invalid, and a target that
/// cannot do more is nobody's fault here.
package enum VerdictCheck {
    package static func rows(_ bench: Workbench) throws -> [AccuracyRow] {
        let count = bench.choose(whole: 50, part: 2)
        let starved = try bench.forEach(count, atATime: bench.choose(whole: 4, part: 2)) { try starvedRun($0, bench) }
        let eased = try bench.forEach(count, atATime: bench.choose(whole: 3, part: 1)) { try easedRun($0, bench) }
        let saturated = try bench.forEach(count, atATime: bench.choose(whole: 4, part: 2)) { try saturatedRun($0, bench) }
        return [
            row("starved to a fifth of a core", starved, "never valid") { $0 != "valid" },
            row("at ease", eased, "never invalid") { $0 != "invalid" },
            // In a part of the tests the machine may have more to do than this.
            row("saturated target, generator at ease", saturated, bench.choose(whole: "always valid", part: "never invalid")) {
                bench.choose(whole: $0 == "valid", part: $0 != "invalid")
            },
        ]
    }

    private static func row(_ what: String, _ verdicts: [String], _ wish: String, _ isRight: (String) -> Bool) -> AccuracyRow {
        let counts = Dictionary(verdicts.map { ($0, 1) }, uniquingKeysWith: +).sorted { $0.key < $1.key }
        let wrong = verdicts.count { !isRight($0) }
        return AccuracyRow(
            "verdict: \(what)", "of \(verdicts.count) runs", expected: wish,
            measured: counts.map { "\($0.value) \($0.key)" }.joined(separator: ", "),
            deviation: "\(wrong)", bar: "0", isHeld: wrong == 0 && !verdicts.isEmpty)
    }

    /// As fast as it goes, or a rate that a fifth of a core cannot carry.
    private static func starvedRun(_ index: Int, _ bench: Workbench) throws -> String {
        let share = 0.2
        let server = try ServerProcess([], bench)
        let load = SteadyLoad(.arrivals, rate: 20_000, users: 100, seconds: 3, workers: index % 4 == 3 ? 2 : 1)
        let flags = index % 2 == 0 ? ["--users", "20", "--spawn-rate", "1000", "--run-time", "3s"] : load.flags
        let quota = try? CPUQuota(ofCore: share)
        let call = try CicadaCall(bench, script: load.script(), ["--host", server.url] + flags, shell: quota?.shell)
        let cycle = quota == nil ? try DutyCycle(call.program, share: share) : nil
        defer { cycle?.end() }
        return try verdict(call, server)
    }

    private static func easedRun(_ index: Int, _ bench: Workbench) throws -> String {
        let server = try ServerProcess(["--latency", "5ms"], bench)
        let load = SteadyLoad(index % 2 == 0 ? .arrivals : .pacing, rate: 100, users: 20, seconds: 3, workers: index % 4 == 3 ? 2 : 1)
        return try verdict(try CicadaCall(bench, script: load.script(), ["--host", server.url] + load.flags), server)
    }

    /// One request after the other, 5 ms each: 200 a second, and no more.
    private static func saturatedRun(_ index: Int, _ bench: Workbench) throws -> String {
        let server = try ServerProcess(["--latency", "5ms", "--serial"], bench)
        let users = [10, 30, 50][index % 3]
        let flags =
            ["--host", server.url, "--users", "\(users)", "--spawn-rate", "1000", "--run-time", "3s"]
            + CicadaCall.workers(index % 4 == 3 ? 2 : 1)
        let script = #"user "U" { task { "t", function(self) self.http:get("/") end } }"#
        return try verdict(try CicadaCall(bench, script: script, flags), server)
    }

    private static func verdict(_ call: CicadaCall, _ server: ServerProcess) throws -> String {
        defer { server.program.signal(SIGTERM) }
        let (end, result) = try call.finish(atMost: 60, exitCodes: [0, 98])
        guard let verdict = result.verdict?.level else { throw AccuracyError("the result has no verdict") }
        // What is written and how it ends belong together.
        if (end.exitCode == 98) != (verdict == "invalid") {
            throw AccuracyError("the verdict is \(verdict), the exit code \(end.exitCode)")
        }
        return verdict
    }
}
