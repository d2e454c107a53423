/// Whom a message came from and an answer goes to: the routing id that the peer chose for its connection. Nothing that it says may be
/// trusted.
package struct Route: Hashable, Sendable {
    let bytes: [UInt8]
}
