import TestServers

/// Little's law over a steady run: users that are never idle, throughput and service time belong together.
package enum LittleCheck {
    package static func rows(_ bench: Workbench) throws -> [AccuracyRow] {
        try [1, 2].flatMap { workers in
            let users = 40
            let server = try ServerProcess(["--latency", "5ms:500,20ms:500"], bench)
            let flags = [
                "--host", server.url, "--users", "\(users)", "--spawn-rate", "100000", "--run-time", bench.choose(whole: "8s", part: "4s"),
            ]
            let (_, result) = try CicadaCall(
                bench, script: #"user "U" { task { "t", function(self) self.http:get("/") end } }"#, flags + CicadaCall.workers(workers)
            ).finish(atMost: 30, exitCodes: [0, 98])
            _ = try server.finish()
            let ratio = LittlesLaw.ratio(
                requestsPerSecond: Double(result.total.requests) / result.run.runTimeActual,
                averageSeconds: (result.total.serviceTime.average ?? 0) / 1000, users: Double(users))
            let bar = bench.choose(whole: 0.01, part: 0.05)
            return [
                AccuracyRow(
                    "Little's law, \(users) users, \(workers) \(workers == 1 ? "worker" : "workers")", "throughput · service time / users",
                    expected: "1.00", measured: Figures.number(ratio), deviation: Figures.percent(ratio - 1),
                    bar: "± \(Figures.plainPercent(bar))", isHeld: abs(ratio - 1) <= bar)
            ]
        }
    }
}
