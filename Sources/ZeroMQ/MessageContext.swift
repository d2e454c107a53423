import CZeroMQ
import EventLoop
import Glibc

/// A libzmq context with one I/O thread. Sockets keep it; it ends with the last reference, after all of them have been closed, which takes
/// as long as the longest linger of a socket that still had something to send.
///
/// `@unchecked Sendable`: libzmq's contexts may be used by any thread; sockets may not.
package final class MessageContext: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
    /// libzmq ends the process when it cannot open what it needs; so that is looked at before.
    private static let neededDescriptors = 32

    /// Throws `LinkError` when the process may open too few descriptors, or when this libzmq cannot encrypt.
    package init() throws {
        guard zmq_has("curve") != 0 else {
            throw LinkError("this system's libzmq was built without CURVE: install one that has it (Debian's and Ubuntu's libzmq5 does)")
        }
        let free = DescriptorLimit.raiseAndCountFree()
        if free < Self.neededDescriptors {
            throw LinkError(
                "this process may open \(free) descriptors (ulimit -n); the link between master and workers needs \(Self.neededDescriptors)"
            )
        }
        guard let pointer = zmq_ctx_new() else { throw LinkError(doing: "start libzmq") }
        zmq_ctx_set(pointer, ZMQ_MAX_SOCKETS, min(zmq_ctx_get(pointer, ZMQ_SOCKET_LIMIT), 4096))
        // New sockets are closed without waiting unless they are told to.
        zmq_ctx_set(pointer, ZMQ_BLOCKY, 0)
        self.pointer = pointer
    }

    deinit { while zmq_ctx_term(pointer) != 0, zmq_errno() == EINTR {} }
}
