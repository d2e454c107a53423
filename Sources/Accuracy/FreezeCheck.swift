import TestServers

/// A server that stands still for half of the time: half of the starts are bad, and as bad as the formula says.
package enum FreezeCheck {
    package static func rows(_ bench: Workbench) throws -> [AccuracyRow] {
        let form = SteadyLoad.Form.arrivals
        let (rate, period) = (bench.choose(whole: 500, part: 100), 2.0)
        // It opens after 1.5 s and stands still from 2.5 to 3.5 s and so on: the measured time begins and ends while it serves, and has whole periods.
        let users = rate * 3 / 2
        let warmUp = 4
        let name = "freezing 1 s of 2 s, \(rate)/s, \(users) users"
        let server = try ServerProcess(["--opens-after", "\(users)", "--freeze-period", "\(period)s"], bench)
        let measured = bench.choose(whole: 16.0, part: 8.0)
        let load = SteadyLoad(form, rate: rate, users: users, seconds: Double(warmUp) + measured, warmUpSeconds: warmUp)
        let call = try CicadaCall(bench, script: load.script(), ["--host", server.url, "--stop-timeout", "3s"] + load.flags)
        let (_, result) = try call.finish(atMost: load.seconds + 60, exitCodes: [0, 98])
        _ = try server.finish()
        return rows(name, result, rate: rate, measuredSeconds: measured, bench)
    }

    private static func rows(
        _ name: String, _ result: CicadaResult, rate: Int, measuredSeconds: Double, _ bench: Workbench
    ) -> [AccuracyRow] {
        let total = Double(result.total.requests)
        let expectation = StallExpectation(
            stallSeconds: 1, ratePerSecond: Double(rate), drainFactor: .infinity, samples: total, stalls: Int(measuredSeconds / 2))
        let slow = 0.02
        let share = Double(result.total.count(of: "response_time", above: slow)) / total
        let expected = expectation.share(above: slow)
        let bar = bench.choose(whole: 0.015, part: 0.05)
        return [
            AccuracyRow(
                name, "share of starts slower than 20 ms", expected: Figures.plainPercent(expected), measured: Figures.plainPercent(share),
                deviation: Figures.percent(share - expected), bar: "± \(Figures.plainPercent(bar)) of all",
                isHeld: abs(share - expected) <= bar)
        ]
            + ["75", "90", "95", "99"].map { percentile in
                let time = expectation.responseSeconds(atQuantile: (Double(percentile) ?? 0) / 100)
                guard let measured = result.total.responseTime.seconds(atPercentile: percentile) else {
                    return .failed(name, "no p\(percentile)")
                }
                return .time(name, "response time p\(percentile)", expected: time, measured: measured, within: 2 * bar)
            }
    }
}
