import LoadModel
import Statistics
import Wire

/// Merged into over all inputs, so that sums grow.
///
/// Unsafe only to the compiler: libFuzzer calls from one thread.
nonisolated(unsafe) private var result = {
    var limits = StatisticsLimits()
    limits.requests = 20
    limits.failures = 20
    limits.exceptions = 20
    return RunResult(limits: limits)
}()
nonisolated(unsafe) private var merged = 0

/// What libFuzzer calls with each input: whatever the bytes are, decoding throws or gives a message that comes back as it was and can be
/// folded, split and merged.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDecoders(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    if let (message, nodeID) = try? WorkerMessage.decode(bytes) {
        let (again, _) = sound { () throws(WireError) in try WorkerMessage.decode(message.encoded(nodeID: nodeID)) }
        precondition(again == message, "a worker's message does not come back as it was")
        if case .delta(let delta) = message { use(delta) }
        if case .heartbeat(let heartbeat) = message { result.noteIssued(heartbeat.issued, byWorker: "w") }
    }
    if let (message, nodeID) = try? MasterMessage.decode(bytes) {
        let (again, _) = sound { () throws(WireError) in try MasterMessage.decode(message.encoded(nodeID: nodeID)) }
        precondition(again == message, "a master's message does not come back as it was")
    }
    if let (message, nodeID) = try? OperatorMessage.decode(bytes) {
        let (again, _) = sound { () throws(WireError) in try OperatorMessage.decode(message.encoded(nodeID: nodeID)) }
        precondition(again == message, "an operator's message does not come back as it was")
    }
    if let (message, nodeID) = try? OperatorReply.decode(bytes) {
        let (again, _) = sound { () throws(WireError) in try OperatorReply.decode(message.encoded(nodeID: nodeID)) }
        precondition(again == message, "an answer does not come back as it was")
    }
    return 0
}

private func use(_ delta: WorkerDelta) {
    let snapshot = delta.snapshot
    precondition(snapshot.isWellFormed, "a decoded snapshot is not well-formed")
    result.merge(snapshot, fromWorker: "w", second: merged % 10_000)
    merged += 1
    var folded = snapshot
    folded.fold(snapshot)
    precondition(snapshot.split(maximumCells: 2).allSatisfy { $0.isWellFormed }, "a part is not well-formed")
    if merged % 1000 == 0 {
        _ = result.total().responseTime.nanoseconds(atPercentiles: Percentile.printed)
        _ = result.recent(seconds: 100, before: 10_000).nanoseconds(atPercentiles: [50, 100])
    }
}

/// What a message of our own making decodes to.
private func sound<Message>(_ decode: () throws(WireError) -> Message) -> Message {
    do throws(WireError) { return try decode() } catch { fatalError("what was decoded is refused when it is sent on: \(error)") }
}
