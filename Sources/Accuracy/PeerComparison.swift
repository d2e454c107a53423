import Glibc
import TestServers

/// What other tools report of the same servers in the same run: facts with their commands, no checks.
package enum PeerComparison {
    private static let percentiles = ["50", "90", "95", "99"]

    /// Two tables for docs/accuracy.md.
    package static func page(_ bench: Workbench) throws -> String {
        try stall(bench) + "\n" + (try known(bench))
    }

    /// 1.4 s within 20 s; all but wrk and curl at 500 requests a second.
    private static func stall(_ bench: Workbench) throws -> String {
        let (rate, seconds, span) = (500, 20, 1.4)
        let flags = ["--stall-after", "8s", "--stall-for", "\(span)s"]
        let truth = StallExpectation(
            stallSeconds: span, ratePerSecond: Double(rate), drainFactor: .infinity, samples: Double(rate * seconds))
        let users = Int(1.2 * Double(rate) * span)
        let load = SteadyLoad(.arrivals, rate: rate, users: users, seconds: Double(seconds))
        let reports = try reports(
            flags, bench,
            [
                ("Cicada", { try own(load, $0, bench) }), ("wrk", { try PeerTools.wrk($0, seconds: seconds) }),
                ("hey", { try PeerTools.hey($0, rate: rate, seconds: seconds) }),
                ("Locust", { try PeerTools.locust($0, rate: rate, seconds: seconds, bench) }),
            ])
        let expected = percentiles.map { percentile in
            let seconds = truth.responseSeconds(atQuantile: (Double(percentile) ?? 0) / 100)
            return seconds > 0 ? Figures.time(seconds) : "0"
        }
        return """
            ### A stall of 1.4 s in 20 s

            At 500 requests a second, as far as a tool has rates. The truth is that of the formula, without what a request takes by itself.


            """ + table(reports, truth: expected)
    }

    private static func known(_ bench: Workbench) throws -> String {
        let (rate, seconds) = (500, 12)
        guard let deck = LatencyDeck(text: LatencyCheck.deck) else { throw AccuracyError("the deck cannot be read") }
        let load = SteadyLoad(.arrivals, rate: rate, users: 200, seconds: Double(seconds))
        let reports = try reports(
            ["--latency", LatencyCheck.deck], bench,
            [
                ("Cicada", { try own(load, $0, bench) }), ("wrk", { try PeerTools.wrk($0, seconds: seconds) }),
                ("hey", { try PeerTools.hey($0, rate: rate, seconds: seconds) }),
                ("Locust", { try PeerTools.locust($0, rate: rate, seconds: seconds, bench) }),
                ("curl", { try PeerTools.curl($0, count: 500) }),
            ])
        let expected = percentiles.map { Figures.time(Double(deck.value(atQuantile: (Double($0) ?? 0) / 100)) / 1e9) }
        return "### Known latencies\n\n`\(LatencyCheck.deck)`: each with its share of 1,000.\n\n" + table(reports, truth: expected)
    }

    /// A server of its own for each tool, so that all meet the same. A tool that fails says so in its place.
    private static func reports(
        _ flags: [String], _ bench: Workbench, _ tools: [(name: String, run: (String) throws -> PeerTools.Report?)]
    ) throws -> [PeerTools.Report] {
        try tools.compactMap { tool in
            let server = try ServerProcess(flags, bench)
            defer { server.program.signal(SIGTERM) }
            do { return try tool.run(server.url) } catch {
                let reason = AccuracyRow.failed(tool.name, "\(error)").measured
                return PeerTools.Report(tool: tool.name, command: "failed: \(reason)", percentiles: [:])
            }
        }
    }

    private static func own(_ load: SteadyLoad, _ url: String, _ bench: Workbench) throws -> PeerTools.Report {
        let (_, result) = try CicadaCall(bench, script: load.script(), ["--host", url] + load.flags).finish(
            atMost: load.seconds + 30, exitCodes: [0, 98])
        var percentiles: [String: Double] = [:]
        for (name, value) in result.total.responseTime.percentiles { percentiles[name] = value.map { $0 / 1000 } }
        return PeerTools.Report(
            tool: "Cicada, response time", command: "cicada run " + load.flags.joined(separator: " "), percentiles: percentiles)
    }

    private static func table(_ reports: [PeerTools.Report], truth: [String]) -> String {
        let head = ["tool"] + percentiles.map { "p\($0)" } + ["command"]
        let rows = reports.map { report in
            [report.tool] + percentiles.map { report.percentiles[$0].map(Figures.time) ?? "–" } + ["`\(report.command)`"]
        }
        return AccuracyTable.markdown(head: head, [["the truth"] + truth + [""]] + rows)
    }
}
