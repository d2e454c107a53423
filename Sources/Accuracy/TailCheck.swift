import Glibc
import LoadModel
import TestServers

/// Runs that are stopped at any moment: the result has every request that the server answered, to the last.
package enum TailCheck {
    package static func rows(_ bench: Workbench) throws -> [AccuracyRow] {
        let count = bench.choose(whole: 100, part: 6)
        let runs = try bench.forEach(count, atATime: bench.choose(whole: 4, part: 2)) { try run($0, bench) }
        let matched = runs.count { $0.counted == $0.merged }
        let worst = runs.map { abs($0.counted - $0.merged) }.max() ?? 0
        return [
            AccuracyRow(
                "tail", "runs stopped at random whose server counted the same, of \(runs.reduce(0) { $0 + $1.counted }) requests",
                expected: "\(count)", measured: "\(matched)", deviation: "\(worst) requests at most", bar: "0", isHeld: matched == count)
        ]
    }

    private static func run(_ index: Int, _ bench: Workbench) throws -> (counted: Int, merged: Int) {
        var generator = SplitMix64(seed: UInt64(index))
        let server = try ServerProcess(["--latency", "0:500,2ms:300,30ms:200", "--seed", "\(index)"], bench)
        let flags = ["--host", server.url, "--users", "20", "--spawn-rate", "200"] + CicadaCall.workers(1 + index % 3)
        let script = #"user "U" { wait = between(0, 0.005), task { "t", function(self) self.http:get("/") end } }"#
        let call = try CicadaCall(bench, script: script, flags)
        try server.waitUntilOpen()
        usleep(UInt32(generator.nextUnit() * 1.2e6))
        call.program.signal(SIGINT)
        let (_, result) = try call.finish(atMost: 30, exitCodes: [0, 98, 130])
        let (report, _) = try server.finish()
        return (report.requests, result.total.requests)
    }
}
