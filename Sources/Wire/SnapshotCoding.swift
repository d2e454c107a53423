import LoadModel
import Statistics

/// A snapshot as a map; docs/protocol.md says what stands where.
enum SnapshotCoding {
    /// Writes a well-formed snapshot.
    static func write(_ snapshot: IntervalSnapshot, to writer: inout MessagePackWriter) {
        let example = snapshot.examples.custom
        writer.map(7 + (snapshot.custom.isEmpty ? 0 : 1) + (example == nil ? 0 : 1) + IterationCoding.count(snapshot))
        writer.pair("issued", snapshot.issued)
        writer.pair("connections_opened", snapshot.connectionsOpened)
        writer.string("requests")
        writer.array(snapshot.requests.count)
        for request in snapshot.requests { write(request, to: &writer) }
        writer.pair("cells", binary: CellBytes.encode(snapshot.cells))
        write(snapshot.failures, of: snapshot.requests, to: &writer)
        writer.string("exceptions")
        writer.array(snapshot.exceptions.count)
        for exception in snapshot.exceptions { write(exception, to: &writer) }
        writer.string("examples")
        writer.array(3)
        for example in [snapshot.examples.request, snapshot.examples.failure, snapshot.examples.exception] {
            if let example { writer.string(example, atMost: WireBounds.longText) } else { writer.null() }
        }
        if !snapshot.custom.isEmpty { CustomCoding.write(snapshot.custom, to: &writer) }
        if let example { writer.pair("custom_example", example, atMost: WireBounds.longText) }
        IterationCoding.write(snapshot, to: &writer)
    }

    private static func write(_ request: RequestInterval, to writer: inout MessagePackWriter) {
        let hasTimes = request.requests > 0
        writer.array(hasTimes ? 14 : 6)
        writer.string(request.key.method.text)
        writer.string(request.key.name)
        writer.integer(request.requests)
        writer.integer(request.failures)
        writer.integer(request.interrupted)
        writer.integer(request.receivedBytes)
        guard hasTimes else { return }
        for times in [request.responseTime, request.serviceTime] {
            write(times.sumNanoseconds, to: &writer)
            writer.integer(times.minNanoseconds)
            writer.integer(times.maxNanoseconds)
        }
    }

    /// A sum of 128 bits: its upper half, then its lower one, which has no sign.
    static func write(_ sum: Int128, to writer: inout MessagePackWriter) {
        writer.integer(Int64(truncatingIfNeeded: sum >> 64))
        writer.integer(UInt64(truncatingIfNeeded: sum))
    }

    private static func write(_ failures: [FailureInterval], of requests: [RequestInterval], to writer: inout MessagePackWriter) {
        writer.string("failures")
        writer.array(failures.count)
        if failures.isEmpty { return }
        let positions = Dictionary(uniqueKeysWithValues: requests.enumerated().map { ($1.key, $0) })
        for failure in failures {
            if let position = positions[failure.key.request] {
                writer.array(3)
                writer.integer(position)
            } else {
                writer.array(4)
                writer.string(failure.key.request.method.text)
                writer.string(failure.key.request.name)
            }
            writer.string(failure.key.reason)
            writer.integer(failure.count)
        }
    }

    private static func write(_ exception: ExceptionInterval, to writer: inout MessagePackWriter) {
        writer.array(5)
        writer.string(exception.example.place)
        writer.string(exception.example.message)
        writer.string(exception.example.stack)
        writer.string(exception.userClass)
        writer.integer(exception.count)
    }

    /// Reads a snapshot, which is then well-formed.
    static func read(_ value: MessagePackValue) throws(WireError) -> IntervalSnapshot {
        let map = try value.map()
        var snapshot = IntervalSnapshot()
        snapshot.issued = try map.required("issued").integer(in: 0...SnapshotBounds.count)
        snapshot.connectionsOpened = try map.required("connections_opened").integer(in: 0...SnapshotBounds.count)
        snapshot.requests = try map.required("requests").array(atMost: SnapshotBounds.requests).map(request)
        let cells = try map.required("cells")
        snapshot.cells = try self.cells(cells)
        let requests = snapshot.requests
        snapshot.failures = try map.required("failures").array(atMost: SnapshotBounds.failures).map { value throws(WireError) in
            try failure(value, requests)
        }
        snapshot.exceptions = try map.required("exceptions").array(atMost: SnapshotBounds.exceptions).map(exception)
        let examples = try map.required("examples").array(of: 3)
        snapshot.examples.request = try text(orNull: examples[0])
        snapshot.examples.failure = try text(orNull: examples[1])
        snapshot.examples.exception = try text(orNull: examples[2])
        if let custom = try map.optional("custom") { snapshot.custom = try CustomCoding.read(custom, besideCells: snapshot.cells.count) }
        if let example = try map.optional("custom_example") { snapshot.examples.custom = try text(orNull: example) }
        try IterationCoding.read(map, into: &snapshot)
        guard snapshot.isWellFormed else { throw value.error(.invalid, "does not hold together") }
        return snapshot
    }

