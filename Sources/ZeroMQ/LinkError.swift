import CZeroMQ

/// A call of libzmq failed, or a key or token cannot be used.
package struct LinkError: Error, CustomStringConvertible {
    /// What went wrong, where, and what to do.
    package var description: String

    package init(_ description: String) { self.description = description }

    /// The call of libzmq just made failed while doing `action`, a verb phrase.
    init(doing action: String) { self.init("could not \(action): \(String(cString: zmq_strerror(zmq_errno())))") }
}
