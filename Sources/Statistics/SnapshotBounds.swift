/// How large the figures of one snapshot may be. No worker comes near them; they keep what another machine sent from overflowing any sum:
/// 2²⁶ snapshots of the greatest counts, or of the longest times, may be merged.
package enum SnapshotBounds {
    /// Requests (method and name): what a cell's key can number.
    package static let requests = 8192
    /// Failures: `StatisticsLimits.failures`, one `(other)` a request, and room.
    package static let failures = 4096
    /// Exceptions: `StatisticsLimits.exceptions`, `(other)`, and room.
    package static let exceptions = 1024
    /// Measurements of scripts: `StatisticsLimits.custom`, one `(other)` per kind, and room.
    package static let custom = 1024
    /// Tasks with iterations: `StatisticsLimits.iterations`, `(other)`, and room.
    package static let iterations = 1024
    /// Each count, and the counts of all requests together.
    package static let count: Int64 = 1 << 36
    /// Received bytes of one request. Their sums saturate.
    package static let bytes: Int64 = 1 << 53
    /// Times in nanoseconds, either side of zero: 31 years.
    package static let nanoseconds: Int64 = 1_000_000_000_000_000_000
    /// A counter's amounts, either side of zero. Their sums saturate.
    package static let amount: Int64 = 1_000_000_000_000_000
}
