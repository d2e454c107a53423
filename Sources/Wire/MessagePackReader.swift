import CMessagePack

/// Reads one MessagePack value that came from elsewhere.
package enum MessagePackReader {
    /// Hands the value to `body`. It and all that is reached from it refer to `bytes` and are valid only until `body` returns.
    ///
    /// Throws when the bytes are not exactly one value, when that is nested more than 32 deep or has more than half a million parts.
    package static func read<Result>(
        _ bytes: UnsafeRawBufferPointer, _ body: (MessagePackValue) throws(WireError) -> Result
    ) throws(WireError) -> Result {
        try MessagePackStructure.check(bytes)
        var unpacked = msgpack_unpacked()
        msgpack_unpacked_init(&unpacked)
        defer { msgpack_unpacked_destroy(&unpacked) }
        var offset = 0
        let status = msgpack_unpack_next(&unpacked, bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count, &offset)
        guard status == MSGPACK_UNPACK_SUCCESS else {
            if status == MSGPACK_UNPACK_NOMEM_ERROR { throw WireError(.tooLarge, "is nested too deep") }
            throw WireError(.notMessagePack, "is not MessagePack")
        }
        // A copy with an address of its own, since paths are found by address.
        let root = UnsafeMutablePointer<msgpack_object>.allocate(capacity: 1)
        root.initialize(to: unpacked.data)
        defer { root.deallocate() }
        return try body(MessagePackValue(object: root, root: root))
    }

    /// The same of an array of bytes.
    package static func read<Result>(
        _ bytes: [UInt8], _ body: (MessagePackValue) throws(WireError) -> Result
    ) throws(WireError) -> Result {
        try bytes.withUnsafeBufferPointer { bytes throws(WireError) in try read(UnsafeRawBufferPointer(bytes), body) }
    }
}
