import CZeroMQ

/// Room for one frame of a message, used again and again. It belongs to one thread; gives its memory back.
struct MessageFrame: ~Copyable {
    private let message: UnsafeMutablePointer<zmq_msg_t>

    init() {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: MemoryLayout<zmq_msg_t>.size, alignment: 16)
        message = memory.bindMemory(to: zmq_msg_t.self, capacity: 1)
        zmq_msg_init(message)
    }

    deinit {
        zmq_msg_close(message)
        UnsafeMutableRawPointer(message).deallocate()
    }

    /// Takes the next frame that is there, in place of the last one. False when none is.
    func receive(from socket: borrowing SocketHandle) -> Bool { zmq_msg_recv(message, socket.pointer, ZMQ_DONTWAIT) >= 0 }

    /// Whether another frame of the same message follows; it is there already.
    var hasMore: Bool { zmq_msg_more(message) != 0 }

    /// The frame's bytes, until the next `receive`.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: zmq_msg_data(message), count: zmq_msg_size(message)) }

    /// Gives the bytes back early: they may be many.
    func clear() {
        zmq_msg_close(message)
        zmq_msg_init(message)
    }

    /// The connection that the frame came by.
    var connection: Int32 { zmq_msg_get(message, ZMQ_SRCFD) }

    /// Whether libzmq knows this of the sender.
    func has(_ property: String, _ value: String) -> Bool {
        guard let text = zmq_msg_gets(message, property) else { return false }
        return String(cString: text) == value
    }

    /// Whether the sender's address is one of this machine's loopback addresses.
    var isFromLoopback: Bool {
        guard let text = zmq_msg_gets(message, "Peer-Address") else { return false }
        let address = String(cString: text)
        return address.hasPrefix("127.") || address == "::1" || address.hasPrefix("::ffff:127.")
    }
}
