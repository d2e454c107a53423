import TestServers

/// Starts as the server sees them: even, or as a Poisson process, whoever sends them; and what is not so is found.
package enum PacingCheck {
    /// Of even arrivals, per second.
    private static let rate = 1000
    /// Of random ones: two that are closer than a server needs to read one cannot be told apart, so they must be few.
    private static let poissonRate = 500

    package static func rows(_ bench: Workbench) -> [AccuracyRow] {
        let counts = bench.choose(whole: [1, 2, 8], part: [2])
        let seconds = bench.choose(whole: 12.0, part: 5)
        let even = counts.map { SteadyLoad(.arrivals, rate: rate, users: 100, seconds: seconds, workers: $0) }
        let own = SteadyLoad(.pacing, rate: rate, users: 500, seconds: seconds, workers: 2)
        let poisson = counts.map {
            SteadyLoad(.arrivals, rate: poissonRate, users: 200, seconds: bench.choose(whole: 22, part: 8), workers: $0, isPoisson: true)
        }
        var rows = (even + [own]).flatMap { load in
            let name = "constant \(rate)/s, \(words(load.workers))\(load.form == .pacing ? ", users' own schedules" : "")"
            return AccuracyRow.rows(of: name) { constantRows(name, try arrivals(load, bench), bench) }
        }
        rows += poisson.flatMap { load in
            let name = "Poisson \(poissonRate)/s, \(words(load.workers))"
            return AccuracyRow.rows(of: name) {
                [poissonRow(name, try arrivals(load, bench), rate: poissonRate, fewest: bench.choose(whole: 10_000, part: 3000), bench)]
            }
        }
        rows += AccuracyRow.rows(of: "control") { try controlRows(bench) }
        return rows
            + [1, bench.choose(whole: 4, part: 2)].flatMap { workers in
                AccuracyRow.rows(of: "ramp, \(words(workers))") { [try rampRow(workers: workers, bench)] }
            }
    }

    private static func words(_ workers: Int) -> String { "\(workers) \(workers == 1 ? "worker" : "workers")" }

    /// The arrivals of a run, without those of its first second, in which connections are opened.
    private static func arrivals(_ load: SteadyLoad, _ bench: Workbench) throws -> [Int64] {
        let server = try ServerProcess([], bench)
        _ = try CicadaCall(bench, script: load.script(), ["--host", server.url] + load.flags).finish(
            atMost: load.seconds + 30, exitCodes: [0, 98])
        let (_, all) = try server.finish()
        guard let first = all.first else { throw AccuracyError("no request came") }
        return all.filter { $0 >= first + 1_000_000_000 }
    }

    /// Two bars.
    package static func constantRows(_ check: String, _ arrivals: [Int64], _ bench: Workbench) -> [AccuracyRow] {
        guard arrivals.count > 1000 else { return [.failed(check, "\(arrivals.count) arrivals only")] }
        let figures = PacingFigures(arrivals: arrivals, ratePerSecond: Double(rate))
        let bar = bench.choose(whole: 0.001, part: 0.01)
        let inWindow = rate / 10
        let most = bench.choose(whole: 2, part: 15)
        let deviation = max(figures.inWindow.upperBound - inWindow, inWindow - figures.inWindow.lowerBound)
        return [
            .most(
                check, "distance from the schedule, p99 of \(arrivals.count)", measured: figures.deviationAtP99, bar: bar,
                text: Figures.time),
            AccuracyRow(
                check, "starts in any 100 ms", expected: "\(inWindow)",
                measured: "\(figures.inWindow.lowerBound) … \(figures.inWindow.upperBound)",
                deviation: "\(deviation)", bar: "± \(most)", isHeld: deviation <= most),
        ]
    }

    /// Gaps against the exponential distribution.
    package static func poissonRow(_ check: String, _ arrivals: [Int64], rate: Int, fewest: Int, _ bench: Workbench) -> AccuracyRow {
        let gaps = zip(arrivals.dropFirst(), arrivals).map { Double($0 - $1) / 1e9 }
        if gaps.count < fewest { return .failed(check, "\(gaps.count) gaps only") }
        let distance = DistributionDistance.ofSample(gaps, from: DistributionDistance.exponential(mean: 1 / Double(rate)))
        let bound = DistributionDistance.bound(samples: gaps.count) + bench.choose(whole: 0, part: 0.1)
        return AccuracyRow(
            check, "gaps against the exponential distribution, KS of \(gaps.count)", expected: "0", measured: Figures.number(distance),
            deviation: Figures.number(distance), bar: "≤ \(Figures.number(bound))", isHeld: distance <= bound)
    }

    /// A schedule in bunches, sent by a client of our own: neither check may let it pass.
    private static func controlRows(_ bench: Workbench) throws -> [AccuracyRow] {
        let server = try ServerProcess([], bench)
        try BunchedClient.send(to: server.port, bunch: 30, ratePerSecond: rate, count: 4500)
        let (_, arrivals) = try server.finish()
        let constant = constantRows("", arrivals, bench)
        let poisson = poissonRow("", arrivals, rate: rate, fewest: 1000, bench)
        return (constant + [poisson]).map { row in
            AccuracyRow(
                "control: bunches of 30, \(rate)/s", row.figure, expected: "not held", measured: row.measured, deviation: row.deviation,
                bar: row.bar, isHeld: !row.isHeld)
        }
    }

    /// From nothing to 200/s.
    private static func rampRow(workers: Int, _ bench: Workbench) throws -> AccuracyRow {
        let (seconds, finalRate) = (bench.choose(whole: 10, part: 5), 200)
        let server = try ServerProcess([], bench)
        let load = SteadyLoad(.arrivals, rate: finalRate, users: 50, seconds: Double(seconds), workers: workers)
        let flags =
            ["--arrival-stages", "\(seconds)s:\(finalRate)/s", "--max-users", "50", "--stop-timeout", "1s"] + CicadaCall.workers(workers)
        _ = try CicadaCall(bench, script: load.script(), ["--host", server.url] + flags).finish(
            atMost: Double(seconds) + 30, exitCodes: [0, 98])
        let (_, arrivals) = try server.finish()
        let error = RampFigures.greatestCountError(arrivals: arrivals, finalRate: Double(finalRate), seconds: seconds)
        let bar = bench.choose(whole: 1, part: 3)
        return AccuracyRow(
            "ramp 0 … \(finalRate)/s in \(seconds) s, \(words(workers))", "starts before each second, of \(finalRate * seconds / 2)",
            expected: "rate·t²/2T", measured: "\(arrivals.count) in all", deviation: error == .max ? "–" : "\(error)", bar: "± \(bar)",
            isHeld: error <= bar)
    }
}
