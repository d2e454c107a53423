import Wire

/// A Locust master's messages, read with bounds. Keys that are not known are passed over, as are types.
extension LocustMasterMessage {
    /// Reads a message; with it comes the id that it is for. Throws when it cannot be taken for what it should be.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer
    ) throws(WireError) -> (message: LocustMasterMessage, nodeID: String) {
        try Envelope.decode(bytes, largest: LocustBounds.masterMessage) { type, data throws(WireError) in
            switch type {
            case "ack":
                guard !data.isNull else { return .acknowledge(index: nil) }
                let index = try data.map(atMost: LocustBounds.options).optional("index")
                return .acknowledge(index: try index.map { value throws(WireError) in Int(try value.integer(in: WireBounds.small)) })
            case "spawn": return .spawn(try LocustSpawn(data.map(atMost: LocustBounds.options)))
            case "spawning_complete":
                guard !data.isNull, let users = try data.map(atMost: LocustBounds.options).optional("user_count") else {
                    return .spawningComplete(users: 0)
                }
                return .spawningComplete(users: Int(try users.integer(in: WireBounds.small)))
            case "heartbeat": return .heartbeat
            case "stop": return .stop
            case "quit": return .quit
            case "reconnect": return .reconnect
            case "locustfile":
                guard !data.isNull, let reason = try data.map(atMost: LocustBounds.options).optional("error") else {
                    return .other(type: type)
                }
                return .noFile(reason: try reason.string(atMost: LocustBounds.text))
            default: return .other(type: type)
            }
        }
    }

    /// The same of an array of bytes.
    package static func decode(_ bytes: [UInt8]) throws(WireError) -> (message: LocustMasterMessage, nodeID: String) {
        try bytes.withUnsafeBufferPointer { bytes throws(WireError) in try decode(UnsafeRawBufferPointer(bytes)) }
    }
}

extension LocustSpawn {
    fileprivate init(_ map: MessagePackMap) throws(WireError) {
        var users: [LocustUsers] = []
        try map.required("user_classes_count").map(atMost: LocustBounds.userClasses).forEach { name, count throws(WireError) in
            users.append(
                LocustUsers(try name.string(atMost: LocustBounds.text), Int(try count.integer(in: LocustBounds.users))))
        }
        let host = try map.optional("host")
        let stopTimeout = try map.optional("stop_timeout")
        self.init(
            timestamp: try map.required("timestamp").double(in: LocustBounds.seconds), users: users,
            host: try host.map { value throws(WireError) in try value.string(atMost: LocustBounds.text) },
            stopTimeout: try stopTimeout.map { value throws(WireError) in try value.double(in: LocustBounds.seconds) })
        guard let options = try map.optional("parsed_options") else { return }
        var texts: [String: String] = [:]
        try options.map(atMost: LocustBounds.options).forEach { name, value throws(WireError) in
            if let text = value.optionText { texts[try name.string(atMost: LocustBounds.text)] = text }
        }
        self.options = texts
    }
}

extension MessagePackValue {
    /// An option's value as a text, a list with commas; nil: it is nil, or no such thing.
    fileprivate var optionText: String? {
        if isNull { return nil }
        if let text = try? string(atMost: LocustBounds.text) { return text }
        if let isOn = try? bool() { return isOn ? "true" : "false" }
        if let number = try? integer(in: .min ... .max) { return String(number) }
        if let number = try? double(in: -1e300...1e300) { return String(number) }
        guard let list = try? array(atMost: LocustBounds.options) else { return nil }
        let words = try? list.map { value throws(WireError) in try value.string(atMost: LocustBounds.text) }
        return words?.joined(separator: ",")
    }
}
