import LoadModel
import Statistics
import Wire

/// Merged into over all inputs, so that sums grow.
///
/// Unsafe only to the compiler: libFuzzer calls from one thread.
nonisolated(unsafe) private var result = RunResult()
nonisolated(unsafe) private var merged = 0

/// What libFuzzer calls with each input: whatever comes to the port that is open to Locust's workers, or from a Locust master, is refused, or is a message
/// whose figures can be merged. Compiled with the decoders themselves.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLocust(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    if let (message, _) = try? LocustWorkerMessage.decode(bytes), case .report(let report) = message {
        let snapshot = report.snapshot()
        // Requests without a time have no cells, so it need not be `isWellFormed` in all; but each name stands once, and the cells belong to names.
        precondition(zip(snapshot.requests, snapshot.requests.dropFirst()).allSatisfy { $0.key < $1.key }, "names do not ascend")
        precondition(snapshot.cells.allSatisfy { $0.request < snapshot.requests.count && $0.count > 0 }, "a cell of no request")
        result.merge(snapshot, fromWorker: "w", second: merged % 10_000)
        merged += 1
        if merged % 1000 == 0 { _ = result.total().responseTime.nanoseconds(atPercentiles: Percentile.printed) }
    }
    _ = try? LocustMasterMessage.decode(bytes)
    return 0
}
