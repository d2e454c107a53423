import Statistics

extension OperatorMessage {
    /// The message as it travels, from the operator of this id.
    package func encoded(nodeID: String) -> [UInt8] {
        switch self {
        case .scale(let users, let ratePerSecond):
            Envelope.encode("scale", nodeID: nodeID) {
                $0.map(2)
                $0.pair("users", users.map(Int64.init))
                $0.pair("spawn_rate", ratePerSecond)
            }
        case .workers: Envelope.encode("workers", nodeID: nodeID)
        }
    }

    /// Reads a message that came from an operator. Throws for everything that no operator sends.
    package static func decode(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> (message: OperatorMessage, nodeID: String) {
        try Envelope.decode(bytes, largest: Protocol.largestMasterMessage) { type, data throws(WireError) in
            switch type {
            case "scale":
                let map = try data.map()
                let users = try map.optional("users")?.integer(in: WireBounds.small)
                return .scale(users: users.map(Int.init), ratePerSecond: try map.optional("spawn_rate")?.double(in: WireBounds.decimal))
            case "workers": return .workers
            default: return nil
            }
        }
    }

    /// The same of an array of bytes.
    package static func decode(_ bytes: [UInt8]) throws(WireError) -> (message: OperatorMessage, nodeID: String) {
        try bytes.withUnsafeBufferPointer { bytes throws(WireError) in try decode(UnsafeRawBufferPointer(bytes)) }
    }
}

extension OperatorReply {
    /// The answer as it travels, to the operator of this id. Texts are cut to their bounds; of rows only `WireBounds.workers` are taken.
    package func encoded(nodeID: String) -> [UInt8] {
        switch self {
        case .scaled(let users, let rate, let usersBefore, let rateBefore):
            Envelope.encode("scaled", nodeID: nodeID) {
                $0.map(4)
                $0.pair("users", users)
                $0.pair("spawn_rate", rate)
                $0.pair("users_before", usersBefore)
                $0.pair("spawn_rate_before", rateBefore)
            }
        case .workers(let rows):
            Envelope.encode("workers", nodeID: nodeID) {
                $0.array(min(rows.count, WireBounds.workers))
                for row in rows.prefix(WireBounds.workers) { row.write(to: &$0) }
            }
        case .refused(let reason):
            Envelope.encode("refused", nodeID: nodeID) {
                $0.map(1)
                $0.pair("reason", reason, atMost: WireBounds.longText)
            }
        }
    }

    /// Reads an answer that came from a master. Throws for everything that no master answers.
    package static func decode(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> (message: OperatorReply, nodeID: String) {
        try Envelope.decode(bytes, largest: Protocol.largestOperatorReply) { type, data throws(WireError) in
            switch type {
            case "scaled":
                let map = try data.map()
                return .scaled(
                    users: try map.small("users"), ratePerSecond: try map.decimal("spawn_rate"), usersBefore: try map.small("users_before"),
                    rateBefore: try map.decimal("spawn_rate_before"))
            case "workers":
                return .workers(
                    try data.array(atMost: WireBounds.workers).map { row throws(WireError) in try WorkerRow(row.map()) })
            case "refused": return .refused(try data.map().required("reason").string(atMost: WireBounds.longText))
            default: return nil
            }
        }
    }

    /// The same of an array of bytes.
    package static func decode(_ bytes: [UInt8]) throws(WireError) -> (message: OperatorReply, nodeID: String) {
        try bytes.withUnsafeBufferPointer { bytes throws(WireError) in try decode(UnsafeRawBufferPointer(bytes)) }
    }
}

extension WorkerRow {
    fileprivate func write(to writer: inout MessagePackWriter) {
        writer.map(18 + machine.knownPairs)
        writer.pair("name", name)
        writer.pair("host", host)
        writer.pair("state", state)
        writer.pair("users", users)
        writer.pair("users_dealt", usersDealt)
        writer.pair("capacity", capacity)
        writer.pair("requests_per_s", requestsPerSecond)
        writer.pair("cpu_percent", cpuPercent)
        writer.pair("memory_bytes", memoryBytes)
        writer.pair("lag_ns", lagNanoseconds)
        writer.pair("delta_age_ns", deltaAgeNanoseconds)
        writer.pair("silence_ns", silenceNanoseconds)
        writer.pair("issued", issued)
        writer.pair("merged", merged)
        writer.pair("interrupted", interrupted)
        writer.pair("cores", machine.cores)
        writer.pair("descriptors", min(Int64(machine.descriptors), WireBounds.large.upperBound))
        writer.pair("free_memory", machine.freeMemoryBytes)
        machine.writeKnown(to: &writer)
    }

    fileprivate init(_ map: MessagePackMap) throws(WireError) {
        self.init(
            name: try map.text("name"), host: try map.text("host"), state: try map.text("state"), users: try map.small("users"),
            usersDealt: try map.small("users_dealt"), capacity: try map.small("capacity"),
            requestsPerSecond: try map.decimal("requests_per_s"), cpuPercent: try map.decimal("cpu_percent"),
            memoryBytes: try map.large("memory_bytes"), lagNanoseconds: try map.elapsed("lag_ns"),
            deltaAgeNanoseconds: try map.optional("delta_age_ns")?.integer(in: WireBounds.elapsed),
            silenceNanoseconds: try map.elapsed("silence_ns"), issued: try map.large("issued"), merged: try map.large("merged"),
            interrupted: try map.large("interrupted"))
        try machine.readKnown(from: map)
        machine.cores = try map.small("cores")
        machine.descriptors = Int(try map.large("descriptors"))
        machine.freeMemoryBytes = try map.large("free_memory")
    }
}
