import CZeroMQ

/// One libzmq socket; closes it. It belongs to one thread.
struct SocketHandle: ~Copyable {
    let pointer: UnsafeMutableRawPointer
    private let context: MessageContext

    /// Opens a socket of a type (`ZMQ_ROUTER`, …). Throws `LinkError` when the process or the context has no room left.
    init(_ context: MessageContext, type: Int32) throws {
        let pointer = try Self.open(context, type: type)
        self.pointer = pointer
        self.context = context
    }

    deinit { zmq_close(pointer) }

    /// Sets an option whose values libzmq takes as `int`.
    func set(_ option: Int32, _ value: Int) throws {
        var value = Int32(clamping: value)
        try check(zmq_setsockopt(pointer, option, &value, MemoryLayout<Int32>.size), option)
    }

    /// Sets an option that libzmq takes as 64 bits.
    func set(_ option: Int32, wide value: Int64) throws {
        var value = value
        try check(zmq_setsockopt(pointer, option, &value, MemoryLayout<Int64>.size), option)
    }

    /// Sets an option to bytes.
    func set(_ option: Int32, _ bytes: [UInt8]) throws {
        try check(zmq_setsockopt(pointer, option, bytes, bytes.count), option)
    }

    /// What both ends of the link want of a TCP socket.
    func configure(_ limits: LinkLimits, isIPv6: Bool) throws {
        // CURVE wraps a message in 33 bytes more.
        try set(ZMQ_MAXMSGSIZE, wide: Int64(limits.greatestMessage) + 64)
        try set(ZMQ_HANDSHAKE_IVL, limits.handshake.wholeMilliseconds)
        try set(ZMQ_SNDHWM, limits.queuedMessages)
        try set(ZMQ_RCVHWM, limits.queuedMessages)
        try set(ZMQ_IPV6, isIPv6 ? 1 : 0)
        // A peer whose machine has gone is noticed within a minute.
        try set(ZMQ_TCP_KEEPALIVE, 1)
        try set(ZMQ_TCP_KEEPALIVE_IDLE, 30)
        try set(ZMQ_TCP_KEEPALIVE_INTVL, 10)
        try set(ZMQ_TCP_KEEPALIVE_CNT, 3)
    }

    /// The descriptor that becomes readable when something may have happened. Only a hint: it is reset by any call on the socket.
    var descriptor: Int32 {
        var value: Int32 = -1
        var size = MemoryLayout<Int32>.size
        zmq_getsockopt(pointer, ZMQ_FD, &value, &size)
        return value
    }

    /// Has libzmq look at what has happened; answers whether a message can be sent now.
    func refresh() -> Bool {
        var value: Int32 = 0
        var size = MemoryLayout<Int32>.size
        zmq_getsockopt(pointer, ZMQ_EVENTS, &value, &size)
        return Int16(truncatingIfNeeded: value) & Int16(ZMQ_POLLOUT) != 0
    }

    /// Where the socket was bound to, as libzmq writes it.
    var lastEndpoint: String {
        var text = [UInt8](repeating: 0, count: 256)
        var size = text.count
        guard zmq_getsockopt(pointer, ZMQ_LAST_ENDPOINT, &text, &size) == 0, size > 0 else { return "" }
        return String(decoding: text[..<(size - 1)], as: UTF8.self)
    }

    private func check(_ status: Int32, _ option: Int32) throws {
        if status != 0 { throw LinkError(doing: "set option \(option) of a libzmq socket") }
    }

    private static func open(_ context: MessageContext, type: Int32) throws -> UnsafeMutableRawPointer {
        guard let pointer = zmq_socket(context.pointer, type) else { throw LinkError(doing: "open a libzmq socket") }
        var linger: Int32 = 0
        zmq_setsockopt(pointer, ZMQ_LINGER, &linger, MemoryLayout<Int32>.size)
        return pointer
    }
}

extension Duration {
    /// For options that are in milliseconds; at least one.
    var wholeMilliseconds: Int { max(1, Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)) }
}
