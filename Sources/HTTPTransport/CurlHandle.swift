import CCurl
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
    /// Where libcurl writes what it has to say of a failure.
    let failureText: UnsafeMutablePointer<CChar>

    /// The user whose request is under way, or -1.
    var slot = -1
    /// Which request of the user's batch it is; -1: none of a batch.
    var item = -1
    /// The request began with the cookies that the user had when its batch began; meaningless outside a batch.
    var hasBatchCookies = false
    /// The user whose cookies the handle holds between two requests, or -1. A user gets the handle of its last request back if it is still free.
    var cookieOwner = -1
    /// The pool whose connections the handle uses (`ConnectionPools`), or nil.
    var pool: PoolID?
    var body = ByteBuffer(capacity: 256)
    var isBodyTruncated = false
    var headers = ByteBuffer(capacity: 512)
    var handedOver: Int64 = 0
    var finished: Int64 = 0
    /// When the hop under way began: `handedOver`, or the end of the hop before.
    var hopStarted: Int64 = 0
    /// The redirects followed so far, by the phases of the hops that they ended.
    var earlierHops: [PhaseTimes] = []
    /// So many redirects may be followed.
    var mostRedirects = 0
    /// The whole request may take so long; 0: there is no limit.
    var timeoutMilliseconds = 0
    /// When the first header of an answer came in; taken only when `stampsFirstByte`.
    var firstByte: Int64 = 0
    /// libcurl 7.88 stamps the first byte of large uploads when the upload starts.
    var stampsFirstByte = false
    /// How long the request stood still while the name was looked up; -1: it did not.
    var lookupNanoseconds: Int64 = -1
    /// Until when the request waits for a lookup; `.max`: it does not wait.
    var lookupDeadline = Int64.max
    /// True when a proxy looks up the names of targets, or libcurl does so for it.
    private(set) var hasProxy = false
    /// The sockets opened for the request: descriptor and number.
    var opened: [(descriptor: Int32, number: Int)] = []
    /// True while the request may still open a connection.
    var hasReservation = false
    var failure: String?
    /// Why the system gave no socket; 0: it did.
    var socketError: Int32 = 0
    var result = CURLE_OK

    /// The address of the hop under way, ended by NUL.
    var url = ByteBuffer()
    var originCount = 0
    /// The handle's own parsed URL, for those that are not kept by the transport.
    var ownURL: OpaquePointer?
    private var scratch = ByteBuffer()
    private var upload = ByteBuffer()
    var method: HTTPMethod?
    private var hasUpload = false
    private var uploadCount = -1
    var headerLease = HeaderLists.Lease(list: nil, cookie: nil, isOwned: false)
    /// libcurl has been given a cookie by `setOwnCookie`.
    private(set) var hasOwnCookie = false
    private var isFresh = false
    private var waitsForStream = false
    /// What libcurl has been told, in milliseconds; 0: no limit.
    private var timeoutSet = 0
    /// Which of the transport's distinct profiles libcurl has been told; -1: none.
    private(set) var profile = -1
    private var hasCertificate = false
    private var resolveList: UnsafeMutablePointer<curl_slist>?
    /// The `host:port` in `resolveList`.
    private var addressesOf: String?

    /// libcurl's own threshold, `MAX_INITIAL_POST_SIZE`.
    private static let largeUpload = 65536

    init(index: Int, transport: CurlTransport, options: TransportOptions) throws {
        guard let easy = curl_easy_init() else { throw HTTPTransportError(action: "make a transfer", code: CURLE_OUT_OF_MEMORY.rawValue) }
        self.easy = OpaquePointer(easy)
        self.index = index
        self.transport = transport
        self.keptBodyLimit = options.keptBodyLimit
        failureText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        failureText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try configure(options)
    }

    deinit {
        curl_easy_cleanup(pointer)
        failureText.deallocate()
        headerLease.end()
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
        emptyAnswer()
        failure = nil
        hopStarted = handedOver
        if !earlierHops.isEmpty { earlierHops.removeAll() }
        mostRedirects = draft.mostRedirects < 0 ? Redirect.mostByDefault : Int(draft.mostRedirects)
        timeoutMilliseconds = Int(draft.timeoutMilliseconds)
        setTimeout(timeoutMilliseconds)
        setURL(base: base, target: draft.target.bytes, urls: &urls)
        setMethod(draft)
        let lease = headerLists.lease(lines: draft.headers.bytes, kind: draft.bodyKind, bodyCount: draft.body.count, sends: hasUpload)
        if lease.list != headerLease.list {
            ccurl_set_list(pointer, CURLOPT_HTTPHEADER, lease.list)
            headerLease.end()
            headerLease = lease
        }
        if lease.cookie != nil || hasOwnCookie { setOwnCookie(lease.cookie) }
        let wantsFresh = mode == .new
        if wantsFresh != isFresh {
            isFresh = wantsFresh
            ccurl_set_long(pointer, CURLOPT_FRESH_CONNECT, wantsFresh ? 1 : 0)
            ccurl_set_long(pointer, CURLOPT_FORBID_REUSE, wantsFresh ? 1 : 0)
            ccurl_set_long(pointer, CURLOPT_SSL_SESSIONID_CACHE, wantsFresh ? 0 : 1)
        }
    }

    /// Forgets the answer before.
    func emptyAnswer() {
        body.removeAll(keepingAtMost: 16384)
        headers.removeAll(keepingAtMost: 16384)
        isBodyTruncated = false
        firstByte = 0
        lookupNanoseconds = -1
        socketError = 0
    }

    /// Sets what the next transfers say beside the user's cookies; nil: nothing. libcurl copies it.
    func setOwnCookie(_ cookie: UnsafeMutablePointer<curl_slist>?) {
        hasOwnCookie = cookie != nil
        ccurl_set_text(pointer, CURLOPT_COOKIE, cookie?.pointee.data)
    }

    /// Lets the next transfer take so long; 0: as long as it takes.
    func setTimeout(_ milliseconds: Int) {
        guard milliseconds != timeoutSet else { return }
        timeoutSet = milliseconds
        ccurl_set_long(pointer, CURLOPT_TIMEOUT_MS, milliseconds)
    }

    /// Whether the next transfer waits for a connection that may turn out to carry many requests at once, rather than open another.
    func setWaitsForStream(_ waits: Bool) {
        guard waits != waitsForStream else { return }
        waitsForStream = waits
        ccurl_set_long(pointer, CURLOPT_PIPEWAIT, waits ? 1 : 0)
    }

    /// Makes the next transfers go the way of a profile, the one at `position` among the distinct ones.
    func use(_ profile: ConnectionProfile, position: Int) {
        let hadCertificate = hasCertificate
        self.profile = position
        hasProxy = profile.proxy != nil
        ccurl_set_text(pointer, CURLOPT_PROXY, profile.proxy ?? "")
        hasCertificate = profile.certificate != nil
        guard let certificate = profile.certificate else {
            if hadCertificate {
                ccurl_set_pointer(pointer, CURLOPT_SSLCERT_BLOB, nil)
                ccurl_set_pointer(pointer, CURLOPT_SSLKEY_BLOB, nil)
            }
            return
        }
        let key = certificate.key.isEmpty ? certificate.certificate : certificate.key
        ccurl_copy_blob(pointer, CURLOPT_SSLCERT_BLOB, certificate.certificate, certificate.certificate.count)
        ccurl_copy_blob(pointer, CURLOPT_SSLKEY_BLOB, key, key.count)
        // Without any, OpenSSL would ask for it on the terminal and wait.
        ccurl_set_text(pointer, CURLOPT_KEYPASSWD, certificate.password ?? "")
    }

    /// The URL's scheme and authority, as far as the path.
    var origin: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: url.bytes[..<originCount]) }

    /// How much of a URL is scheme and authority.
    static func originCount(of url: UnsafeRawBufferPointer) -> Int {
        var slashes = 0
        for (index, byte) in url.enumerated() {
            if byte == UInt8(ascii: "/") { slashes += 1 }
            if slashes == 3 || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") || byte == 0 { return index }
        }
        return url.count
    }

    /// Hands addresses (`host:port:address,…`) to libcurl's cache with the next transfer.
    func setAddresses(_ line: String, of key: String) {
        let before = resolveList
        resolveList = curl_slist_append(nil, line)
        ccurl_set_list(pointer, CURLOPT_RESOLVE, resolveList)
        curl_slist_free_all(before)
        addressesOf = key
    }

    /// Takes back addresses that libcurl may not have read. Answers whose they were; nil: nobody's.
    func takeBackAddresses() -> String? {
        guard let key = addressesOf else { return nil }
        addressesOf = nil
        ccurl_set_list(pointer, CURLOPT_RESOLVE, nil)
        curl_slist_free_all(resolveList)
        resolveList = nil
        return key
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
        // libcurl sends no body with HEAD.
        let sends = (draft.bodyKind != .none && method != .head) || method == .post || method == .put || method == .patch
        stampsFirstByte = draft.body.count > Self.largeUpload
        if sends {
            upload.removeAll(keepingAtMost: 1 << 20)
            upload.append(draft.body.bytes)
        }
        if method != self.method || sends != hasUpload { choose(method, sends: sends) }
        if sends {
            // libcurl keeps the address: it is set again only when it may have changed.
            ccurl_set_pointer(pointer, CURLOPT_POSTFIELDS, upload.bytes.baseAddress)
            if uploadCount != draft.body.count {
                uploadCount = draft.body.count
                ccurl_set_offset(pointer, CURLOPT_POSTFIELDSIZE_LARGE, Int64(uploadCount))
            }
        }
    }

    /// Chooses the verb, and whether a body goes with it.
    func choose(_ method: HTTPMethod, sends: Bool) {
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
}
