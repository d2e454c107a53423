import CZeroMQ
import Glibc

/// The master's end of the link: takes connections, lets in who has a key, and exchanges messages of one frame. It belongs to one thread;
/// no call blocks but `init`, which looks a host name up.
///
/// The descriptors are only hints, and any call can use a hint up: before every wait, call `process` until it answers false and `receive`
/// until it answers false.
package final class MasterSocket {
    /// Who sent a message.
    package struct Sender {
        /// Where an answer goes to.
        package var route: Route
        /// Whether it may give orders. Without encryption that is every peer on a loopback address, workers included.
        package var isOperator: Bool
    }

    private static let eventsPerCall = 256
    private static let events =
        ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL
        | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH

    /// The port that is listened on.
    package let port: Int
    /// Where it listens, as `host:port`.
    package let address: String
    /// Messages that were dropped because they were not of one frame.
    package private(set) var malformedMessages = 0

    private let socket: SocketHandle
    private let monitor: SocketMonitor
    private let authenticator: Authenticator?
    private let identity = MessageFrame()
    private let payload = MessageFrame()
    private var ledger = ConnectionLedger()
    private var refusals = RefusalLog()

    /// Listens on `host`, a name or address of this machine or `*` for all of its IPv4 addresses, and `port`, 0 for any that is free.
    ///
    /// `takesOver`: a new connection under a routing id that has one takes its place; otherwise it is not heard.
    /// Throws `LinkError` when the port is taken or the address is not this machine's.
    package init(
        _ context: MessageContext, host: String, port: Int, security: MasterSecurity, limits: LinkLimits, takesOver: Bool = false
    ) throws {
        let given = try TCPAddress(host: host, port: port)
        let address = try given.resolved()
        let authenticator: Authenticator?
        let socket = try SocketHandle(context, type: ZMQ_ROUTER)
        try socket.configure(limits, isIPv6: address.isIPv6)
        try socket.set(ZMQ_ROUTER_MANDATORY, 1)
        try socket.set(ZMQ_BACKLOG, 1024)
        if takesOver { try socket.set(ZMQ_ROUTER_HANDOVER, 1) }
        switch security {
        case .plain: authenticator = nil
        case .curve(let key):
            // Before anybody can connect: without it nobody is let in.
            authenticator = try Authenticator(context, key: key)
            try socket.set(ZMQ_CURVE_SERVER, 1)
            try socket.set(ZMQ_CURVE_SECRETKEY, key.server.secretKey)
            try socket.set(ZMQ_ZAP_DOMAIN, Array("cicada".utf8))
            try socket.set(ZMQ_ZAP_ENFORCE_DOMAIN, 1)
        }
        let monitor = try SocketMonitor(of: socket, context, events: Self.events)
        let port: Int
        do { port = try Self.bind(socket, given, address) } catch {
            SocketMonitor.stop(socket)
            throw error
        }
        self.socket = socket
        self.monitor = monitor
        self.authenticator = authenticator
        self.port = port
        self.address = try TCPAddress(host: given.host, port: port).description
    }

    deinit { SocketMonitor.stop(socket) }

    /// What to watch for readability.
    package var descriptors: [Int32] {
        var descriptors = [socket.descriptor, monitor.descriptor]
        if let descriptor = authenticator?.descriptor { descriptors.append(descriptor) }
        return descriptors
    }

    /// Lets in or refuses who is waiting, and takes note of connections. Answers true when more is waiting: call again before the next
    /// wait.
    package func process() -> Bool {
        let hasMoreQuestions = answerQuestions()
        return takeEvents() || hasMoreQuestions
    }

    /// Hands the next message to `body`, if one is there; its bytes are libzmq's and only valid in there. Answers false when none is left.
    package func receive(_ body: (Sender, UnsafeRawBufferPointer) throws -> Void) rethrows -> Bool {
        while identity.receive(from: socket) {
            guard identity.hasMore, payload.receive(from: socket) else {
                malformedMessages += 1
                continue
            }
            if payload.hasMore {
                while payload.hasMore, payload.receive(from: socket) {}
                payload.clear()
                malformedMessages += 1
                continue
            }
            ledger.spoke(payload.connection)
            guard let isOperator = isSenderOperator() else {
                malformedMessages += 1
                continue
            }
            defer { payload.clear() }
            try body(Sender(route: Route(bytes: [UInt8](identity.bytes)), isOperator: isOperator), payload.bytes)
            return true
        }
        return false
    }

    /// Sends one message. Never blocks.
    package func send(_ bytes: [UInt8], to route: Route) -> SendResult {
        if zmq_send(socket.pointer, route.bytes, route.bytes.count, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0 {
            guard zmq_errno() == EAGAIN else { return .gone }
            // The peer may have made room, which libzmq notices only now.
            _ = socket.refresh()
            if zmq_send(socket.pointer, route.bytes, route.bytes.count, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0 {
                return zmq_errno() == EAGAIN ? .full : .gone
            }
        }
        return zmq_send(socket.pointer, bytes, bytes.count, ZMQ_DONTWAIT) < 0 ? .gone : .sent
    }

    /// All peers that were not let in so far.
    package var refusedPeers: Int { refusals.count }

    /// Refusals since the last call: each address once for each reason, up to 1,000; further ones are only counted.
    package func takeRefusals() -> [Refusal] { refusals.take() }

    private func isSenderOperator() -> Bool? {
        if authenticator == nil { return payload.isFromLoopback }
        if payload.has("User-Id", Authenticator.Role.worker.rawValue) { return false }
        return payload.has("User-Id", Authenticator.Role.operator.rawValue) ? true : nil
    }

    private func answerQuestions() -> Bool {
        if authenticator == nil { return false }
        for _ in 0..<Self.eventsPerCall {
            guard let answer = authenticator?.answer(), answer.isAnswered else { return false }
            if let address = answer.refused { refusals.note(.unknownKey, from: address) }
        }
        return true
    }

    private func takeEvents() -> Bool {
        var events: [SocketMonitor.Event] = []
        while events.count < Self.eventsPerCall, let event = monitor.next() { events.append(event) }
        // A connection that has ended since cannot be asked for its address: another one may have its descriptor now.
        var ended: Set<UInt32> = []
        var addresses: [Int: String] = [:]
        for (index, event) in events.enumerated().reversed() {
            if event.kind == ZMQ_EVENT_DISCONNECTED { ended.insert(event.value) }
            if event.kind == ZMQ_EVENT_ACCEPTED, ended.insert(event.value).inserted {
                addresses[index] = TCPAddress.peer(of: Int32(bitPattern: event.value), localPort: port)
            }
        }
        for (index, event) in events.enumerated() { take(event, address: addresses[index]) }
        return events.count == Self.eventsPerCall
    }

    private func take(_ event: SocketMonitor.Event, address: String?) {
        let connection = Int32(bitPattern: event.value)
        switch event.kind {
        case ZMQ_EVENT_ACCEPTED: ledger.accepted(connection, from: address)
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: ledger.succeeded()
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: ledger.refusedKey()
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: ledger.failed(.silent)
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
            switch connection {
            case Int32(bitPattern: UInt32(ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC)): ledger.failed(.otherMaster)
            case Int32(bitPattern: UInt32(ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH)): ledger.failed(.otherSecurity)
            default: ledger.failed(.stranger)
            }
        case ZMQ_EVENT_DISCONNECTED:
            if case .refused(let reason, let address) = ledger.disconnected(connection) { refusals.note(reason, from: address) }
        default: break
        }
    }

    private static func bind(_ socket: borrowing SocketHandle, _ given: TCPAddress, _ address: TCPAddress) throws -> Int {
        if zmq_bind(socket.pointer, address.endpoint) != 0 {
            switch zmq_errno() {
            case EADDRINUSE:
                throw LinkError(
                    "port \(given.port) on \(given.host) is taken, most likely by another master: stop it, or give this one another port "
                        + "with --port")
            case EACCES: throw LinkError("port \(given.port) may only be listened on by root: give another one with --port")
            case EADDRNOTAVAIL, ENODEV:
                throw LinkError("cannot listen on \(given.host): this machine has no such address. 0.0.0.0 means all that it has")
            default: throw LinkError(doing: "listen on \(given)")
            }
        }
        let digits = socket.lastEndpoint.reversed().prefix { $0 != ":" }.reversed()
        guard let port = Int(String(digits)) else { throw LinkError("could not listen on \(given): libzmq names no port") }
        return port
    }
}
