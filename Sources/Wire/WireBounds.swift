import Statistics

/// How much of everything a message may hold. Checked before anything is believed: whatever was decoded can be added up, sorted and shown
/// without overflow.
package enum WireBounds {
    /// Bytes of a node's id; at least one.
    package static let nodeID = 255
    /// Bytes of names, reasons, places and messages.
    package static let text = StatisticsLimits.longestText
    /// Bytes of a call stack, a log line, and any other text.
    package static let longText = StatisticsLimits.longestStack
    /// Bytes of a hash.
    package static let hash = 64
    /// Lines of one `logs` message.
    package static let logLines = 1000
    /// User classes of a plan.
    package static let userClasses = 1000
    /// Data sources of a plan.
    package static let dataSources = 1000
    /// Bytes of what `setup` returned.
    package static let sharedValue = 1 << 20
    /// Rows of an answer to `workers`.
    package static let workers = 10_000
    /// Cells of one delta: at most 40 MiB. `IntervalSnapshot.split(maximumCells:)` keeps a delta below it.
    package static let cells = 4 << 20
    /// Users, connections, cores, numbers of deltas.
    package static let small: ClosedRange<Int64> = 0...(1 << 31 - 1)
    /// Requests since the start of a run, bytes of memory, sequence numbers: whole thousands of workers may be added up.
    package static let large: ClosedRange<Int64> = 0...(1 << 48)
    /// Versions of targets: microseconds since 1970, and one more for each order.
    package static let version: ClosedRange<Int64> = 0...(1 << 60)
    /// Durations in nanoseconds, either side of zero: 31 years.
    package static let nanoseconds: ClosedRange<Int64> = -SnapshotBounds.nanoseconds...SnapshotBounds.nanoseconds
    /// Durations that cannot be negative.
    package static let elapsed: ClosedRange<Int64> = 0...SnapshotBounds.nanoseconds
    /// Rates, percentages, seconds since 1970.
    package static let decimal: ClosedRange<Double> = 0...1e15
    /// Something per second that there is at all.
    package static let rate: ClosedRange<Double> = 1e-9...1e9
}
