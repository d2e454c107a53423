import CCurl
import EventLoop
import Glibc
import LoadModel

/// One easy handle of libcurl with the memory that its transfers use. Reused for request after request; options that are
/// already as they should be are not set again.
///
/// Owned by one transport and its thread.
final class CurlHandle {
    let easy: OpaquePointer
    let index: Int
    /// Outlives its handles.
    unowned(unsafe) let transport: CurlTransport
    let keptBodyLimit: Int

    /// The user whose request is under way, or -1.
    var slot = -1
    /// The user whose cookies the handle holds, or -1. A user gets the handle of its last request back if it is still free.
    var cookieOwner = -1
    /// The pool whose connections the handle uses (`ConnectionPools`), or nil.
    var pool: PoolID?
    var body = ByteBuffer(capacity: 256)
    var isBodyTruncated = false
    var headers = ByteBuffer(capacity: 512)
    var handedOver: Int64 = 0
    var finished: Int64 = 0
    /// When the first header of an answer came in; taken only when `stampsFirstByte`.
    var firstByte: Int64 = 0
    /// libcurl 7.88 stamps the first byte of large uploads when the upload starts.
    var stampsFirstByte = false
    /// How long the request stood still while the name was looked up; -1: it did not.
    var lookupNanoseconds: Int64 = -1
    /// The sockets opened for the request: descriptor and number.
    var opened: [(descriptor: Int32, number: Int)] = []
    /// True while the request may still open a connection.
    var hasReservation = false
    var failure: String?
    /// Why the system gave no socket; 0: it did.
    var socketError: Int32 = 0
    var result = CURLE_OK

    private var url = ByteBuffer()
    private var originCount = 0
    /// The handle's own parsed URL, for those that are not kept by the transport.
    private var ownURL: OpaquePointer?
    private var scratch = ByteBuffer()
    private var upload = ByteBuffer()
    private var method: HTTPMethod?
    private var hasUpload = false
    private var uploadCount = -1
    private var headerLease = HeaderLists.Lease(list: nil, isOwned: false)
    private var isFresh = false
    private var resolveList: UnsafeMutablePointer<curl_slist>?

    /// libcurl's own threshold, `MAX_INITIAL_POST_SIZE`.
    private static let largeUpload = 65536

    init(index: Int, transport: CurlTransport, options: TransportOptions) throws {
        guard let easy = curl_easy_init() else { throw HTTPTransportError(action: "make a transfer", code: CURLE_OUT_OF_MEMORY.rawValue) }
        self.easy = OpaquePointer(easy)
        self.index = index
        self.transport = transport
        self.keptBodyLimit = options.keptBodyLimit
        try configure(options)
    }

    deinit {
        curl_easy_cleanup(pointer)
        if headerLease.isOwned { curl_slist_free_all(headerLease.list) }
        curl_slist_free_all(resolveList)
        if let ownURL { curl_url_cleanup(ownURL) }
    }

    /// The handle as libcurl takes it.
    var pointer: UnsafeMutableRawPointer { UnsafeMutableRawPointer(easy) }

    // MARK: - Making a request

    /// Sets what this request needs. `base` is put before a target that is only a path.
    func prepare(
        _ draft: borrowing RequestDraft, base: UnsafeRawBufferPointer, headerLists: inout HeaderLists, urls: inout ParsedURLs,
        mode: ConnectionMode
    ) {
        body.removeAll(keepingAtMost: 16384)
        headers.removeAll(keepingAtMost: 16384)
        isBodyTruncated = false
        firstByte = 0
        lookupNanoseconds = -1
        failure = nil
        socketError = 0
        setURL(base: base, target: draft.target.bytes, urls: &urls)
        setMethod(draft)
        let lease = headerLists.lease(lines: draft.headers.bytes, kind: draft.bodyKind, bodyCount: draft.body.count)
        if lease.list != headerLease.list {
            ccurl_set_list(pointer, CURLOPT_HTTPHEADER, lease.list)
            if headerLease.isOwned { curl_slist_free_all(headerLease.list) }
            headerLease = lease
        }
        let wantsFresh = mode == .new
        if wantsFresh != isFresh {
            isFresh = wantsFresh
            ccurl_set_long(pointer, CURLOPT_FRESH_CONNECT, wantsFresh ? 1 : 0)
            ccurl_set_long(pointer, CURLOPT_FORBID_REUSE, wantsFresh ? 1 : 0)
            ccurl_set_long(pointer, CURLOPT_SSL_SESSIONID_CACHE, wantsFresh ? 0 : 1)
        }
    }

