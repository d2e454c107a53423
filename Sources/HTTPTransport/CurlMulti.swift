import CCurl
import EventLoop

/// One multi handle of libcurl: the transfers of `usersEach` users, its next deadline, and the names that its address cache knows.
///
/// A transport has as many as its users need: within one, libcurl's cost of a request grows with the requests in flight, since it finds
/// a socket in a hash of fixed size (docs/decisions/0001-connection-pools.md). Owned by one transport and its thread.
final class CurlMulti {
    /// A multiple of `ConnectionPools.usersPerSharedPool`: the connections of a pool stay within one multi handle.
    static let usersEach = 1024

    let pointer: UnsafeMutableRawPointer
    /// When libcurl wants to be called, on `MonotonicClock`; 0: at once.
    var deadline: Int64?
    /// Which lookup of each `host:port` the address cache holds.
    var addressVersions: [String: Int] = [:]
    fileprivate unowned(unsafe) let transport: CurlTransport

    init(transport: CurlTransport) throws {
        guard let pointer = curl_multi_init() else {
            throw HTTPTransportError(action: "start libcurl", code: CURLE_OUT_OF_MEMORY.rawValue)
        }
        self.pointer = pointer
        self.transport = transport
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_multi_set_socket_function(pointer, watchSocket)
        ccurl_multi_set_pointer(pointer, CURLMOPT_SOCKETDATA, context)
        ccurl_multi_set_timer_function(pointer, setTimer)
        ccurl_multi_set_pointer(pointer, CURLMOPT_TIMERDATA, context)
        // Holds for each pool: with fewer than one for each user of a shared one, or each request of a batch, connections would be closed as
        // soon as they are idle.
        ccurl_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, max(ConnectionPools.usersPerSharedPool, CurlTransport.mostItems))
    }

    deinit { curl_multi_cleanup(pointer) }
}

// MARK: - Called by libcurl, on the transport's thread; neither calls back into libcurl.

private func watchSocket(
    easy: UnsafeMutableRawPointer?, socket: curl_socket_t, what: Int32, context: UnsafeMutableRawPointer?,
    socketContext: UnsafeMutableRawPointer?
) -> Int32 {
    guard let context else { return 0 }
    Unmanaged<CurlMulti>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.transport.watch(socket, what: what, multi: $0) }
    return 0
}

private func setTimer(multi: UnsafeMutableRawPointer?, milliseconds: Int, context: UnsafeMutableRawPointer?) -> Int32 {
    guard let context else { return 0 }
    Unmanaged<CurlMulti>.fromOpaque(context)._withUnsafeGuaranteedRef { multi in
        switch milliseconds {
        case ..<0: multi.deadline = nil
        case 0: multi.deadline = 0
        default: multi.deadline = MonotonicClock.nanoseconds() + Int64(milliseconds) * 1_000_000
        }
    }
    return 0
}
