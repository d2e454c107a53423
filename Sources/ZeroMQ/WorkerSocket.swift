import CZeroMQ
import Glibc

/// A worker's or an operator's end of the link. It belongs to one thread; no call blocks. Whoever lost its connection closes the socket and
/// makes a new one, under a new routing id.
///
/// The descriptors are only hints, and any call can use a hint up: before every wait, call `takeEvents`, and `receive` until it answers
/// false.
package final class WorkerSocket {
    private static let events =
        ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CONNECT_DELAYED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED
        | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
        | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH

    /// Messages that were dropped because they were not of one frame.
    package private(set) var malformedMessages = 0

    private let socket: SocketHandle
    private let monitor: SocketMonitor
    private let payload = MessageFrame()
    private var progress: ConnectionProgress

    /// Begins to connect; how it goes is told by `takeEvents`. A host name is looked up on libzmq's own thread, among IPv4 addresses.
    ///
    /// `routingID`: who this is at the other end, where that is not free; bytes of which the first is not 0. Nil: drawn at random.
    /// One attempt gets `connectTimeout`; attempts follow after 50 ms, growing to a second. `linger` is how long a message that was sent
    /// outlives the socket, and so the longest that the end of the context can take. Throws `LinkError` for what cannot be an address.
    package init(
        _ context: MessageContext, host: String, port: Int, security: WorkerSecurity, limits: LinkLimits,
        routingID: [UInt8]? = nil, connectTimeout: Duration = .seconds(5), linger: Duration = .zero
    ) throws {
        let address = try TCPAddress(host: host, port: port)
        if port == 0 || host == "*" { throw LinkError("\(address) is nothing to connect to: give the master's address and port") }
        let socket = try SocketHandle(context, type: ZMQ_DEALER)
        try socket.configure(limits, isIPv6: address.isIPv6)
        let id = RandomBytes.bytes(16)
        // libzmq keeps ids that begin with 0 for itself.
        try socket.set(ZMQ_ROUTING_ID, routingID ?? [id[0] | 0x80] + id[1...])
        try socket.set(ZMQ_IMMEDIATE, 1)
        try socket.set(ZMQ_LINGER, linger == .zero ? 0 : linger.wholeMilliseconds)
        try socket.set(ZMQ_CONNECT_TIMEOUT, connectTimeout.wholeMilliseconds)
        try socket.set(ZMQ_RECONNECT_IVL, 50)
        try socket.set(ZMQ_RECONNECT_IVL_MAX, 1000)
        let keys: (server: [UInt8], own: CurveKeyPair)? =
            switch security {
            case .plain: nil
            case .curve(let token): (token.serverPublicKey, token.workers)
            case .operator(let key): (key.server.publicKey, key.operators)
            }
        if let keys {
            try socket.set(ZMQ_CURVE_SERVERKEY, keys.server)
            try socket.set(ZMQ_CURVE_PUBLICKEY, keys.own.publicKey)
            try socket.set(ZMQ_CURVE_SECRETKEY, keys.own.secretKey)
        }
        let monitor = try SocketMonitor(of: socket, context, events: Self.events)
        if zmq_connect(socket.pointer, address.endpoint) != 0 {
            let error = LinkError(doing: "connect to \(address)")
            SocketMonitor.stop(socket)
            throw error
        }
        self.socket = socket
        self.monitor = monitor
        progress = ConnectionProgress(address: address.description)
    }

    deinit { SocketMonitor.stop(socket) }

    /// What was handed over and has not gone yet is forgotten when the socket closes, whatever `linger` says: its routing id is needed again.
    package func forgetUnsent() { try? socket.set(ZMQ_LINGER, 0) }

    /// What to watch for readability.
    package var descriptors: [Int32] { [socket.descriptor, monitor.descriptor] }

    /// Hands the next message to `body`, if one is there; its bytes are libzmq's and only valid in there. Answers false when none is left.
    package func receive(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows -> Bool {
        while payload.receive(from: socket) {
            if payload.hasMore {
                while payload.hasMore, payload.receive(from: socket) {}
                payload.clear()
                malformedMessages += 1
                continue
            }
            defer { payload.clear() }
            try body(payload.bytes)
            return true
        }
        return false
    }

    /// Sends one message. Answers false when there is no connection, or no room. Never blocks.
    package func send(_ bytes: [UInt8]) -> Bool {
        if zmq_send(socket.pointer, bytes, bytes.count, ZMQ_DONTWAIT) >= 0 { return true }
        // The master may have made room, which libzmq notices only now.
        return socket.refresh() && zmq_send(socket.pointer, bytes, bytes.count, ZMQ_DONTWAIT) >= 0
    }

    /// Whether there is a connection, with room for a message.
    package var canSend: Bool { socket.refresh() }

    /// What has become of the connection since the last call, oldest first.
    package func takeEvents() -> [LinkEvent] {
        var events: [LinkEvent] = []
        while let event = monitor.next() {
            if let told = progress.event(event.kind, value: event.value) { events.append(told) }
        }
        return events
    }
}
