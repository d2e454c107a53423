import CCurl
import EventLoop
import Glibc
import LoadModel

/// HTTP over libcurl's multi interface, driven by the engine thread's own poller.
///
/// `submit` takes a request for a user's slot; finished ones are taken in batches with `nextFinished`. One request may be under way
/// per slot, or one batch of them. Nothing here blocks or is locked. Owned by one thread.
package final class CurlTransport {
    let options: TransportOptions
    /// `TransportOptions.sourceAddresses` by family.
    let sources: (v4: [SourceAddress], v6: [SourceAddress])
    let poller: Poller
    var sockets: [SocketState] = []
    /// Sockets open now, idle ones included.
    package internal(set) var openConnections = 0
    /// Connections opened since the start.
    package internal(set) var connectionsOpened = 0
    /// Requests under way that may still open a connection.
    var reservations = 0
    /// Requests under way, each of a batch too.
    package internal(set) var inFlight = 0

    private var multis: [CurlMulti] = []
    private var urls = ParsedURLs()
    var pools = ConnectionPools()
    private var headerLists: HeaderLists
    let profiles: ConnectionProfiles
    var handles: [CurlHandle] = []
    var freeHandles = FreeList()
    var users: [UserState] = []
    /// The batches under way, by slot.
    var batches: [Int: Batch] = [:]
    var idleUsers = FreeList()
    var finished: [Int32] = []
    var nextFinishedIndex = 0
    /// Handles whose answers are to be followed elsewhere; empty between two calls.
    var redirected: [Int32] = []
    let resolver: NameResolver
    var names = HostNames()
    /// When the first of the requests that wait for lookups must wait no longer; `.max`: none waits.
    var lookupDeadline = Int64.max

    /// What is kept for a user between its requests.
    struct UserState {
        /// The handle of its ordinary request under way or of its last one; -1: none.
        var handle: Int32 = -1
        /// A request or a batch is under way.
        var isInFlight = false
        /// Cookies not held by a handle.
        var cookies: [UInt8] = []
    }

    private static let setUpLibcurl: Void = { curl_global_init(Int(CURL_GLOBAL_DEFAULT)) }()

    /// A transport that registers its sockets with `poller`, whose owner hands their events to `handle(_:)`. `profiles`: how each user class
    /// reaches its target, by the index that `submit` is given; what one leaves open is taken from `options`.
    ///
    /// Throws `HTTPTransportError` or `EventLoopError` when libcurl or the system has no memory or descriptor left.
    package init(poller: Poller, options: TransportOptions, profiles: [ConnectionProfile] = []) throws {
        _ = Self.setUpLibcurl
        self.options = options
        sources = (options.sourceAddresses.filter { $0.family == AF_INET }, options.sourceAddresses.filter { $0.family != AF_INET })
        self.profiles = ConnectionProfiles(profiles, options: options)
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

    /// Starts a request; with HEAD no body is sent. `base` is put before a target that is only a path; `profile` is the index of the user's class; `now` stands for the
    /// moment of handing over.
    ///
    /// `item`: -1 for an ordinary request; 0 ..< `mostItems` for one of a batch. A batch begins with the first item for a slot that has nothing
    /// under way, takes further ones as long as any of it is under way, and ends with its last. Throws `HTTPTransportError` when libcurl has no
    /// memory left; a batch is then to be broken off by `cancel`.
    package func submit(
        _ draft: borrowing RequestDraft, base: UnsafeRawBufferPointer, slot: Int, item: Int = -1, mode: ConnectionMode, profile: Int = 0,
        now: Int64
    ) throws {
        while users.count <= slot { users.append(UserState()) }
        while multis.count <= slot / CurlMulti.usersEach { multis.append(try CurlMulti(transport: self)) }
        let handle: CurlHandle
        if item < 0 {
            precondition(!users[slot].isInFlight, "one request at a time for a user")
            handle = try self.handle(for: slot)
        } else {
            handle = try self.handle(forItem: item, of: slot)
        }
        handle.slot = slot
        handle.item = item
        handle.handedOver = now
        handle.prepare(draft, base: base, headerLists: &headerLists, urls: &urls, mode: mode)
        let position = profiles.position(ofClass: profile)
        if position != handle.profile { handle.use(profiles.distinct[position], position: position) }
        let origin = handle.origin
        do {
            try attach(handle, mode: mode, usesTLS: Self.usesTLS(origin))
        } catch {
            handle.slot = -1
            freeHandles.append(handle.index)
            throw error
        }
        inFlight += 1
        if item < 0 {
            exchangeCookies(handle)
            users[slot].handle = Int32(handle.index)
        } else {
            join(handle)
        }
        users[slot].isInFlight = true
        if draft.clearsCookies { clearCookies(handle) }
        let isConnected = handle.pool.map { pools[$0].openConnections >= pools[$0].requestsInFlight } ?? false
        if needsLookup(handle, isConnected: isConnected, now: now) { return }
        start(handle)
    }

    /// True when the user's next request, or its next one of a batch, would have to open a connection.
    package func needsConnection(slot: Int, mode: ConnectionMode, profile: Int = 0) -> Bool {
        guard let id = poolID(slot: slot, mode: mode, profile: profiles.position(ofClass: profile)) else { return true }
        let pool = pools[id]
        return pool.openConnections - pool.brokenConnections <= pool.requestsInFlight
    }

    /// Connections open or about to be opened: what a cap is compared with.
    package var committedConnections: Int { openConnections + reservations }

    /// Connections opened so far or about to be opened; fewer than before where some turned out not to be needed.
    package var commitments: Int { connectionsOpened + reservations }

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

    /// Breaks off the user's request, or all of its batch, if one is under way; its connections are closed. No outcome follows.
    ///
    /// What `nextFinished` has given out of the batch already is still to be released.
    package func cancel(slot: Int) {
        guard slot < users.count, users[slot].isInFlight else { return }
        if users[slot].handle >= 0 { return breakOff(handles[Int(users[slot].handle)]) }
        for index in batches[slot]?.handles ?? [] { breakOff(handles[Int(index)]) }
    }

    private func breakOff(_ handle: CurlHandle) {
        names.forget(handle: handle.index)
        handle.lookupDeadline = .max
        curl_multi_remove_handle(multi(of: handle.slot).pointer, handle.pointer)
        takeBackAddresses(handle)
        noteUnconnectedClosed(of: handle)
        if let position = finished[nextFinishedIndex...].firstIndex(of: Int32(handle.index)) { finished.remove(at: position) }
        retire(handle)
        freeHandles.append(handle.index)
    }

    /// Forgets a user: its connections are closed, its cookies dropped. Breaks off what it has under way.
    package func forget(slot: Int) {
        cancel(slot: slot)
        guard slot < users.count else { return }
        closeConnections(of: slot)
        if users[slot].handle >= 0 {
            let handle = handles[Int(users[slot].handle)]
            if handle.cookieOwner == slot {
                handle.clearCookies()
                handle.cookieOwner = -1
            }
        }
        idleUsers.remove(slot)
        users[slot] = UserState()
    }

    /// When `runTimers` wants to be called; nil: not at all.
    package var nextDeadline: Int64? {
        var next = lookupDeadline
        for multi in multis { if let deadline = multi.deadline, deadline < next { next = deadline } }
        return next == .max ? nil : next
    }

    /// Does what libcurl has asked to be done by now; with `now` 0 only what it wants done at once, new requests above all.
    package func runTimers(now: Int64) {
        if lookupDeadline <= now { endLateLookups(now: now) }
        for multi in multis {
            guard let due = multi.deadline, due <= now else { continue }
            multi.deadline = nil
            var running: Int32 = 0
            curl_multi_socket_action(multi.pointer, CURL_SOCKET_TIMEOUT, 0, &running)
            harvest(multi)
        }
    }

    /// The multi handle of a user.
    func multi(of slot: Int) -> CurlMulti { multis[slot / CurlMulti.usersEach] }

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
        /// Which request of the user's batch it is; -1: none of a batch.
        package let item: Int
        fileprivate let handle: CurlHandle

        /// When the last byte came, or the failure.
        package var finishedNanoseconds: Int64 { handle.finished }
        /// What became of it; the buffers in it hold until `release`.
        package func outcome() -> RequestOutcome { handle.outcome() }
    }

    /// Takes the next request that has ended; nil: there is none for now. The user may submit its next one after `release`; one of a batch
    /// may be held until all the others have ended.
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
        return Finished(slot: slot, item: handle.item, handle: handle)
    }

    /// Whether a request has ended that `nextFinished` has not given out yet.
    package var hasFinished: Bool { nextFinishedIndex < finished.count }

    /// Gives the memory of a finished request back.
    package func release(_ finished: Finished) { freeHandles.append(finished.handle.index) }
}
