/// What a Locust worker says first: told apart from what Cicada's workers say, so that whoever started it at the wrong master can be told.
package enum LocustGreeting {
    /// Whose greeting it is; nil: it is none.
    package static func sender(of bytes: UnsafeRawBufferPointer) -> String? {
        guard bytes.count <= 4 * WireBounds.text else { return nil }
        return try? MessagePackReader.read(bytes) { root throws(WireError) -> String? in
            let parts = try root.array(of: 3)
            guard parts[0].isString("client_ready") else { return nil }
            // Its version, or a number that says that it is not to be compared. Ours is a map.
            if (try? parts[1].string(atMost: WireBounds.text)) == nil { _ = try parts[1].integer(in: .min ... .max) }
            return try parts[2].string(atMost: WireBounds.nodeID)
        }
    }
}
