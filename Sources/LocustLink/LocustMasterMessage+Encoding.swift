import Wire

extension LocustMasterMessage {
    /// The message as it travels, to the worker of this id.
    package func encoded(nodeID: String) -> [UInt8] {
        var writer = MessagePackWriter()
        writer.array(3)
        writeContent(to: &writer)
        writer.string(nodeID)
        return writer.bytes
    }

    /// Type and data.
    private func writeContent(to writer: inout MessagePackWriter) {
        switch self {
        case .acknowledge(let index):
            writer.string("ack")
            guard let index else { return writer.null() }
            writer.map(1)
            writer.pair("index", index)
        case .spawn(let spawn):
            writer.string("spawn")
            spawn.write(to: &writer)
        case .spawningComplete(let users):
            writer.string("spawning_complete")
            writer.map(1)
            writer.pair("user_count", users)
        case .heartbeat: Self.write("heartbeat", to: &writer)
        case .stop: Self.write("stop", to: &writer)
        case .quit: Self.write("quit", to: &writer)
        case .reconnect: Self.write("reconnect", to: &writer)
        case .noFile(let reason):
            writer.string("locustfile")
            writer.map(1)
            writer.pair("error", reason, atMost: WireBounds.longText)
        case .other(let type):
            writer.string(type)
            writer.null()
        }
    }

    /// A type without data.
    private static func write(_ type: StaticString, to writer: inout MessagePackWriter) {
        writer.string(type)
        writer.null()
    }
}

extension LocustSpawn {
    /// Options whose values are lists at Locust.
    private static let lists: Set<String> = ["tags", "exclude_tags"]

    fileprivate func write(to writer: inout MessagePackWriter) {
        writer.map(5)
        writer.pair("timestamp", timestamp)
        writer.string("user_classes_count")
        writer.map(users.count)
        for entry in users {
            writer.string(entry.userClass)
            writer.integer(entry.count)
        }
        writer.pair("host", host, atMost: LocustBounds.longText)
        writer.pair("stop_timeout", stopTimeout)
        writer.string("parsed_options")
        writer.map(options.count)
        for (name, value) in options.sorted(by: { $0.key < $1.key }) {
            writer.string(name)
            guard Self.lists.contains(name) else {
                writer.string(value)
                continue
            }
            let words = value.split(separator: ",").map(String.init)
            writer.array(words.count)
            for word in words { writer.string(word) }
        }
    }
}
