import Foundation
import Glibc
import TestServers

/// A server that stands still under a constant rate: response times follow the formula, at every percentile.
package enum StallCheck {
    /// One run.
    package struct Plan: Sendable {
        package var stallSeconds: Double
        package var rate: Int
        package var users: Int
        package var seconds: Double
        package var workers = 1
        package var form = SteadyLoad.Form.arrivals
        /// The server's process is stopped by a signal, from outside.
        package var bySignal = false

        package init(
            stallSeconds: Double, rate: Int, users: Int? = nil, seconds: Double, workers: Int = 1, form: SteadyLoad.Form = .arrivals,
            bySignal: Bool = false
        ) {
            self.stallSeconds = stallSeconds
            self.rate = rate
            self.users = users ?? Int((1.2 * Double(rate) * stallSeconds).rounded(.up))
            self.seconds = seconds
            self.workers = workers
            self.form = form
            self.bySignal = bySignal
        }

        /// Whether all starts of the stall find a user.
        var hasUsersForAll: Bool { Double(users) >= Double(rate) * stallSeconds }

        /// Until each user has its connection, in seconds: in the open model the server holds its first answers for that.
        var opening: Double { Double(users) / Double(rate) }
        var warmUpSeconds: Int { form == .arrivals ? Int(opening.rounded(.up)) + 1 : 0 }
        /// From the server's opening to the stall: behind the warm-up.
        var stallAfter: Double { form == .arrivals ? Double(warmUpSeconds) - opening + 1.5 : opening + 1 }

        var name: String {
            let model = form == .arrivals ? "" : ", users' own schedules"
            let signal = bySignal ? ", SIGSTOP" : ""
            return
                "stall \(Figures.number(stallSeconds)) s, \(rate)/s, \(users) users, \(workers) \(workers == 1 ? "worker" : "workers")\(model)\(signal)"
        }
    }

    /// All runs.
    package static func rows(_ bench: Workbench) -> [AccuracyRow] {
        let plans = bench.choose(
            whole: [1, 4].flatMap { workers in
                [
                    Plan(stallSeconds: 0.2, rate: 2000, seconds: 6, workers: workers),
                    Plan(stallSeconds: 1.4, rate: 1000, seconds: 22, workers: workers),
                    Plan(stallSeconds: 5, rate: 400, seconds: 26, workers: workers),
                    Plan(stallSeconds: 1.4, rate: 1000, users: 16, seconds: 16, workers: workers),
                ]
            } + [
                Plan(stallSeconds: 1.4, rate: 1000, seconds: 16, form: .pacing, bySignal: true)
            ],
            part: [
                Plan(stallSeconds: 1.4, rate: 200, seconds: 12, workers: 2),
                Plan(stallSeconds: 1.4, rate: 200, users: 4, seconds: 10),
            ])
        return plans.flatMap { plan in AccuracyRow.rows(of: plan.name, attempts: 2) { try rows(plan, bench) } }
    }

    /// One run.
    package static func rows(_ plan: Plan, _ bench: Workbench) throws -> [AccuracyRow] {
        var flags = plan.form == .arrivals ? ["--opens-after", "\(plan.users)"] : []
        if !plan.bySignal { flags += ["--stall-after", "\(plan.stallAfter)s", "--stall-for", "\(plan.stallSeconds)s"] }
        let server = try ServerProcess(flags, bench)
        let load = SteadyLoad(
            plan.form, rate: plan.rate, users: plan.users, seconds: plan.seconds, workers: plan.workers, warmUpSeconds: plan.warmUpSeconds)
        let call = try CicadaCall(bench, script: load.script(), ["--host", server.url] + load.flags)
        var signalled: ClosedRange<Int64>?
        if plan.bySignal {
            try server.waitUntilOpen()
            signalled = stop(server, after: plan.stallAfter, for: plan.stallSeconds)
        }
        // Whether the measurement is to be believed is another check's matter.
        let (_, result) = try call.finish(atMost: plan.seconds + 60, exitCodes: [0, 98])
        let (report, arrivals) = try server.finish()
        guard let stall = signalled ?? report.stalls.first.map({ $0[0]...$0[1] }) else {
            throw AccuracyError("the server did not stand still")
        }
        guard let drain = DrainMeasurement.factor(arrivals: arrivals, stall: stall, ratePerSecond: Double(plan.rate)) else {
            throw AccuracyError("\(plan.name): the backlog was never served")
        }
        let expectation = StallExpectation(
            stallSeconds: Double(stall.upperBound - stall.lowerBound) / 1e9, ratePerSecond: Double(plan.rate), drainFactor: drain,
            samples: Double(result.total.requests))
        return responseRows(plan, expectation, result, bench) + [serviceRow(plan, result)]
            + [.count(plan.name, "failures", expected: 0, measured: result.total.failures)]
    }

    private static func responseRows(
        _ plan: Plan, _ expectation: StallExpectation, _ result: CicadaResult, _ bench: Workbench
    ) -> [AccuracyRow] {
        let share = bench.choose(whole: 0.03, part: 0.1)
        var rows: [AccuracyRow] = []
        for percentile in ["80", "90", "95", "98", "99", "99.9"] {
            let expected = expectation.responseSeconds(atQuantile: (Double(percentile) ?? 0) / 100)
            // Below, the few tenths of a millisecond that a request takes by itself would weigh too much.
            guard expected >= expectation.stallSeconds / 4 else { continue }
            let figure = "response time p\(percentile), k = \(Figures.number(expectation.drainFactor))"
            if let measured = result.total.responseTime.seconds(atPercentile: percentile) {
                rows.append(.time(plan.name, figure, expected: expected, measured: measured, within: share))
            } else {
                rows.append(.failed(plan.name, "no p\(percentile)"))
            }
        }
        return rows.isEmpty ? [.failed(plan.name, "no percentile lies within the stall")] : rows
    }

    /// With fewer users than starts: service times show those only that were under way when the server stood still.
    private static func serviceRow(_ plan: Plan, _ result: CicadaResult) -> AccuracyRow {
        let stuck = result.total.count(of: "service_time", above: plan.stallSeconds / 2)
        if plan.hasUsersForAll {
            // All were sent when they were due, so both times are the same.
            let late = result.total.count(of: "response_time", above: plan.stallSeconds / 2)
            let difference = abs(stuck - late)
            return AccuracyRow(
                plan.name, "service times over S/2, as response times", expected: "\(late)", measured: "\(stuck)",
                deviation: "\(stuck - late)", bar: "± 1 %", isHeld: Double(difference) <= 0.01 * Double(late) + 1)
        }
        return AccuracyRow(
            plan.name, "service times over S/2: the stuck few", expected: "\(plan.users)", measured: "\(stuck)",
            deviation: "\(stuck - plan.users)", bar: "0", isHeld: stuck == plan.users)
    }

    private static func stop(_ server: ServerProcess, after seconds: Double, for span: Double) -> ClosedRange<Int64> {
        usleep(UInt32(seconds * 1e6))
        let start = monotonicSeconds()
        server.program.signal(SIGSTOP)
        usleep(UInt32(span * 1e6))
        server.program.signal(SIGCONT)
        return Int64(start * 1e9)...Int64(monotonicSeconds() * 1e9)
    }
}