    /// Histogram cells, which may be in any order and of any key.
    static func cells(_ value: MessagePackValue) throws(WireError) -> [HistogramCell] {
        let bytes = try value.binary(atMost: 2 * 5 * WireBounds.cells)
        guard let cells = CellBytes.decode(bytes) else { throw value.error(.invalid, "are no cells") }
        guard cells.count <= WireBounds.cells else { throw value.error(.tooLarge, "are more than \(WireBounds.cells)") }
        return cells
    }

    private static func request(_ value: MessagePackValue) throws(WireError) -> RequestInterval {
        let parts = try value.array(atMost: 14)
        guard parts.count == 6 || parts.count == 14 else { throw value.error(.invalid, "has neither 6 nor 14 values") }
        var request = RequestInterval(key: try key(parts[0], parts[1]))
        request.requests = try parts[2].integer(in: 0...SnapshotBounds.count)
        request.failures = try parts[3].integer(in: 0...SnapshotBounds.count)
        request.interrupted = try parts[4].integer(in: 0...SnapshotBounds.count)
        request.receivedBytes = try parts[5].integer(in: 0...SnapshotBounds.bytes)
        if parts.count == 14 {
            guard request.requests > 0 else { throw value.error(.invalid, "has times without requests") }
            request.responseTime = try times(parts, from: 6)
            request.serviceTime = try times(parts, from: 10)
        }
        return request
    }

    /// A sum of 128 bits, written by `write(_:to:)` at `first` and behind it.
    static func sum(_ parts: MessagePackArray, from first: Int) throws(WireError) -> Int128 {
        let high = try parts[first].integer(in: Int64.min...Int64.max)
        return Int128(high) << 64 | Int128(try parts[first + 1].unsigned())
    }

    /// Sum, least and greatest time at `first` and behind it.
    static func times(_ parts: MessagePackArray, from first: Int) throws(WireError) -> TimeExtent {
        var times = TimeExtent()
        times.sumNanoseconds = try sum(parts, from: first)
        times.minNanoseconds = try parts[first + 2].integer(in: WireBounds.nanoseconds)
        times.maxNanoseconds = try parts[first + 3].integer(in: WireBounds.nanoseconds)
        return times
    }

    private static func key(_ method: MessagePackValue, _ name: MessagePackValue) throws(WireError) -> RequestKey {
        let text = try method.string(atMost: WireBounds.text)
        guard let known = HTTPMethod.allCases.first(where: { $0.text == text }) else { throw method.error(.invalid, "is no method") }
        return RequestKey(method: known, name: try name.string(atMost: WireBounds.text))
    }

    private static func failure(_ value: MessagePackValue, _ requests: [RequestInterval]) throws(WireError) -> FailureInterval {
        let parts = try value.array(atMost: 4)
        let request: RequestKey
        switch parts.count {
        case 3:
            let position = Int(try parts[0].integer(in: 0...Int64(SnapshotBounds.requests)))
            guard position < requests.count else { throw parts[0].error(.invalid, "is no position among the requests") }
            request = requests[position].key
        case 4: request = try key(parts[0], parts[1])
        default: throw value.error(.invalid, "has neither 3 nor 4 values")
        }
        let reason = try parts[parts.count - 2].string(atMost: WireBounds.text)
        let count = try parts[parts.count - 1].integer(in: 1...SnapshotBounds.count)
        return FailureInterval(key: FailureKey(request: request, reason: reason), count: count)
    }

    private static func exception(_ value: MessagePackValue) throws(WireError) -> ExceptionInterval {
        let parts = try value.array(of: 5)
        let example = ScriptException(
            place: try parts[0].string(atMost: WireBounds.text), message: try parts[1].string(atMost: WireBounds.text),
            stack: try parts[2].string(atMost: WireBounds.longText))
        return ExceptionInterval(
            example: example, userClass: try parts[3].string(atMost: WireBounds.text),
            count: try parts[4].integer(in: 1...SnapshotBounds.count))
    }

    private static func text(orNull value: MessagePackValue) throws(WireError) -> String? {
        value.isNull ? nil : try value.string(atMost: WireBounds.longText)
    }
}
