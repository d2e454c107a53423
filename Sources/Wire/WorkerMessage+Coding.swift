import Statistics

extension WorkerMessage {
    /// The message as it travels, from the worker of this id. Texts are cut to their bounds; of log lines only `WireBounds.logLines` are
    /// taken. A delta of more than `WireBounds.cells` cells is to be split before.
    package func encoded(nodeID: String) -> [UInt8] {
        switch self {
        case .hello(let hello): Envelope.encode("client_ready", nodeID: nodeID) { hello.write(to: &$0) }
        case .planRequest(let offset):
            Envelope.encode("plan", nodeID: nodeID) {
                $0.map(1)
                $0.pair("offset", offset)
            }
        case .ready(let ready): Envelope.encode("plan_ready", nodeID: nodeID) { ready.write(to: &$0) }
        case .heartbeat(let heartbeat): Envelope.encode("heartbeat", nodeID: nodeID) { heartbeat.write(to: &$0) }
        case .delta(let delta): Envelope.encode("stats", nodeID: nodeID) { delta.write(to: &$0) }
        case .rowRequest(let request): Envelope.encode("rows", nodeID: nodeID) { request.write(to: &$0) }
        case .onceDone(let answer): Envelope.encode("once_done", nodeID: nodeID) { answer.write(to: &$0) }
        case .endWanted(let wish): Envelope.encode("end_wanted", nodeID: nodeID) { wish.write(to: &$0) }
        case .logs(let lines): Envelope.encode("logs", nodeID: nodeID) { Self.write(lines, nodeID: nodeID, to: &$0) }
        case .stopped: Envelope.encode("client_stopped", nodeID: nodeID)
        case .warning(let text):
            Envelope.encode("warning", nodeID: nodeID) {
                $0.map(1)
                $0.pair("text", text, atMost: WireBounds.longText)
            }
        case .failed(let reason):
            Envelope.encode("failed", nodeID: nodeID) {
                $0.map(1)
                $0.pair("reason", reason, atMost: WireBounds.longText)
            }
        case .quit: Envelope.encode("quit", nodeID: nodeID)
        }
    }

    /// Reads a message that came from a worker. Throws for everything that no worker sends.
    package static func decode(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> (message: WorkerMessage, nodeID: String) {
        try Envelope.decode(bytes, largest: Protocol.largestWorkerMessage) { type, data throws(WireError) in
            switch type {
            case "client_ready": .hello(try WorkerHello(data.map()))
            case "plan": .planRequest(offset: try data.map().small("offset"))
            case "plan_ready": .ready(try WorkerReady(data.map()))
            case "heartbeat": .heartbeat(try Heartbeat(data.map()))
            case "stats": .delta(try WorkerDelta(data.map()))
            case "rows": .rowRequest(try RowRequest(data.map()))
            case "once_done": .onceDone(try OnceAnswer(data.map()))
            case "end_wanted": .endWanted(try EndWish(data.map()))
            case "logs": .logs(try lines(data.map()))
            case "client_stopped": .stopped
            case "warning": .warning(try data.map().required("text").string(atMost: WireBounds.longText))
            case "failed": .failed(try data.map().required("reason").string(atMost: WireBounds.longText))
            case "quit": .quit
            default: nil
            }
        }
    }

    /// The same of an array of bytes.
    package static func decode(_ bytes: [UInt8]) throws(WireError) -> (message: WorkerMessage, nodeID: String) {
        try bytes.withUnsafeBufferPointer { bytes throws(WireError) in try decode(UnsafeRawBufferPointer(bytes)) }
    }

    private static func write(_ lines: [String], nodeID: String, to writer: inout MessagePackWriter) {
        writer.map(2)
        writer.pair("worker_id", nodeID, atMost: WireBounds.nodeID)
        writer.string("logs")
        writer.array(min(lines.count, WireBounds.logLines))
        for line in lines.prefix(WireBounds.logLines) { writer.string(line, atMost: WireBounds.longText) }
    }

    private static func lines(_ map: MessagePackMap) throws(WireError) -> [String] {
        try map.required("logs").array(atMost: WireBounds.logLines).map { line throws(WireError) in
            try line.string(atMost: WireBounds.longText)
        }
    }
}

extension WorkerHello {
    fileprivate func write(to writer: inout MessagePackWriter) {
        writer.map((run == nil ? 8 : 13) + machine.knownPairs)
        writer.pair("version", version)
        writer.pair("protocol", protocolVersion)
        writer.pair("session", session)
        writer.pair("host", host)
        writer.pair("pid", processIdentifier)
        writer.pair("cores", cores)
        // The system may say "unlimited".
        writer.pair("descriptors", min(Int64(descriptors), WireBounds.large.upperBound))
        writer.pair("memory", memoryBytes)
        machine.writeKnown(to: &writer)
        guard let run else { return }
        writer.pair("run", run.run)
        writer.pair("plan", binary: run.planHash)
        writer.pair("acknowledged", run.acknowledged)
        writer.pair("issued", run.issued)
        writer.pair("delivered", run.delivered)
    }

