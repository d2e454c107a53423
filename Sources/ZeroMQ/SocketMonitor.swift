import CZeroMQ

/// libzmq's events of one socket, read without blocking. It belongs to the socket's thread.
///
/// libzmq's I/O thread waits when nobody takes the events, and the whole link with it: so there is no high-water mark, and `stop` comes
/// before the end.
struct SocketMonitor: ~Copyable {
    /// One event: a `ZMQ_EVENT_…` and its value (a descriptor, an `errno`, a protocol error).
    struct Event {
        var kind: Int32
        var value: UInt32
    }

    private let socket: SocketHandle
    private let frame = MessageFrame()

    /// Watches for `events`. Must come before the socket is bound or connected. Throws `LinkError`.
    init(of watched: borrowing SocketHandle, _ context: MessageContext, events: Int32) throws {
        let endpoint = "inproc://cicada-monitor-\(RandomBytes.uint64())"
        let socket = try SocketHandle(context, type: ZMQ_PAIR)
        try socket.set(ZMQ_RCVHWM, 0)
        if zmq_socket_monitor(watched.pointer, endpoint, events) != 0 { throw LinkError(doing: "watch a libzmq socket") }
        if zmq_connect(socket.pointer, endpoint) != 0 {
            zmq_socket_monitor(watched.pointer, nil, 0)
            throw LinkError(doing: "watch a libzmq socket")
        }
        self.socket = socket
    }

    /// Ends the watch, so that the I/O thread cannot wait for a reader that is going.
    static func stop(_ watched: borrowing SocketHandle) { zmq_socket_monitor(watched.pointer, nil, 0) }

    /// Readable when events may be waiting.
    var descriptor: Int32 { socket.descriptor }

    /// The oldest event that is waiting.
    func next() -> Event? {
        guard frame.receive(from: socket) else { return nil }
        let bytes = frame.bytes
        var event = Event(kind: 0, value: 0)
        if bytes.count == 6 {
            event.kind = Int32(bytes.loadUnaligned(fromByteOffset: 0, as: UInt16.self))
            event.value = bytes.loadUnaligned(fromByteOffset: 2, as: UInt32.self)
        }
        while frame.hasMore, frame.receive(from: socket) {}
        return event
    }
}
