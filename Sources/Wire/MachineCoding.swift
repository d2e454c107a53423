import Statistics

/// Where a worker runs, as part of its hello and of a row about it. What was not told is left out.
extension WorkerMachine {
    /// How many pairs `writeKnown` writes.
    var knownPairs: Int {
        [quotaCores != nil, memoryLimitBytes != nil, ports != nil, index != nil, node != nil, pod != nil].count { $0 }
    }

    /// Writes what not every worker tells.
    func writeKnown(to writer: inout MessagePackWriter) {
        if let quotaCores { writer.pair("quota_cores", quotaCores) }
        if let memoryLimitBytes { writer.pair("memory_limit", memoryLimitBytes) }
        if let ports { writer.pair("ports", ports) }
        if let index { writer.pair("index", index) }
        if let node { writer.pair("node", node) }
        if let pod { writer.pair("pod", pod) }
    }

    /// Reads what `writeKnown` writes.
    mutating func readKnown(from map: MessagePackMap) throws(WireError) {
        quotaCores = try map.optional("quota_cores")?.double(in: WireBounds.decimal)
        memoryLimitBytes = try map.optional("memory_limit")?.integer(in: WireBounds.large)
        ports = try map.optionalCount("ports")
        index = try map.optionalCount("index")
        node = try map.optional("node")?.string(atMost: WireBounds.text)
        pod = try map.optional("pod")?.string(atMost: WireBounds.text)
    }
}

extension MessagePackMap {
    /// A count or size; no value when it is not there.
    func optionalCount(_ key: StaticString) throws(WireError) -> Int? {
        guard let value = try optional(key) else { return nil }
        return Int(try value.integer(in: WireBounds.small))
    }
}
