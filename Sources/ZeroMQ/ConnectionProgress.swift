import CZeroMQ

/// Makes words of libzmq's events of one connecting socket. Pure.
struct ConnectionProgress {
    /// The master's address, for messages.
    let address: String
    private var isConnected = false
    private var isToldRefused = false
    private var wasTried = false

    init(address: String) { self.address = address }

    /// What an event means to the socket's owner, if anything.
    mutating func event(_ kind: Int32, value: UInt32) -> LinkEvent? {
        switch kind {
        case ZMQ_EVENT_CONNECT_DELAYED, ZMQ_EVENT_CLOSED: wasTried = true
        case ZMQ_EVENT_CONNECTED:
            (wasTried, isToldRefused) = (true, false)
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
            isConnected = true
            return .connected
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: return refused("the master at \(address) does not know our key: ask for its join token")
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: return refused(words(for: value))
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            return refused(
                "what listens at \(address) does not let us in: our join token is another master's, only one side has --plain, or it is no "
                    + "Cicada master")
        case ZMQ_EVENT_DISCONNECTED:
            if !isConnected { return refused("what listens at \(address) is no Cicada master") }
            isConnected = false
            return .disconnected
        case ZMQ_EVENT_CONNECT_RETRIED:
            defer { wasTried = false }
            if isToldRefused { return nil }
            return .unreachable(wasTried ? "nobody answers at \(address)" : "the host of \(address) is not known")
        default: break
        }
        return nil
    }

    private mutating func refused(_ words: String) -> LinkEvent? {
        if isToldRefused { return nil }
        isToldRefused = true
        return .refused(words)
    }

    private func words(for error: UInt32) -> String {
        switch Int64(error) {
        case Int64(ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH):
            "the master at \(address) is not encrypted as we are: --plain is for the master and its workers or for none"
        case Int64(ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC): "our join token is not of the master at \(address)"
        default: "what listens at \(address) is no Cicada master"
        }
    }
}
