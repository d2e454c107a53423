/// The frame around every message: `[type, data, node_id]`.
package enum Envelope {
    /// A message of this type whose data `body` writes.
    package static func encode(_ type: StaticString, nodeID: String, _ body: (inout MessagePackWriter) -> Void) -> [UInt8] {
        var writer = MessagePackWriter()
        writer.array(3)
        writer.string(type)
        body(&writer)
        writer.string(nodeID, atMost: WireBounds.nodeID)
        return writer.bytes
    }

    /// The same without data.
    package static func encode(_ type: StaticString, nodeID: String) -> [UInt8] { encode(type, nodeID: nodeID) { $0.null() } }

    /// Opens a message of at most so many bytes; `body` makes one of its type and data.
    package static func decode<Message>(
        _ bytes: UnsafeRawBufferPointer, largest: Int,
        _ body: (_ type: String, _ data: MessagePackValue) throws(WireError) -> Message?
    ) throws(WireError) -> (message: Message, nodeID: String) {
        guard bytes.count <= largest else { throw WireError(.tooLarge, "is longer than \(largest) bytes") }
        return try MessagePackReader.read(bytes) { root throws(WireError) in
            let parts = try root.array(of: 3)
            let nodeID = try parts[2].string(atMost: WireBounds.nodeID)
            guard !nodeID.isEmpty else { throw parts[2].error(.invalid, "is empty") }
            let type = try parts[0].string(atMost: WireBounds.nodeID)
            guard let message = try body(type, parts[1]) else {
                throw parts[0].error(.unknownMessage, "is none that is known here: '\(type)'")
            }
            return (message, nodeID)
        }
    }
}

extension MessagePackMap {
    /// A count or size that fits any sum of such.
    func small(_ key: StaticString) throws(WireError) -> Int { Int(try required(key).integer(in: WireBounds.small)) }

    /// A count since the start of a run, a version, or bytes.
    func large(_ key: StaticString) throws(WireError) -> Int64 { try required(key).integer(in: WireBounds.large) }

    /// A duration from 0 on.
    func elapsed(_ key: StaticString) throws(WireError) -> Int64 { try required(key).integer(in: WireBounds.elapsed) }

    /// A text that is shown in one line.
    func text(_ key: StaticString) throws(WireError) -> String { try required(key).string(atMost: WireBounds.text) }

    /// A rate or a percentage.
    func decimal(_ key: StaticString) throws(WireError) -> Double { try required(key).double(in: WireBounds.decimal) }

    /// A hash.
    func hash(_ key: StaticString) throws(WireError) -> [UInt8] { [UInt8](try required(key).binary(atMost: WireBounds.hash)) }

    /// The number of a run or session.
    func unsigned(_ key: StaticString) throws(WireError) -> UInt64 { try required(key).unsigned() }
}