    fileprivate init(_ map: MessagePackMap) throws(WireError) {
        self.init(
            version: try map.text("version"), protocolVersion: try map.small("protocol"), session: try map.unsigned("session"),
            host: try map.text("host"), processIdentifier: try map.small("pid"), cores: try map.small("cores"),
            descriptors: Int(try map.large("descriptors")), memoryBytes: try map.large("memory"))
        try machine.readKnown(from: map)
        guard let number = try map.optional("run") else { return }
        run = RunStanding(
            run: try number.unsigned(), planHash: try map.hash("plan"), acknowledged: try map.small("acknowledged"),
            issued: try map.large("issued"), delivered: try map.large("delivered"))
    }
}

extension WorkerReady {
    fileprivate func write(to writer: inout MessagePackWriter) {
        writer.map(4)
        writer.pair("plan", binary: planHash)
        writer.pair("capacity", capacity)
        writer.pair("limit", limit)
        writer.pair("threads", threads)
    }

    fileprivate init(_ map: MessagePackMap) throws(WireError) {
        self.init(
            planHash: try map.hash("plan"), capacity: try map.small("capacity"), limit: try map.text("limit"),
            threads: try map.small("threads"))
    }
}

extension Heartbeat {
    fileprivate func write(to writer: inout MessagePackWriter) {
        writer.map(16 + (health == nil ? 0 : 1) + (clock == nil ? 0 : 1))
        writer.string("state")
        writer.string(activity.rawValue)
        writer.pair("current_cpu_usage", cpuPercent)
        writer.pair("current_memory_usage", memoryBytes)
        writer.pair("sequence", sequence)
        writer.pair("run", run)
        writer.pair("issued", issued)
        writer.string("users")
        writer.integers(users)
        writer.string("ended")
        writer.integers(endedUsers)
        writer.string("drawn")
        writer.integers(drawnRows)
        writer.pair("shared", hasSharedValue)
        writer.pair("targets", targetsVersion)
        writer.pair("epoch", epoch)
        writer.pair("arrivals", arrivalsVersion)
        writer.pair("pending", pendingStarts)
        writer.pair("connections", openConnections)
        writer.pair("lag", lagNanoseconds)
        if let health {
            writer.string("health")
            health.write(to: &writer)
        }
        if let clock {
            writer.string("clock")
            clock.write(to: &writer)
        }
    }

    fileprivate init(_ map: MessagePackMap) throws(WireError) {
        let state = try map.required("state")
        guard let activity = WorkerActivity(rawValue: try state.string(atMost: WireBounds.text)) else {
            throw state.error(.invalid, "is no state of a worker")
        }
        let users = try map.integers("users", atMost: WireBounds.userClasses, in: WireBounds.small)
        self.init(
            sequence: try map.large("sequence"), run: try map.unsigned("run"), activity: activity,
            cpuPercent: try map.decimal("current_cpu_usage"), memoryBytes: try map.large("current_memory_usage"),
            issued: try map.large("issued"), users: users,
            endedUsers: try map.integers("ended", atMost: WireBounds.userClasses, in: WireBounds.small),
            drawnRows: try map.integers("drawn", atMost: WireBounds.dataSources, in: WireBounds.large),
            hasSharedValue: try map.required("shared").bool(),
            targetsVersion: try map.required("targets").integer(in: WireBounds.version), epoch: try map.small("epoch"),
            arrivalsVersion: try map.required("arrivals").integer(in: WireBounds.version), pendingStarts: try map.small("pending"),
            openConnections: try map.small("connections"), lagNanoseconds: try map.elapsed("lag"))
        if let health = try map.optional("health") { self.health = try WorkerHealth(health.map()) }
        if let clock = try map.optional("clock") { self.clock = try ClockReading(clock.map()) }
    }
}

extension WorkerDelta {
    fileprivate func write(to writer: inout MessagePackWriter) {
        writer.map(7)
        writer.pair("user_count", users)
        writer.pair("number", number)
        writer.pair("run", run)
        writer.pair("age", ageNanoseconds)
        writer.pair("connections", openConnections)
        writer.pair("lag", lagNanoseconds)
        writer.string("snapshot")
        SnapshotCoding.write(snapshot, to: &writer)
    }

    fileprivate init(_ map: MessagePackMap) throws(WireError) {
        self.init(
            number: try map.small("number"), run: try map.unsigned("run"), snapshot: try SnapshotCoding.read(map.required("snapshot")),
            ageNanoseconds: try map.elapsed("age"), users: try map.small("user_count"), openConnections: try map.small("connections"),
            lagNanoseconds: try map.elapsed("lag"))
    }
}

extension MessagePackWriter {
    /// Whole numbers, as an array.
    fileprivate mutating func integers(_ values: [Int]) {
        array(values.count)
        for value in values { integer(value) }
    }
}

extension MessagePackMap {
    /// So many whole numbers at most, each within bounds.
    fileprivate func integers(_ key: StaticString, atMost limit: Int, in range: ClosedRange<Int64>) throws(WireError) -> [Int] {
        try required(key).array(atMost: limit).map { value throws(WireError) in Int(try value.integer(in: range)) }
    }
}
