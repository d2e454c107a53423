/// Whom a message came from and an answer goes to: the routing id that the peer chose for its connection. Nothing that it says may be
/// trusted.
package struct Route: Hashable, Sendable {
    let bytes: [UInt8]

    /// The route to whoever calls its connection so.
    package init(_ name: String) { bytes = Array(name.utf8) }

    init(bytes: [UInt8]) { self.bytes = bytes }
}
