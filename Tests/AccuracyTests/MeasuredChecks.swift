import Accuracy
import TestServers
import Testing

extension AccuracyTests {
    /// The part of `make accuracy` that belongs to the tests: fewer and shorter runs, wider bars.
    struct MeasuredChecks {
        @Test(arguments: AccuracySuite.checks.map(\.name)) func barsAreHeld(check: String) async throws {
            let table = try await onOwnThread { AccuracySuite.run(only: [check], try Workbench(effort: .part)) { _ in } }
            #expect(!table.rows.isEmpty)
            for row in table.rows { #expect(row.isHeld, "\(row)") }
        }
    }
}
