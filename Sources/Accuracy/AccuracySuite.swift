import EventLoop
import Foundation
import TestServers

/// All checks by name, in the order in which they are made.
package enum AccuracySuite {
    /// Its rows; throws when it cannot be made.
    package typealias Check = @Sendable (Workbench) throws -> [AccuracyRow]

    package static let checks: [(name: String, check: Check)] = [
        ("merge", MergeCheck.rows), ("phases", PhaseCheck.rows), ("latency", LatencyCheck.rows), ("little", LittleCheck.rows),
        ("stall", StallCheck.rows), ("freeze", FreezeCheck.rows), ("pacing", PacingCheck.rows), ("clocks", ClockCheck.rows),
        ("tail", TailCheck.rows), ("verdict", VerdictCheck.rows),
    ]

    /// Makes the checks named, all when none is. What cannot be made is a row that is not held.
    package static func run(only names: [String], _ bench: Workbench, progress: (String) -> Void) -> AccuracyTable {
        var table = AccuracyTable()
        for (name, check) in checks where names.isEmpty || names.contains(name) {
            let start = monotonicSeconds()
            let rows: [AccuracyRow]
            do { rows = try check(bench) } catch { rows = [.failed(name, "\(error)")] }
            table.rows += rows
            var part = AccuracyTable()
            part.rows = rows
            progress("\(name): \(part.summary), \(Figures.number(monotonicSeconds() - start)) s")
        }
        return table
    }
}
