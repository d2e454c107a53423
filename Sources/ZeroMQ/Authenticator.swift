import CZeroMQ

/// Answers libzmq's questions whom to let in (ZAP, RFC 27) by the client's public key. It belongs to the master socket's thread; libzmq's
/// handshakes wait until `answer` is called.
final class Authenticator {
    /// What the sender of a message is known as from then on.
    enum Role: String {
        case worker
        case `operator`
    }

    private static let endpoint = "inproc://zeromq.zap.01"

    private let socket: SocketHandle
    private let frame = MessageFrame()
    private let workers: [UInt8]
    private let operators: [UInt8]

    /// One per context. Throws `LinkError`.
    init(_ context: MessageContext, key: MasterKey) throws {
        let socket = try SocketHandle(context, type: ZMQ_REP)
        try socket.set(ZMQ_SNDHWM, 0)
        try socket.set(ZMQ_RCVHWM, 0)
        if zmq_bind(socket.pointer, Self.endpoint) != 0 {
            throw LinkError(doing: "watch over who joins (one master per process)")
        }
        self.socket = socket
        workers = key.workers.publicKey
        operators = key.operators.publicKey
    }

    // The address is free for another at once, not only when libzmq's own thread has come to the socket.
    deinit { zmq_unbind(socket.pointer, Self.endpoint) }

    /// Readable when questions may be waiting.
    var descriptor: Int32 { socket.descriptor }

    /// Answers one question that is waiting. Nil when there is none; else the address that was refused, if any.
    func answer() -> (isAnswered: Bool, refused: String?) {
        guard frame.receive(from: socket) else { return (false, nil) }
        // version, request, domain, address, routing id, mechanism, credentials
        var parts = [[UInt8](frame.bytes)]
        while frame.hasMore, frame.receive(from: socket) { parts.append([UInt8](frame.bytes)) }
        let role = parts.count == 7 && parts[5] == Array("CURVE".utf8) ? role(of: parts[6]) : nil
        let request = parts.count > 1 ? parts[1] : []
        let status = role == nil ? ("400", "unknown key") : ("200", "OK")
        send(Array("1.0".utf8), hasMore: true)
        send(request, hasMore: true)
        send(Array(status.0.utf8), hasMore: true)
        send(Array(status.1.utf8), hasMore: true)
        send(Array((role?.rawValue ?? "").utf8), hasMore: true)
        send([], hasMore: false)
        return (true, role == nil ? String(decoding: parts.count > 3 ? parts[3] : [], as: UTF8.self) : nil)
    }

    private func role(of key: [UInt8]) -> Role? {
        if key == workers { return .worker }
        return key == operators ? .operator : nil
    }

    private func send(_ bytes: [UInt8], hasMore: Bool) {
        zmq_send(socket.pointer, bytes, bytes.count, ZMQ_DONTWAIT | (hasMore ? ZMQ_SNDMORE : 0))
    }
}
