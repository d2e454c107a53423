import LoadModel

/// Counts what one engine thread measures, and hands it out once per interval.
///
/// Owned by one engine thread: not locked, not `Sendable`; only snapshots leave it. Memory follows what an interval touched:
/// all histograms share one hash table of (request, series, bucket) → count, emptied by each snapshot.
package final class IntervalRecorder {
    private let limits: StatisticsLimits

    /// A recorder without samples.
    package init(limits: StatisticsLimits = StatisticsLimits()) { self.limits = limits }

    /// The number of a request's group; the same for the same method and name as long as the recorder lives.
    ///
    /// Bytes that are not UTF-8 are repaired; names over `StatisticsLimits.longestText` bytes are cut. An empty name is allowed.
    package func request(method: HTTPMethod, name: UnsafeRawBufferPointer) -> RequestID { fatalError() }

    /// The number of a failure: why requests of a group failed, in words fit for a table.
    package func failure(of request: RequestID, reason: UnsafeRawBufferPointer) -> FailureID { fatalError() }

    /// The number of a failure, from a `String`.
    package func failure(of request: RequestID, reason: String) -> FailureID {
        var reason = reason
        return reason.withUTF8 { failure(of: request, reason: UnsafeRawBufferPointer($0)) }
    }

    /// Counts one finished request.
    package func record(_ sample: RequestSample) { fatalError() }

    /// Counts a request handed to the transport.
    package func countIssued() { issued += 1 }

    /// Counts a request that was cut off at the stop: no failure, no time.
    package func countInterrupted(_ request: RequestID) { fatalError() }

    /// Counts connections that the transport opened.
    package func countConnectionsOpened(_ count: Int64) { fatalError() }

    /// Counts an error that a script raised and did not catch.
    package func record(exception: ScriptException, userClass: String) { fatalError() }

    /// Requests handed to the transport since the recorder was made; for heartbeats. Not reset by `takeSnapshot()`.
    package private(set) var issued: Int64 = 0

    /// What was counted since the last call; the recorder is empty afterwards, its numbers stay valid.
    package func takeSnapshot() -> IntervalSnapshot { fatalError() }
}
