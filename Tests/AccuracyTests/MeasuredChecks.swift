import Accuracy
import TestServers
import Testing

extension AccuracyTests {
    /// The part of `make accuracy` that belongs to the tests: fewer and shorter runs, wider bars. A machine that runs tests has other things to do: what
    /// is held once in three times is not wrong.
    struct MeasuredChecks {
        @Test(arguments: AccuracySuite.checks.map(\.name)) func barsAreHeld(check: String) async throws {
            let table = try await onOwnThread {
                var table = AccuracyTable()
                for _ in 0..<3 where !table.isHeld { table = AccuracySuite.run(only: [check], try Workbench(effort: .part)) { _ in } }
                return table
            }
            #expect(!table.rows.isEmpty)
            for row in table.rows { #expect(row.isHeld, "\(row)") }
        }
    }
}
