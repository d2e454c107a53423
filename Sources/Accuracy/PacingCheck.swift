import TestServers

/// Starts as the server sees them: even, or as a Poisson process, whoever sends them; and what is not so is found.
package enum PacingCheck {
    /// Of even arrivals, per second.
    private static let rate = 1000
    /// Of random ones. A start that falls due while the one before is being sent begins late by up to what sending takes, some 70 us: the share of such
    /// starts, and so the distance from the distribution, grows with the rate, and stays below a part of the bound here.
    private static let poissonRate = 200
    /// Of the distance from the schedule at p99, in seconds, and of the number in any 100 ms.
    private static func bars(_ bench: Workbench) -> (seconds: Double, starts: Int) {
        (bench.choose(whole: 0.001, part: 0.01), bench.choose(whole: 2, part: 15))
    }

    package static func rows(_ bench: Workbench) throws -> [AccuracyRow] {
        let counts = bench.choose(whole: [1, 2, 8], part: [2])
        let seconds = bench.choose(whole: 12.0, part: 5)
        let even = counts.map { SteadyLoad(.arrivals, rate: rate, users: 100, seconds: seconds, workers: $0) }
        let own = SteadyLoad(.pacing, rate: rate, users: 500, seconds: seconds, workers: 2)
        var rows = (even + [own]).flatMap { load in
            let name = "constant \(rate)/s, \(words(load.workers))\(load.form == .pacing ? ", users' own schedules" : "")"
            return AccuracyRow.rows(of: name, attempts: 3) {
                let (arrivals, control) = try arrivals(load, bench)
                return PacingRows.rows(name, arrivals, ratePerSecond: rate, control: control, bars: bars(bench))
            }
        }
        // Side by side: each is a small load.
        rows += try bench.forEach(counts.count, atATime: counts.count) { index in poissonRows(workers: counts[index], bench) }.flatMap {
            $0
        }
        rows += AccuracyRow.rows(of: "control") { try controlRows(bench) }
        return rows
            + [1, bench.choose(whole: 4, part: 2)].flatMap { workers in
                AccuracyRow.rows(of: "ramp, \(words(workers))", attempts: 3) { [try rampRow(workers: workers, bench)] }
            }
    }

    private static func words(_ workers: Int) -> String { "\(workers) \(workers == 1 ? "worker" : "workers")" }

    /// The arrivals of a run, without those of its first second, in which connections are opened; and a bare timer at the same time.
    private static func arrivals(_ load: SteadyLoad, _ bench: Workbench) throws -> ([Int64], PacingFigures?) {
        let server = try ServerProcess([], bench)
        let control = try TimerControl(ratePerSecond: Double(load.rate))
        defer { _ = control.end(ratePerSecond: Double(load.rate)) }
        _ = try CicadaCall(bench, script: load.script(), ["--host", server.url] + load.flags).finish(
            atMost: load.seconds + 30, exitCodes: [0, 98])
        let figures = control.end(ratePerSecond: Double(load.rate))
        let (_, all) = try server.finish()
        guard let first = all.first else { throw AccuracyError("no request came") }
        return (all.filter { $0 >= first + 1_000_000_000 }, figures)
    }

    private static func poissonRows(workers: Int, _ bench: Workbench) -> [AccuracyRow] {
        let load = SteadyLoad(
            .arrivals, rate: poissonRate, users: 100, seconds: bench.choose(whole: 53, part: 16), workers: workers, isPoisson: true)
        let name = "Poisson \(poissonRate)/s, \(words(workers))"
        return AccuracyRow.rows(of: name, attempts: 2) {
            let (arrivals, _) = try arrivals(load, bench)
            return [poissonRow(name, arrivals, rate: poissonRate, fewest: bench.choose(whole: 10_000, part: 2500), bench)]
        }
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
        let constant = PacingRows.rows("", arrivals, ratePerSecond: rate, control: nil, bars: bars(bench))
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
