import TestServers

/// A server that tells its own time with each answer: no service time is below it, what is above is the same with and without a delay, and quantiles
/// are those of the server's distribution.
package enum LatencyCheck {
    /// Steps at 40 %, 75 %, 90 % and 97.5 %: away from the percentiles that are printed.
    package static let deck = "1ms:400,5ms:350,20ms:150,50ms:75,100ms:25"
    /// How far the difference between client and server may be moved before the distance of Kolmogorov and Smirnov counts it, in seconds.
    package static let tolerance = 100e-6

    /// What lies between the server's time and ours, by request.
    struct Differences {
        var times: [[Int]]
        /// Requests whose service time was below the server's.
        var below: Int
        var count: Int { times.reduce(0) { $0 + $1[1] } }
    }

    package static func rows(_ bench: Workbench) throws -> [AccuracyRow] {
        let plain = try run("0", bench)
        let delayed = try run(deck, bench)
        guard let known = LatencyDeck(text: deck) else { throw AccuracyError("the deck cannot be read") }
        let check = "known latency \(deck)"
        var rows = [(plain, "without delay"), (delayed, "with delay")].map { run, words in
            AccuracyRow.count(check, "service times below the server's own, \(words)", expected: 0, measured: run.differences.below)
        }
        let floor = CicadaResult.seconds(atQuantile: 0.5, plain.differences.times) ?? 0
        rows += distanceRows(check, plain.differences, delayed.differences)
        rows += quantileRows(check, known, floor: floor, delayed.result, bench)
        rows.append(.count(check, "failures", expected: 0, measured: plain.result.total.failures + delayed.result.total.failures))
        return rows
    }

    private static func distanceRows(_ check: String, _ plain: Differences, _ delayed: Differences) -> [AccuracyRow] {
        let (one, other) = (CicadaResult.pairs(plain.times), CicadaResult.pairs(delayed.times))
        let distance = DistributionDistance.between(one, and: other, tolerance: tolerance)
        let bound = DistributionDistance.bound(samples: max(1, plain.count), and: max(1, delayed.count))
        return [
            AccuracyRow(
                check, "our time less the server's, with and without delay: KS distance beyond \(Figures.time(tolerance))",
                expected: "0", measured: Figures.number(distance), deviation: Figures.number(distance), bar: "≤ \(Figures.number(bound))",
                isHeld: distance <= bound)
        ]
    }

    private static func quantileRows(
        _ check: String, _ deck: LatencyDeck, floor: Double, _ result: CicadaResult, _ bench: Workbench
    ) -> [AccuracyRow] {
        let above = bench.choose(whole: 0.001, part: 0.01)
        // Half a point to both sides of each step, and what is printed. A short run ends within a deck, whose shares are then not just as dealt.
        let distance = bench.choose(whole: 0.005, part: 0.02)
        let quantiles = [0.395, 0.405, 0.5, 0.66, 0.745, 0.755, 0.8, 0.895, 0.905, 0.95, 0.97, 0.98, 0.99]
        return quantiles.filter { deck.distanceToStep(fromQuantile: $0) >= distance - 1e-9 }.map { q in
            let figure = "service time p\(Figures.number(q * 100)) (without the \(Figures.time(floor)) of the way)"
            guard let measured = result.total.seconds(atQuantile: q, of: "service_time") else { return .failed(check, "no histogram") }
            let expected = Double(deck.value(atQuantile: q)) / 1e9
            // Three significant digits.
            return .time(check, figure, expected: expected, measured: measured - floor, above: above + expected / 1000, below: floor + 1e-6)
        }
    }

    private static func run(_ latency: String, _ bench: Workbench) throws -> (result: CicadaResult, differences: Differences) {
        let server = try ServerProcess(["--latency", latency], bench)
        let load = SteadyLoad(.pacing, rate: bench.choose(whole: 500, part: 200), users: 100, seconds: bench.choose(whole: 20, part: 6))
        let body = #"""
            local r = self.http:get("/")
            local own = tonumber(r.headers["X-Service-Time"])
            local difference = r.time - own / 1e9
            if difference < 0 then counter("below") else timing("difference", difference) end
            """#
        let (_, result) = try CicadaCall(bench, script: load.script(body), ["--host", server.url] + load.flags).finish(
            atMost: load.seconds + 30, exitCodes: [0, 98])
        _ = try server.finish()
        let times = result.custom.timings.first { $0.name == "difference" }?.histogram ?? []
        let below = Int(result.custom.counters.first { $0.name == "below" }?.sum ?? 0)
        let differences = Differences(times: times, below: below)
        // Each request has been compared.
        if differences.count + below != result.total.requests {
            throw AccuracyError("\(differences.count + below) of \(result.total.requests) requests were compared with the server's time")
        }
        return (result, differences)
    }
}
