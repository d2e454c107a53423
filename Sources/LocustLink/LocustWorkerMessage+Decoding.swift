import Wire

extension LocustWorkerMessage {
    /// Reads a message that came from a Locust worker, and its id. Throws for everything that no Locust worker sends; keys that are not known are passed
    /// over.
    package static func decode(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> (message: LocustWorkerMessage, nodeID: String) {
        try Envelope.decode(bytes, largest: LocustBounds.workerMessage) { type, data throws(WireError) in
            try message(type: type, data: data)
        }
    }

    /// The same of an array of bytes.
    package static func decode(_ bytes: [UInt8]) throws(WireError) -> (message: LocustWorkerMessage, nodeID: String) {
        try bytes.withUnsafeBufferPointer { bytes throws(WireError) in try decode(UnsafeRawBufferPointer(bytes)) }
    }

    private static func message(type: String, data: MessagePackValue) throws(WireError) -> LocustWorkerMessage {
        switch type {
        case "client_ready":
            // A number there, as a rule -1, says that no version is to be compared.
            if (try? data.integer(in: .min ... .max)) != nil { return .ready(version: nil) }
            return .ready(version: try data.string(atMost: WireBounds.text))
        case "locustfile": return .fileRequest
        case "heartbeat": return .heartbeat(try LocustHeartbeat(data.map()))
        case "spawning": return .spawning
        case "spawning_complete":
            return .spawningComplete(try LocustUsers.list(data.map().required("user_classes_count")))
        case "stats": return .report(try LocustReport(data.map()))
        case "exception":
            let map = try data.map()
            return .exception(
                message: try map.required("msg").string(atMost: LocustBounds.longText),
                traceback: try map.required("traceback").string(atMost: LocustBounds.longText))
        case "logs":
            return .logs(
                try data.map().required("logs").array(atMost: LocustBounds.logLines).map { line throws(WireError) in
                    try line.string(atMost: LocustBounds.longText)
                })
        case "client_stopped": return .stopped
        case "quit": return .quit
        default: return .other(type: type)
        }
    }
}

extension LocustHeartbeat {
    fileprivate init(_ map: MessagePackMap) throws(WireError) {
        let state = try map.required("state").string(atMost: WireBounds.text)
        // Words of later versions are none that anything depends on.
        self.init(activity: LocustActivity(rawValue: state) ?? .ready)
        cpuPercent = try map.optional("current_cpu_usage")?.double(in: WireBounds.decimal) ?? 0
        memoryBytes = try map.optional("current_memory_usage")?.integer(in: WireBounds.large) ?? 0
    }
}

extension LocustUsers {
    /// Users by class.
    static func list(_ value: MessagePackValue) throws(WireError) -> [LocustUsers] {
        let map = try value.map(atMost: LocustBounds.userClasses)
        var users: [LocustUsers] = []
        users.reserveCapacity(map.count)
        try map.forEach { name, count throws(WireError) in
            users.append(LocustUsers(try name.string(atMost: WireBounds.text), Int(try count.integer(in: LocustBounds.users))))
        }
        return users
    }
}
