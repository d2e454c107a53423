import Foundation
import Glibc
import TestServers

/// Workers whose monotonic clocks are another than the master's: nothing changes.
package enum ClockCheck {
    private static let rate = 500

    package static func rows(_ bench: Workbench) -> [AccuracyRow] {
        bench.choose(whole: [0, 1, 1000], part: [1000]).flatMap { shift in
            AccuracyRow.rows(of: "clock shifted by \(shift) s", attempts: 3) { try rows(shift: shift, bench) }
        }
    }

    /// A master and two workers, the second in a time namespace.
    private static func rows(shift: Int, _ bench: Workbench) throws -> [AccuracyRow] {
        let check = "clock of a worker \(shift == 0 ? "as the master's" : "shifted by \(shift) s")"
        let server = try ServerProcess([], bench)
        let port = Loopback.freePort()
        let load = SteadyLoad(.arrivals, rate: rate, users: 50, seconds: bench.choose(whole: 8, part: 5))
        let timer = try TimerControl(ratePerSecond: Double(rate))
        defer { _ = timer.end(ratePerSecond: Double(rate)) }
        let master = try CicadaCall(
            bench, command: "master", script: load.script(),
            ["--host", server.url, "--port", "\(port)", "--plain", "--expect-workers", "2"] + load.flags)
        let workers = try [0, shift].enumerated().map { index, shift in try worker("w\(index)", port: port, shift: shift) }
        defer { for worker in workers { worker.signal(SIGKILL) } }
        let (_, result) = try master.finish(atMost: load.seconds + 60, exitCodes: [0, 98])
        let control = timer.end(ratePerSecond: Double(rate))
        let (_, all) = try server.finish()
        guard let first = all.first else { throw AccuracyError("\(check): no request came") }
        let arrivals = all.filter { $0 >= first + 1_000_000_000 }
        let distance = PacingRows.rows(
            check, arrivals, ratePerSecond: rate, control: control, bars: (bench.choose(whole: 0.001, part: 0.01), 0)
        ).prefix(1)
        return [verdictRow(check, result.verdict, bench)] + distance + [
            .most(
                check, "service time p50", measured: result.total.serviceTime.seconds(atPercentile: "50") ?? .infinity,
                bar: bench.choose(whole: 0.002, part: 0.02), text: Figures.time),
            .count(check, "requests at the server, of those in the result", expected: result.total.requests, measured: all.count),
        ]
    }

    /// What a clock could do to a verdict is a finding about starts or times. That the machine is unsteady, which depends on the moment, is none of it.
    private static func verdictRow(_ check: String, _ verdict: CicadaResult.Judged?, _ bench: Workbench) -> AccuracyRow {
        let rules = verdict?.findings.filter { $0.level != "valid" }.map(\.rule) ?? ["none"]
        let isOfMachine = rules.allSatisfy { ["generator-lag", "generator-paused", "cpu-contended", "cpu-stolen"].contains($0) }
        let words = rules.isEmpty ? "" : " (\(rules.joined(separator: ", ")))"
        return AccuracyRow(
            check, "verdict", expected: "valid", measured: (verdict?.level ?? "none") + words, deviation: "–",
            bar: "valid, but for an unsteady machine",
            isHeld: (isOfMachine || bench.effort == .part) && verdict.map { $0.level != "invalid" } ?? false, isWidened: !rules.isEmpty)
    }

    private static func worker(_ name: String, port: Int, shift: Int) throws -> RunningProgram {
        let cicada = try RunningProgram.path(ofBuilt: "cicada")
        let arguments = ["worker", "--master-port", "\(port)", "--plain", "--name", name, "--config", "/dev/null"]
        if shift == 0 { return try RunningProgram(path: cicada, arguments) }
        let namespace = ["unshare", "--user", "--map-root-user", "--time", "--monotonic", "\(shift)", "--kill-child", "--fork"]
        return try RunningProgram(path: "/usr/bin/env", namespace + [cicada] + arguments)
    }
}
