import CCurl
import EventLoop
import Glibc
import LoadModel

/// HTTP over libcurl's multi interface, driven by the engine thread's own poller.
///
/// `submit` takes a request for a user's slot; finished ones are taken in batches with `nextFinished`. One request may be under way
/// per slot. Nothing here blocks or is locked. Owned by one thread.
package final class CurlTransport {
    let options: TransportOptions
    let poller: Poller
    var sockets: [SocketState] = []
    /// Sockets open now, idle ones included.
    package internal(set) var openConnections = 0
    /// Connections opened since the start.
    package internal(set) var connectionsOpened = 0
    /// Requests under way that may still open a connection.
    var reservations = 0
    /// Requests under way.
    package private(set) var inFlight = 0

    private var multis: [CurlMulti] = []
    private var urls = ParsedURLs()
    var pools = ConnectionPools()
    private var headerLists: HeaderLists
    private var handles: [CurlHandle] = []
    private var freeHandles = FreeList()
    var users: [UserState] = []
    private var idleUsers = FreeList()
    private var finished: [Int32] = []
    private var nextFinishedIndex = 0
    private let resolver: NameResolver
    private var names = HostNames()

    /// What is kept for a user between its requests.
    struct UserState {
        /// The handle of its request under way or of its last one; -1: none.
        var handle: Int32 = -1
        var isInFlight = false
        /// Cookies not held by a handle.
        var cookies: [UInt8] = []
    }

    private static let setUpLibcurl: Void = { curl_global_init(Int(CURL_GLOBAL_DEFAULT)) }()

    /// A transport that registers its sockets with `poller`, whose owner hands their events to `handle(_:)`.
    ///
    /// Throws `HTTPTransportError` or `EventLoopError` when libcurl or the system has no memory or descriptor left.
    package init(poller: Poller, options: TransportOptions) throws {
        _ = Self.setUpLibcurl
        self.options = options
        headerLists = HeaderLists(userAgent: options.userAgent)
        self.poller = poller
        resolver = try NameResolver()
        poller.add(resolver.descriptor, bits: Poller.readable, token: Self.token(of: resolver.descriptor))
    }

    deinit {
        for handle in handles where handle.slot >= 0 { curl_multi_remove_handle(multi(of: handle.slot).pointer, handle.pointer) }
        for handle in handles { detachPool(handle) }
        handles.removeAll()
        // Closing a connection calls `closeSocket`, which changes `pools`: the shares are taken out first.
        let shares = pools.takeAllShares()
        for share in shares { curl_share_cleanup(share) }
        multis.removeAll()
    }

    // MARK: - Requests

    /// Starts a request. `base` is put before a target that is only a path; `now` stands for the moment of handing over.
    package func submit(
        _ draft: borrowing RequestDraft, base: UnsafeRawBufferPointer, slot: Int, mode: ConnectionMode, now: Int64
    ) throws {
        while users.count <= slot { users.append(UserState()) }
        while multis.count <= slot / CurlMulti.usersEach { multis.append(try CurlMulti(transport: self)) }
        precondition(!users[slot].isInFlight, "one request at a time for a user")
        let handle = try handle(for: slot)
        handle.slot = slot
        handle.handedOver = now
        handle.prepare(draft, base: base, headerLists: &headerLists, urls: &urls, mode: mode)
        let origin = handle.origin
        try attach(handle, mode: mode, usesTLS: origin.count > 5 && origin[4] | 0x20 == UInt8(ascii: "s"))
        users[slot].isInFlight = true
        users[slot].handle = Int32(handle.index)
        inFlight += 1
        if needsLookup(handle, origin: origin, now: now) { return }
        start(handle)
    }

    /// True when the user's next request would have to open a connection.
    package func needsConnection(slot: Int, mode: ConnectionMode) -> Bool {
        guard let id = poolID(slot: slot, mode: mode) else { return true }
        let pool = pools[id]
        return pool.openConnections <= pool.requestsInFlight
    }

    /// Connections open or about to be opened: what a cap is compared with.
    package var committedConnections: Int { openConnections + reservations }

    /// Closes the connections of the user that has been idle the longest, or else of a shared pool that is idle. False: there is none.
    /// - Complexity: O(shared pools), and O(handles) when one of them is closed.
    package func closeIdleConnections() -> Bool {
        while let slot = idleUsers.popFirst() {
            if pools[.user(slot)].openConnections > 0 && !users[slot].isInFlight {
                closeConnections(of: slot)
                return true
            }
        }
        guard let id = pools.idleShared() else { return false }
        for handle in handles where handle.pool == id { detachPool(handle) }
        closeShare(of: id)
        return true
    }

    /// Breaks off the user's request, if one is under way; its connection is closed. No outcome follows.
    package func cancel(slot: Int) {
        guard slot < users.count, users[slot].isInFlight else { return }
        let handle = handles[Int(users[slot].handle)]
        names.forget(handle: handle.index)
        curl_multi_remove_handle(multi(of: slot).pointer, handle.pointer)
        noteUnconnectedClosed(of: handle)
        if let position = finished[nextFinishedIndex...].firstIndex(of: Int32(handle.index)) { finished.remove(at: position) }
        retire(handle)
        freeHandles.append(handle.index)
    }

    /// Forgets a user: its connections are closed, its cookies dropped. Breaks off its request if one is under way.
    package func forget(slot: Int) {
        cancel(slot: slot)
        guard slot < users.count else { return }
        closeConnections(of: slot)
        if users[slot].handle >= 0 {
            let handle = handles[Int(users[slot].handle)]
            if handle.cookieOwner == slot {
                ccurl_set_text(handle.pointer, CURLOPT_COOKIELIST, "ALL")
                handle.cookieOwner = -1
            }
        }
        idleUsers.remove(slot)
        users[slot] = UserState()
    }

    /// When `runTimers` wants to be called; nil: not at all.
    package var nextDeadline: Int64? {
        var next: Int64?
        for multi in multis { if let deadline = multi.deadline, deadline < next ?? .max { next = deadline } }
        return next
    }

    /// Does what libcurl has asked to be done by now; with `now` 0 only what it wants done at once, new requests above all.
    package func runTimers(now: Int64) {
        for multi in multis {
            guard let due = multi.deadline, due <= now else { continue }
            multi.deadline = nil
            var running: Int32 = 0
            curl_multi_socket_action(multi.pointer, CURL_SOCKET_TIMEOUT, 0, &running)
            harvest(multi)
        }
    }

    /// The multi handle of a user.
    private func multi(of slot: Int) -> CurlMulti { multis[slot / CurlMulti.usersEach] }

    /// True when an event of the poller belongs to this transport.
    package static func owns(_ token: UInt64) -> Bool { token >> 32 == 1 }

    static func token(of descriptor: Int32) -> UInt64 { 1 << 32 | UInt64(UInt32(bitPattern: descriptor)) }

    /// Deals with an event of one of this transport's descriptors.
    package func handle(_ event: Poller.Event) {
        let descriptor = Int32(truncatingIfNeeded: event.token & 0xFFFF_FFFF)
        if descriptor == resolver.descriptor { return takeAddresses() }
        let index = Int(descriptor)
        guard index < sockets.count, sockets[index].registered != 0 else { return }
        if sockets[index].wanted == 0 { return idleSocketStirred(descriptor, bits: event.bits) }
        var bits: Int32 = 0
        if event.bits & Poller.readable != 0 { bits |= CURL_CSELECT_IN }
        if event.bits & Poller.writable != 0 { bits |= CURL_CSELECT_OUT }
        if event.bits & Poller.broken != 0 { bits |= CURL_CSELECT_ERR }
        var running: Int32 = 0
        guard let multi = sockets[index].multi else { return }
        curl_multi_socket_action(multi.pointer, descriptor, bits, &running)
        harvest(multi)
    }

    /// One request that has ended; its memory is held until `release`.
    package struct Finished {
        /// The user that asked.
        package let slot: Int
        fileprivate let handle: CurlHandle

        /// When the last byte came, or the failure.
        package var finishedNanoseconds: Int64 { handle.finished }
        /// What became of it; the buffers in it hold until `release`.
        package func outcome() -> RequestOutcome { handle.outcome() }
    }

    /// Takes the next request that has ended; nil: there is none for now. The user may submit its next one after `release`.
    package func nextFinished() -> Finished? {
        guard nextFinishedIndex < finished.count else {
            if !finished.isEmpty {
                finished.removeAll(keepingCapacity: true)
                nextFinishedIndex = 0
            }
            return nil
        }
        let handle = handles[Int(finished[nextFinishedIndex])]
        nextFinishedIndex += 1
        let slot = handle.slot
        retire(handle)
        return Finished(slot: slot, handle: handle)
    }

    /// Whether a request has ended that `nextFinished` has not given out yet.
    package var hasFinished: Bool { nextFinishedIndex < finished.count }

    /// Gives the memory of a finished request back.
    package func release(_ finished: Finished) { freeHandles.append(finished.handle.index) }

    // MARK: - Starting and finishing

    private func handle(for slot: Int) throws -> CurlHandle {
        let last = Int(users[slot].handle)
        if last >= 0, freeHandles.contains(last) {
            freeHandles.remove(last)
            return handles[last]
        }
        guard let index = freeHandles.popFirst() else {
            let handle = try CurlHandle(index: handles.count, transport: self, options: options)
            handles.append(handle)
            return handle
        }
        return handles[index]
    }

    private func poolID(slot: Int, mode: ConnectionMode) -> PoolID? {
        switch mode {
        case .user: .user(slot)
        case .shared: .shared(slot / ConnectionPools.usersPerSharedPool)
        case .new: nil
        }
    }

    private func attach(_ handle: CurlHandle, mode: ConnectionMode, usesTLS: Bool) throws {
        let id = poolID(slot: handle.slot, mode: mode)
        if handle.pool != id || id.map({ pools[$0].share == nil || pools[$0].holdsTLS != usesTLS }) == true {
            detachPool(handle)
            if let id {
                let share = try pools.share(of: id, usesTLS: usesTLS)
                ccurl_set_share(handle.pointer, share)
                handle.pool = id
                // Users of one pool wait for a connection that may turn out to carry many requests at once. Over plain TCP that is known
                // with the first answer only, and all others would stand behind it.
                let mayCarryMany =
                    switch options.httpVersion {
                    case .auto: usesTLS
                    case .http1: false
                    case .http2, .http2PriorKnowledge: true
                    }
                ccurl_set_long(handle.pointer, CURLOPT_PIPEWAIT, mode == .shared && mayCarryMany ? 1 : 0)
            }
        }
        if let id {
            let pool = pools[id]
            handle.hasReservation = pool.openConnections <= pool.requestsInFlight
            pools[id].requestsInFlight = pool.requestsInFlight + 1
        } else {
            handle.hasReservation = true
        }
        if handle.hasReservation { reservations += 1 }
        exchangeCookies(handle)
    }

    private func exchangeCookies(_ handle: CurlHandle) {
        let slot = handle.slot
        guard handle.cookieOwner != slot else { return }
        if handle.cookieOwner >= 0 {
            let cookies = handle.takeCookies()
            if !cookies.isEmpty { users[handle.cookieOwner].cookies = cookies }
            if users[handle.cookieOwner].handle == Int32(handle.index) { users[handle.cookieOwner].handle = -1 }
        }
        if !users[slot].cookies.isEmpty {
            handle.putCookies(users[slot].cookies)
            users[slot].cookies = []
        }
        // The handle of this user's request before may hold its cookies still.
        let last = Int(users[slot].handle)
        if last >= 0, last != handle.index, handles[last].cookieOwner == slot {
            handle.putCookies(handles[last].takeCookies())
            handles[last].cookieOwner = -1
        }
        handle.cookieOwner = slot
    }

    private func detachPool(_ handle: CurlHandle) {
        guard handle.pool != nil else { return }
        ccurl_set_share(handle.pointer, nil)
        handle.pool = nil
    }

    private func start(_ handle: CurlHandle) {
        let code = curl_multi_add_handle(multi(of: handle.slot).pointer, handle.pointer)
        guard code == CURLM_OK else { return fail(handle, reason: String(cString: curl_multi_strerror(code))) }
    }

    private func fail(_ handle: CurlHandle, reason: String) {
        handle.failure = reason
        handle.finished = MonotonicClock.nanoseconds()
        finished.append(Int32(handle.index))
    }

    private func harvest(_ multi: CurlMulti) {
        var result = CURLE_OK
        let first = finished.count
        // All messages are read before a handle is removed: libcurl searches the unread ones at each removal.
        while let pointer = ccurl_multi_next_done(multi.pointer, &result) {
            var context: UnsafeMutableRawPointer?
            ccurl_get_pointer(pointer, CURLINFO_PRIVATE, &context)
            guard let context else { continue }
            Unmanaged<CurlHandle>.fromOpaque(context)._withUnsafeGuaranteedRef { handle in
                handle.finished = MonotonicClock.nanoseconds()
                if result != CURLE_OK {
                    handle.failure =
                        handle.socketError == 0
                        ? FailureReason.text(result, handle: pointer)
                        : "Could not open a socket: \(String(cString: strerror(handle.socketError)))"
                }
                finished.append(Int32(handle.index))
            }
        }
        for position in first..<finished.count {
            let handle = handles[Int(finished[position])]
            curl_multi_remove_handle(multi.pointer, handle.pointer)
            if handle.failure != nil { noteUnconnectedClosed(of: handle) }
            handle.opened.removeAll(keepingCapacity: true)
        }
    }

    /// Ends the request's hold on its slot, pool and reservation.
    private func retire(_ handle: CurlHandle) {
        let slot = handle.slot
        if handle.hasReservation {
            handle.hasReservation = false
            reservations -= 1
        }
        inFlight -= 1
        users[slot].isInFlight = false
        handle.slot = -1
        if let id = handle.pool {
            let pool = pools[id]
            pools[id].requestsInFlight = pool.requestsInFlight - 1
            if case .user = id {
                if pool.openConnections == 0 && !pool.holdsTLS {
                    detachPool(handle)
                    if let share = pools.takeShare(of: id) { pools.giveBack(share) }
                } else if pool.openConnections > 0 {
                    idleUsers.append(slot)
                }
            }
        }
    }

    func closeConnections(of slot: Int) {
        let id = PoolID.user(slot)
        guard pools[id].share != nil else { return }
        let last = Int(users[slot].handle)
        if last >= 0, handles[last].pool == id { detachPool(handles[last]) }
        closeShare(of: id)
        idleUsers.remove(slot)
    }

    private func closeShare(of id: PoolID) {
        guard let share = pools.takeShare(of: id) else { return }
        // Fails when some handle is still attached; that would be a leak of ours.
        let code = curl_share_cleanup(share)
        precondition(code == CURLSHE_OK, "a connection pool was closed while in use")
    }

    // MARK: - Names

    /// True when libcurl is not to have the request: it waits for a lookup, whose answer starts it, or has failed for want of an address.
    private func needsLookup(_ handle: CurlHandle, origin: UnsafeRawBufferPointer, now: Int64) -> Bool {
        if options.proxy != nil { return false }
        let isConnected = handle.pool.map { pools[$0].openConnections >= pools[$0].requestsInFlight } ?? false
        switch names.need(of: origin, isConnected: isConnected, now: now) {
        case .nothing: return false
        case .addresses(let key):
            giveAddresses(key, to: handle)
            return false
        case .failed(let reason):
            fail(handle, reason: "Could not resolve host: \(reason)")
            return true
        case .lookup(let key, let host):
            names.wait(handle: handle.index, for: key)
            if let host { resolver.lookUp(host: host, key: key) }
            return true
        }
    }

    private func takeAddresses() {
        for answer in resolver.drain() {
            let now = MonotonicClock.nanoseconds()
            for index in names.take(answer, now: now, lifetimeNanoseconds: options.lookupLifetimeNanoseconds) {
                let handle = handles[index]
                if answer.addresses.isEmpty {
                    fail(handle, reason: "Could not resolve host: \(answer.failure)")
                } else {
                    handle.lookupNanoseconds = now - handle.handedOver
                    giveAddresses(answer.key, to: handle)
                    start(handle)
                }
            }
        }
    }

    /// Puts a host's addresses into the address cache of the request's multi handle, unless they are there.
    private func giveAddresses(_ key: String, to handle: CurlHandle) {
        guard let addresses = names.addresses(of: key) else { return }
        let multi = multi(of: handle.slot)
        if multi.addressVersions[key] == addresses.version { return }
        multi.addressVersions[key] = addresses.version
        handle.setAddresses(addresses.line)
    }
}
