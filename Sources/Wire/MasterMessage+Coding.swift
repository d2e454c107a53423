extension MasterMessage {
    /// The message as it travels, to the worker of this id. Reasons are cut to their bound.
    package func encoded(nodeID: String) -> [UInt8] {
        switch self {
        case .welcome(let welcome): Envelope.encode("ack", nodeID: nodeID) { welcome.write(to: &$0) }
        case .wait(let reason):
            Envelope.encode("wait", nodeID: nodeID) {
                $0.map(1)
                $0.pair("reason", reason, atMost: WireBounds.longText)
            }
        case .planChunk(let chunk): Envelope.encode("plan", nodeID: nodeID) { chunk.write(to: &$0) }
        case .targets(let targets): Envelope.encode("spawn", nodeID: nodeID) { targets.write(to: &$0) }
        case .arrivals(let order): Envelope.encode("arrivals", nodeID: nodeID) { order.write(to: &$0) }
        case .share(let value):
            Envelope.encode("share", nodeID: nodeID) {
                $0.map(1)
                $0.pair("value", binary: value)
            }
        case .once(let step):
            Envelope.encode("once", nodeID: nodeID) {
                $0.map(1)
                step.write(to: &$0)
            }
        case .rows(let block): Envelope.encode("rows", nodeID: nodeID) { block.write(to: &$0) }
        case .heartbeat(let reply): Envelope.encode("heartbeat", nodeID: nodeID) { reply.write(to: &$0) }
        case .acknowledge(let delta):
            Envelope.encode("stats_ack", nodeID: nodeID) {
                $0.map(1)
                $0.pair("number", delta)
            }
        case .stop(let order): Envelope.encode("stop", nodeID: nodeID) { order.write(to: &$0) }
        case .quit(nil): Envelope.encode("quit", nodeID: nodeID)
        case .quit(let reason):
            Envelope.encode("quit", nodeID: nodeID) {
                $0.map(1)
                $0.pair("reason", reason, atMost: WireBounds.longText)
            }
        }
    }

    /// Reads a message that came from a master. Throws for everything that no master sends.
    package static func decode(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> (message: MasterMessage, nodeID: String) {
        try Envelope.decode(bytes, largest: Protocol.largestMasterMessage) { type, data throws(WireError) in
            switch type {
            case "ack": .welcome(try Welcome(data.map()))
            case "wait": .wait(reason: try data.map().required("reason").string(atMost: WireBounds.longText))
            case "plan": .planChunk(try PlanChunk(data.map()))
            case "spawn": .targets(try UserTargets(data.map()))
            case "arrivals": .arrivals(try ArrivalsOrder(data.map()))
            case "share": .share([UInt8](try data.map().required("value").binary(atMost: WireBounds.sharedValue)))
            case "once": .once(try OnceStep(data.map()))
            case "rows": .rows(try RowBlock(data.map()))
            case "heartbeat": .heartbeat(try HeartbeatReply(data.map()))
            case "stats_ack": .acknowledge(delta: try data.map().small("number"))
            case "stop": .stop(try StopOrder(data.map()))
            case "quit": .quit(reason: try data.isNull ? nil : data.map().optional("reason")?.string(atMost: WireBounds.longText))
            default: nil
            }
        }
    }

    /// The same of an array of bytes.
    package static func decode(_ bytes: [UInt8]) throws(WireError) -> (message: MasterMessage, nodeID: String) {
        try bytes.withUnsafeBufferPointer { bytes throws(WireError) in try decode(UnsafeRawBufferPointer(bytes)) }
    }
}

extension Welcome {
    fileprivate func write(to writer: inout MessagePackWriter) {
        writer.map(10)
        writer.pair("index", index)
        writer.pair("place", place)
        writer.pair("version", version)
        writer.pair("protocol", protocolVersion)
        writer.pair("run", run)
        writer.pair("plan", binary: planHash)
        writer.pair("plan_size", planSize)
        writer.pair("acknowledged", acknowledged)
        writer.pair("lease", leaseNanoseconds)
        writer.pair("workers", workers)
    }

    fileprivate init(_ map: MessagePackMap) throws(WireError) {
        self.init(
            index: try map.small("index"), version: try map.text("version"), protocolVersion: try map.small("protocol"),
            run: try map.unsigned("run"), planHash: try map.hash("plan"), planSize: try map.small("plan_size"),
            acknowledged: try map.small("acknowledged"), leaseNanoseconds: try map.optional("lease")?.integer(in: WireBounds.elapsed),
            workers: try map.small("workers"), place: try map.optionalCount("place"))
    }
}

extension PlanChunk {
    fileprivate func write(to writer: inout MessagePackWriter) {
        writer.map(2)
        writer.pair("offset", offset)
        writer.pair("bytes", binary: bytes)
    }

    fileprivate init(_ map: MessagePackMap) throws(WireError) {
        self.init(offset: try map.small("offset"), bytes: [UInt8](try map.required("bytes").binary(atMost: PlanChunk.largest)))
    }
}

extension UserTargets {
    fileprivate func write(to writer: inout MessagePackWriter) {
        writer.map(connectRate == nil ? 11 : 12)
        // In microseconds `version` is a time; Locust's workers take only later ones than the last.
        writer.pair("timestamp", Double(version) / 1e6)
        writer.string("user_classes_count")
        writer.map(counts.count)
        for entry in counts {
            writer.string(entry.name, atMost: WireBounds.text)
            writer.integer(entry.count)
        }
        writer.pair("host", nil as String?)
        writer.pair("stop_timeout", nil as Double?)
        writer.string("parsed_options")
        writer.map(0)
        writer.pair("version", version)
        writer.pair("epoch", epoch)
        writer.pair("due", firstDueIn)
        writer.pair("interval", intervalNanoseconds)
        writer.pair("elapsed", runElapsedNanoseconds)
        writer.pair("connections", connectionCap.map(Int64.init))
        if let connectRate { writer.pair("connect_rate", connectRate) }
    }

    fileprivate init(_ map: MessagePackMap) throws(WireError) {
        let connections = try map.optional("connections")?.integer(in: WireBounds.small)
        self.init(
            version: try map.required("version").integer(in: WireBounds.version), epoch: try map.small("epoch"),
            counts: try Self.counts(map.required("user_classes_count")),
            firstDueIn: try map.required("due").integer(in: WireBounds.nanoseconds), intervalNanoseconds: try map.elapsed("interval"),
            runElapsedNanoseconds: try map.elapsed("elapsed"), connectionCap: connections.map(Int.init),
            connectRate: try map.optional("connect_rate")?.double(in: WireBounds.rate))
    }

    private static func counts(_ value: MessagePackValue) throws(WireError) -> [ClassCount] {
        var counts: [ClassCount] = []
        var names: Set<String> = []
        try value.map(atMost: WireBounds.userClasses).forEach { key, count throws(WireError) in
            let name = try key.string(atMost: WireBounds.text)
            guard names.insert(name).inserted else { throw key.error(.invalid, "is there twice") }
            counts.append(ClassCount(name, Int(try count.integer(in: WireBounds.small))))
        }
        return counts
    }
}

extension HeartbeatReply {
    fileprivate func write(to writer: inout MessagePackWriter) {
        writer.map(3)
        writer.pair("sequence", sequence)
        writer.pair("run", run)
        writer.pair("clock", clockNanoseconds)
    }

    fileprivate init(_ map: MessagePackMap) throws(WireError) {
        self.init(
            sequence: try map.large("sequence"), run: try map.unsigned("run"),
            clockNanoseconds: try map.required("clock").integer(in: WireBounds.nanoseconds))
    }
}

extension StopOrder {
    fileprivate func write(to writer: inout MessagePackWriter) {
        writer.map(2)
        writer.pair("grace", graceNanoseconds)
        writer.pair("immediate", isImmediate)
    }

    fileprivate init(_ map: MessagePackMap) throws(WireError) {
        self.init(graceNanoseconds: try map.elapsed("grace"), isImmediate: try map.required("immediate").bool())
    }
}
