import Statistics

/// Iterations, loop lag and starts within a snapshot; docs/protocol.md says what stands where.
enum IterationCoding {
    /// Values of a task's iterations, and of the lag.
    private static let iterationSize = 13
    private static let lagSize = 5

    /// Keys that are there beside those of every snapshot.
    static func count(_ snapshot: IntervalSnapshot) -> Int {
        [
            !snapshot.iterations.isEmpty, !snapshot.lag.cells.isEmpty, snapshot.busyNanoseconds > 0,
            snapshot.startsBegun > 0 || snapshot.startsDropped > 0,
        ].count { $0 }
    }

    /// Writes those keys and their values.
    static func write(_ snapshot: IntervalSnapshot, to writer: inout MessagePackWriter) {
        if !snapshot.iterations.isEmpty {
            writer.string("iterations")
            writer.array(snapshot.iterations.count)
            for iteration in snapshot.iterations { write(iteration, to: &writer) }
        }
        if !snapshot.lag.cells.isEmpty {
            writer.string("lag")
            writer.array(lagSize)
            write(snapshot.lag.times, to: &writer)
            writer.binary(CellBytes.encode(snapshot.lag.cells))
        }
        if snapshot.busyNanoseconds > 0 { writer.pair("busy", snapshot.busyNanoseconds) }
        if snapshot.startsBegun > 0 || snapshot.startsDropped > 0 {
            writer.string("starts")
            writer.array(2)
            writer.integer(snapshot.startsBegun)
            writer.integer(snapshot.startsDropped)
        }
    }

    private static func write(_ iteration: IterationInterval, to writer: inout MessagePackWriter) {
        writer.array(iterationSize)
        writer.string(iteration.key.userClass)
        writer.string(iteration.key.task)
        writer.integer(iteration.count)
        writer.integer(iteration.failed)
        write(iteration.responseTime, to: &writer)
        write(iteration.duration, to: &writer)
        writer.binary(CellBytes.encode(iteration.cells))
    }

    private static func write(_ times: TimeExtent, to writer: inout MessagePackWriter) {
        SnapshotCoding.write(times.sumNanoseconds, to: &writer)
        writer.integer(times.minNanoseconds)
        writer.integer(times.maxNanoseconds)
    }

    /// Reads them into a snapshot that has all else. That figures hold together is not checked here.
    static func read(_ map: MessagePackMap, into snapshot: inout IntervalSnapshot) throws(WireError) {
        var cells = snapshot.cellCount
        if let value = try map.optional("lag") {
            let parts = try value.array(of: lagSize)
            snapshot.lag.times = try SnapshotCoding.times(parts, from: 0)
            snapshot.lag.cells = try SnapshotCoding.cells(parts[4])
            cells += snapshot.lag.cells.count
        }
        if let value = try map.optional("iterations") {
            snapshot.iterations = try value.array(atMost: SnapshotBounds.iterations).map { value throws(WireError) in
                let iteration = try iteration(value)
                cells += iteration.cells.count
                guard cells <= WireBounds.cells else {
                    throw value.error(.tooLarge, "has, with those before, more than \(WireBounds.cells) cells")
                }
                return iteration
            }
        }
        if let value = try map.optional("busy") { snapshot.busyNanoseconds = try value.integer(in: WireBounds.elapsed) }
        if let value = try map.optional("starts") {
            let parts = try value.array(of: 2)
            snapshot.startsBegun = try parts[0].integer(in: 0...SnapshotBounds.count)
            snapshot.startsDropped = try parts[1].integer(in: 0...SnapshotBounds.count)
        }
    }

    private static func iteration(_ value: MessagePackValue) throws(WireError) -> IterationInterval {
        let parts = try value.array(of: iterationSize)
        let userClass = try parts[0].string(atMost: WireBounds.text)
        var iteration = IterationInterval(key: IterationKey(userClass: userClass, task: try parts[1].string(atMost: WireBounds.text)))
        iteration.count = try parts[2].integer(in: 1...SnapshotBounds.count)
        iteration.failed = try parts[3].integer(in: 0...SnapshotBounds.count)
        iteration.responseTime = try SnapshotCoding.times(parts, from: 4)
        iteration.duration = try SnapshotCoding.times(parts, from: 8)
        iteration.cells = try SnapshotCoding.cells(parts[12])
        return iteration
    }
}
