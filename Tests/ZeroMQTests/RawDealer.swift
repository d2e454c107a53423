import CZeroMQ

@testable import ZeroMQ

/// A DEALER that does what workers never do. On the thread that made it.
struct RawDealer: ~Copyable {
    private let context: MessageContext
    private let socket: UnsafeMutableRawPointer

    /// `prepare` sets the options.
    init(port: Int, _ prepare: (UnsafeMutableRawPointer) -> Void) throws {
        let context = try MessageContext()
        guard let socket = zmq_socket(context.pointer, ZMQ_DEALER) else { throw LinkTestError("no socket") }
        prepare(socket)
        zmq_connect(socket, "tcp://127.0.0.1:\(port)")
        self.context = context
        self.socket = socket
    }

    deinit { zmq_close(socket) }

    static func joining(_ token: JoinToken, as own: CurveKeyPair? = nil) -> (UnsafeMutableRawPointer) -> Void {
        let own = own ?? token.workers
        return { socket in
            zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, token.serverPublicKey, 32)
            zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, own.publicKey, 32)
            zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, own.secretKey, 32)
        }
    }

    func send(_ frames: [[UInt8]]) {
        for (index, frame) in frames.enumerated() {
            zmq_send(socket, frame, frame.count, ZMQ_DONTWAIT | (index + 1 < frames.count ? ZMQ_SNDMORE : 0))
        }
    }

    var hasMessage: Bool {
        var item = zmq_pollitem_t(socket: socket, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
        return zmq_poll(&item, 1, 0) > 0
    }
}
