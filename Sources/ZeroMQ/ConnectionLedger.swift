/// What is known of the connections to a bound socket, from libzmq's events: decides which of them were refusals. Pure.
///
/// libzmq names the connection when it is made and when it ends, but not when a handshake fails or succeeds. A failure is followed by the
/// end of the same connection at once. One that ends without a failure was let in, or was refused for its key (told separately), or never
/// began to speak the protocol; these are told apart by counting, so that single reasons can be wrong while their number is right.
struct ConnectionLedger {
    /// What has become of a connection.
    enum End: Equatable {
        /// It had been let in, or its refusal is told elsewhere.
        case known
        /// It was never let in.
        case refused(Refusal.Reason, address: String?)
    }

    private struct Connection {
        var address: String?
        var hasSpoken = false
    }

    private var open: [Int32: Connection] = [:]
    private var lastFailure: Refusal.Reason?
    private var refusedKeys = 0
    private var silentMembers = 0

    /// A connection was made.
    mutating func accepted(_ connection: Int32, from address: String?) {
        lastFailure = nil
        open[connection] = Connection(address: address)
    }

    /// A handshake failed; the end of its connection comes next.
    mutating func failed(_ reason: Refusal.Reason) { lastFailure = reason }

    /// A key was refused; its connection ends soon.
    mutating func refusedKey() { refusedKeys += 1 }

    /// Somebody was let in.
    mutating func succeeded() { silentMembers += 1 }

    /// A message came by a connection, so that it is one that was let in.
    mutating func spoke(_ connection: Int32) {
        guard open[connection]?.hasSpoken == false else { return }
        open[connection]?.hasSpoken = true
        silentMembers = max(0, silentMembers - 1)
    }

    /// A connection ended.
    mutating func disconnected(_ connection: Int32) -> End {
        let ended = open.removeValue(forKey: connection)
        if let reason = lastFailure {
            lastFailure = nil
            return .refused(reason, address: ended?.address)
        }
        if ended?.hasSpoken == true { return .known }
        if refusedKeys > 0 {
            refusedKeys -= 1
            return .known
        }
        if silentMembers > 0 {
            silentMembers -= 1
            return .known
        }
        return .refused(.stranger, address: ended?.address)
    }
}
