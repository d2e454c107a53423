import CCurl
import EventLoop
import Glibc
import LoadModel

/// What is set once for each handle.
extension CurlHandle {
    /// Sets what holds for all requests; once.
    func configure(_ options: TransportOptions) throws {
        let context = Unmanaged.passUnretained(self).toOpaque()
        var codes: [CURLcode] = []
        codes.append(ccurl_set_long(pointer, CURLOPT_NOSIGNAL, 1))
        codes.append(ccurl_set_pointer(pointer, CURLOPT_PRIVATE, context))
        codes.append(ccurl_set_pointer(pointer, CURLOPT_ERRORBUFFER, failureText))
        codes.append(ccurl_set_data_function(pointer, CURLOPT_WRITEFUNCTION, receiveBody))
        codes.append(ccurl_set_pointer(pointer, CURLOPT_WRITEDATA, context))
        codes.append(ccurl_set_data_function(pointer, CURLOPT_HEADERFUNCTION, receiveHeader))
        codes.append(ccurl_set_pointer(pointer, CURLOPT_HEADERDATA, context))
        codes.append(ccurl_set_open_function(pointer, openSocket))
        codes.append(ccurl_set_pointer(pointer, CURLOPT_OPENSOCKETDATA, context))
        codes.append(ccurl_set_close_function(pointer, closeSocket))
        codes.append(ccurl_set_pointer(pointer, CURLOPT_CLOSESOCKETDATA, Unmanaged.passUnretained(transport).toOpaque()))
        // Allocated for each request under way; most answers fit.
        codes.append(ccurl_set_long(pointer, CURLOPT_BUFFERSIZE, 8192))
        // Redirects are followed by the transport: within one transfer the phases of the hops could not be told apart.
        codes.append(ccurl_set_long(pointer, CURLOPT_FOLLOWLOCATION, 0))
        // What a proxy says of its tunnel is no answer.
        codes.append(ccurl_set_long(pointer, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1))
        // Switches decompression on; what is asked for stands in HeaderLists.
        codes.append(ccurl_set_text(pointer, CURLOPT_ACCEPT_ENCODING, ""))
        // Set, so that the environment is not asked at each request.
        codes.append(ccurl_set_text(pointer, CURLOPT_NOPROXY, ""))
        codes.append(ccurl_set_text(pointer, CURLOPT_PROTOCOLS_STR, "http,https"))
        codes.append(ccurl_set_long(pointer, CURLOPT_CONNECTTIMEOUT_MS, options.connectTimeoutMilliseconds))
        codes.append(ccurl_set_long(pointer, CURLOPT_DNS_CACHE_TIMEOUT, -1))
        // By default libcurl does not reuse a connection that was idle for 118 s.
        codes.append(ccurl_set_long(pointer, CURLOPT_MAXAGE_CONN, 30 * 86400))
        codes.append(ccurl_set_long(pointer, CURLOPT_HTTP_VERSION, options.httpVersion.option))
        if !options.verifiesTLS {
            codes.append(ccurl_set_long(pointer, CURLOPT_SSL_VERIFYPEER, 0))
            codes.append(ccurl_set_long(pointer, CURLOPT_SSL_VERIFYHOST, 0))
        }
        if let pem = options.authorities?.bytes { codes.append(ccurl_set_blob(pointer, CURLOPT_CAINFO_BLOB, pem.baseAddress, pem.count)) }
        // Switches the cookie engine on without a file: a cookie is set and all are cleared.
        codes.append(ccurl_set_text(pointer, CURLOPT_COOKIELIST, "Set-Cookie: cicada=1; domain=cicada.invalid"))
        codes.append(ccurl_set_text(pointer, CURLOPT_COOKIELIST, "ALL"))
        if let bad = codes.first(where: { $0 != CURLE_OK }) {
            throw HTTPTransportError(action: "set up a transfer", code: bad.rawValue)
        }
    }
}

// MARK: - Called by libcurl, on the transport's thread; none calls back into libcurl.

private func receiveBody(bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?) -> Int {
    guard let context, let bytes else { return 0 }
    return Unmanaged<CurlHandle>.fromOpaque(context)._withUnsafeGuaranteedRef { handle in
        let arrived = size * count
        let room = handle.keptBodyLimit - handle.body.count
        if arrived > room { handle.isBodyTruncated = true }
        handle.body.append(UnsafeRawBufferPointer(start: bytes, count: min(arrived, max(room, 0))))
        return arrived
    }
}

private func receiveHeader(bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?) -> Int {
    guard let context, let bytes else { return 0 }
    return Unmanaged<CurlHandle>.fromOpaque(context)._withUnsafeGuaranteedRef { handle in
        let arrived = UnsafeRawBufferPointer(start: bytes, count: size * count)
        if handle.stampsFirstByte && handle.firstByte == 0 { handle.firstByte = MonotonicClock.nanoseconds() }
        if arrived.count > 5 && arrived[4] == UInt8(ascii: "/") && arrived.starts(with: "HTTP/".utf8) {
            // A further answer of the same transfer (after 1xx): only the last one counts.
            handle.headers.removeAll()
            handle.body.removeAll()
        }
        if handle.headers.count < 1 << 16 { handle.headers.append(arrived) }
        return arrived.count
    }
}

private func openSocket(
    context: UnsafeMutableRawPointer?, purpose: curlsocktype, address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let context, let address else { return -1 }
    return Unmanaged<CurlHandle>.fromOpaque(context)._withUnsafeGuaranteedRef { handle in
        handle.transport.openSocket(
            family: address.pointee.family, kind: address.pointee.socktype, protocol: address.pointee.protocol, for: handle)
    }
}

private func closeSocket(context: UnsafeMutableRawPointer?, socket: curl_socket_t) -> Int32 {
    guard let context else { return 1 }
    return Unmanaged<CurlTransport>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.closeSocket(socket) }
}