    /// The URL's scheme and authority, as far as the path.
    var origin: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: url.bytes[..<originCount]) }

    private static func originCount(of url: UnsafeRawBufferPointer) -> Int {
        var slashes = 0
        for (index, byte) in url.enumerated() {
            if byte == UInt8(ascii: "/") { slashes += 1 }
            if slashes == 3 || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") || byte == 0 { return index }
        }
        return url.count
    }

    /// Hands addresses (`host:port:address,…`) to libcurl's cache with the next transfer.
    func setAddresses(_ line: String) {
        curl_slist_free_all(resolveList)
        resolveList = curl_slist_append(nil, line)
        ccurl_set_list(pointer, CURLOPT_RESOLVE, resolveList)
    }

    private func setURL(base: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer, urls: inout ParsedURLs) {
        scratch.removeAll()
        if !Self.isAbsolute(target) {
            scratch.append(base)
            if target.first != UInt8(ascii: "/") { scratch.append(UInt8(ascii: "/")) }
        }
        scratch.append(target)
        scratch.append(0)
        if url.holds(scratch.bytes) { return }
        swap(&scratch, &url)
        originCount = Self.originCount(of: url.bytes)
        if let parsed = urls.find(url.bytes) {
            ccurl_set_pointer(pointer, CURLOPT_CURLU, UnsafeRawPointer(parsed))
        } else {
            ownURL = ParsedURLs.parse(url.bytes, into: ownURL)
            if let ownURL {
                ccurl_set_pointer(pointer, CURLOPT_CURLU, UnsafeRawPointer(ownURL))
            } else {
                // libcurl says what is wrong with it when the transfer starts.
                ccurl_set_pointer(pointer, CURLOPT_CURLU, nil)
                ccurl_set_text(pointer, CURLOPT_URL, url.bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
            }
        }
    }

    private static func isAbsolute(_ target: UnsafeRawBufferPointer) -> Bool {
        target.count > 7 && target[0] | 0x20 == UInt8(ascii: "h") && (target[4] == UInt8(ascii: ":") || target[5] == UInt8(ascii: ":"))
            && target.starts(with: target[4] == UInt8(ascii: ":") ? "http://".utf8 : "https://".utf8)
    }

    private func setMethod(_ draft: borrowing RequestDraft) {
        let method = draft.method
        let sends = draft.bodyKind != .none || method == .post || method == .put || method == .patch
        stampsFirstByte = draft.body.count > Self.largeUpload
        if sends {
            upload.removeAll(keepingAtMost: 1 << 20)
            upload.append(draft.body.bytes)
        }
        if method != self.method || sends != hasUpload {
            ccurl_set_pointer(pointer, CURLOPT_CUSTOMREQUEST, nil)
            if sends {
                ccurl_set_long(pointer, CURLOPT_POST, 1)
                if method != .post { ccurl_set_text(pointer, CURLOPT_CUSTOMREQUEST, method.text) }
            } else {
                ccurl_set_long(pointer, CURLOPT_HTTPGET, 1)
                if method == .head {
                    ccurl_set_long(pointer, CURLOPT_NOBODY, 1)
                } else if method != .get {
                    ccurl_set_text(pointer, CURLOPT_CUSTOMREQUEST, method.text)
                }
            }
            self.method = method
            hasUpload = sends
            uploadCount = -1
        }
        if sends {
            // libcurl keeps the address: it is set again only when it may have changed.
            ccurl_set_pointer(pointer, CURLOPT_POSTFIELDS, upload.bytes.baseAddress)
            if uploadCount != draft.body.count {
                uploadCount = draft.body.count
                ccurl_set_offset(pointer, CURLOPT_POSTFIELDSIZE_LARGE, Int64(uploadCount))
            }
        }
    }

    private func configure(_ options: TransportOptions) throws {
        let context = Unmanaged.passUnretained(self).toOpaque()
        var codes: [CURLcode] = []
        codes.append(ccurl_set_long(pointer, CURLOPT_NOSIGNAL, 1))
        codes.append(ccurl_set_pointer(pointer, CURLOPT_PRIVATE, context))
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
        codes.append(ccurl_set_long(pointer, CURLOPT_FOLLOWLOCATION, 1))
        codes.append(ccurl_set_long(pointer, CURLOPT_MAXREDIRS, 10))
        // Switches decompression on; what is asked for stands in HeaderLists.
        codes.append(ccurl_set_text(pointer, CURLOPT_ACCEPT_ENCODING, ""))
        codes.append(ccurl_set_text(pointer, CURLOPT_PROXY, options.proxy ?? ""))
        // Set, so that the environment is not asked at each request.
        codes.append(ccurl_set_text(pointer, CURLOPT_NOPROXY, ""))
        codes.append(ccurl_set_text(pointer, CURLOPT_PROTOCOLS_STR, "http,https"))
        codes.append(ccurl_set_text(pointer, CURLOPT_REDIR_PROTOCOLS_STR, "http,https"))
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

    // MARK: - Cookies

    /// Takes the cookies out of the handle, in Netscape's cookie-file form, a line each; empty when there are none.
    func takeCookies() -> [UInt8] {
        var list: UnsafeMutablePointer<curl_slist>?
        ccurl_get_list(pointer, CURLINFO_COOKIELIST, &list)
        guard let list else { return [] }
        var lines: [UInt8] = []
        var next: UnsafeMutablePointer<curl_slist>? = list
        while let item = next {
            lines += UnsafeRawBufferPointer(start: item.pointee.data, count: strlen(item.pointee.data))
            lines.append(0)
            next = item.pointee.next
        }
        curl_slist_free_all(list)
        ccurl_set_text(pointer, CURLOPT_COOKIELIST, "ALL")
        return lines
    }

    /// Puts cookies back that `takeCookies()` took.
    func putCookies(_ lines: [UInt8]) {
        lines.withUnsafeBytes { bytes in
            var start = 0
            for end in 0..<bytes.count where bytes[end] == 0 {
                let line = UnsafeRawBufferPointer(rebasing: bytes[start...end])
                ccurl_set_text(pointer, CURLOPT_COOKIELIST, line.baseAddress?.assumingMemoryBound(to: CChar.self))
                start = end + 1
            }
        }
    }

    // MARK: - After a request

    /// What became of the request. The buffers in it hold until the handle is prepared for the next one.
    func outcome() -> RequestOutcome {
        var outcome = RequestOutcome()
        var status = 0
        ccurl_get_long(pointer, CURLINFO_RESPONSE_CODE, &status)
        outcome.serviceTimeNanoseconds = finished - handedOver
        outcome.transportFailure = failure
        outcome.status = failure == nil ? Int32(status) : 0
        outcome.headers = headers.bytes
        outcome.body = body.bytes
        outcome.isBodyTruncated = isBodyTruncated
        ccurl_get_offset(pointer, CURLINFO_SIZE_DOWNLOAD_T, &outcome.receivedBytes)
        if failure == nil { outcome.phases = phases() }
        return outcome
    }

    /// Connections that libcurl opened for the last request, as it counts them.
    func connectionsOpened() -> Int {
        var count = 0
        ccurl_get_long(pointer, CURLINFO_NUM_CONNECTS, &count)
        return count
    }

    private func phases() -> PhaseTimes {
        var times = PhaseTimes()
        var redirects = 0
        ccurl_get_long(pointer, CURLINFO_REDIRECT_COUNT, &redirects)
        // Across redirects libcurl's stamps add up: the parts of one hop cannot be told.
        if redirects > 0 { return times }
        var sent: Int64 = 0
        var first: Int64 = 0
        var total: Int64 = 0
        ccurl_get_offset(pointer, CURLINFO_PRETRANSFER_TIME_T, &sent)
        ccurl_get_offset(pointer, CURLINFO_STARTTRANSFER_TIME_T, &first)
        ccurl_get_offset(pointer, CURLINFO_TOTAL_TIME_T, &total)
        if stampsFirstByte && firstByte > 0 { first = total - (finished - firstByte) / 1000 }
        if first > 0 {
            times.waitMicroseconds = max(0, first - sent)
            times.receiveMicroseconds = max(0, total - first)
        }
        if connectionsOpened() > 0 {
            var lookup: Int64 = 0
            var connect: Int64 = 0
            var tls: Int64 = 0
            ccurl_get_offset(pointer, CURLINFO_NAMELOOKUP_TIME_T, &lookup)
            ccurl_get_offset(pointer, CURLINFO_CONNECT_TIME_T, &connect)
            ccurl_get_offset(pointer, CURLINFO_APPCONNECT_TIME_T, &tls)
            times.lookupMicroseconds = lookup
            times.connectMicroseconds = max(0, connect - lookup)
            if tls > 0 { times.tlsMicroseconds = max(0, tls - connect) }
        }
        if lookupNanoseconds >= 0 { times.lookupMicroseconds = max(0, times.lookupMicroseconds) + lookupNanoseconds / 1000 }
        return times
    }
}

extension TransportOptions.HTTPVersion {
    /// The value of `CURLOPT_HTTP_VERSION`.
    var option: Int {
        switch self {
        case .auto: Int(CURL_HTTP_VERSION_2TLS)
        case .http1: Int(CURL_HTTP_VERSION_1_1)
        case .http2: Int(CURL_HTTP_VERSION_2_0)
        case .http2PriorKnowledge: Int(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
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
            // A further answer of the same transfer (after 1xx or a redirect): only the last one counts.
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
