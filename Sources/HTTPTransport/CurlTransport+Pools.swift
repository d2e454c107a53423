import CCurl
import LoadModel

/// Which handle, connections and cookies a request has.
extension CurlTransport {
    /// The handle of the user's last request if it is free; or the one that was used last, which is the likeliest to be in the processor's cache; or a new one.
    func handle(for slot: Int) throws -> CurlHandle {
        let last = Int(users[slot].handle)
        if last >= 0, freeHandles.contains(last) {
            freeHandles.remove(last)
            return handles[last]
        }
        guard let index = freeHandles.popLast() else {
            let handle = try CurlHandle(index: handles.count, transport: self, options: options)
            handles.append(handle)
            return handle
        }
        return handles[index]
    }

    /// The pool of a user's requests; nil: no connection is kept. `profile`: a position among the distinct ones. Those share no pool, so that
    /// nobody can get a connection that shows another's certificate, and pools count what their users can use.
    func poolID(slot: Int, mode: ConnectionMode, profile: Int) -> PoolID? {
        switch mode {
        case .user: .user(slot)
        case .shared: .shared(slot / ConnectionPools.usersPerSharedPool * profiles.distinct.count + profile)
        case .new: nil
        }
    }

    /// Whether an origin (`http://…`, `https://…`) is reached by TLS.
    static func usesTLS(_ origin: UnsafeRawBufferPointer) -> Bool { origin.count > 5 && origin[4] | 0x20 == UInt8(ascii: "s") }

    /// Gives a request its pool, and notes whether it may open a connection.
    func attach(_ handle: CurlHandle, mode: ConnectionMode, usesTLS: Bool) throws {
        let id = poolID(slot: handle.slot, mode: mode, profile: handle.profile)
        if handle.pool != id || id.map({ pools[$0].share == nil || pools[$0].holdsTLS != usesTLS }) == true {
            detachPool(handle)
            if let id {
                ccurl_set_share(handle.pointer, try pools.share(of: id, usesTLS: usesTLS))
                handle.pool = id
            }
        }
        handle.setWaitsForStream(waitsForStream(handle, usesTLS: usesTLS))
        if let id {
            let pool = pools[id]
            handle.hasReservation = pool.openConnections - pool.brokenConnections <= pool.requestsInFlight
            pools[id].requestsInFlight = pool.requestsInFlight + 1
        } else {
            handle.hasReservation = true
        }
        if handle.hasReservation { reservations += 1 }
    }

    /// Requests of one pool that may be under way at once wait for a connection that may turn out to carry many. Over plain TCP that is known
    /// with the first answer only, and all others would stand behind it.
    private func waitsForStream(_ handle: CurlHandle, usesTLS: Bool) -> Bool {
        switch handle.pool {
        case .user? where handle.item < 0, nil: return false
        case .user?, .shared?: break
        }
        return switch options.httpVersion {
        case .auto: usesTLS
        case .http1: false
        case .http2, .http2PriorKnowledge: true
        }
    }

    /// Makes the pool of a request under way fit for its next hop.
    func reattach(_ handle: CurlHandle, leavesOrigin: Bool) throws {
        let usesTLS = Self.usesTLS(handle.origin)
        if let id = handle.pool, usesTLS, !pools[id].holdsTLS {
            detachPool(handle)
            ccurl_set_share(handle.pointer, try pools.share(of: id, usesTLS: true))
            handle.pool = id
        }
        handle.setWaitsForStream(waitsForStream(handle, usesTLS: usesTLS))
        // Whether a connection to the new origin is there already only libcurl knows.
        if !handle.hasReservation && (leavesOrigin || handle.pool == nil) {
            handle.hasReservation = true
            reservations += 1
        }
    }

    /// Takes a handle from its pool.
    func detachPool(_ handle: CurlHandle) {
        guard handle.pool != nil else { return }
        ccurl_set_share(handle.pointer, nil)
        handle.pool = nil
    }

    /// Closes the connections of a user that has nothing under way.
    func closeConnections(of slot: Int) {
        let id = PoolID.user(slot)
        guard pools[id].share != nil else { return }
        let last = Int(users[slot].handle)
        if last >= 0, handles[last].pool == id { detachPool(handles[last]) }
        closeShare(of: id)
        idleUsers.remove(slot)
    }

    /// Closes a pool that no handle is attached to.
    func closeShare(of id: PoolID) {
        guard let share = pools.takeShare(of: id) else { return }
        // Fails when some handle is still attached; that would be a leak of ours.
        let code = curl_share_cleanup(share)
        precondition(code == CURLSHE_OK, "a connection pool was closed while in use")
    }

    /// Sees to it that the handle holds the cookies of its user.
    func exchangeCookies(_ handle: CurlHandle) {
        let slot = handle.slot
        guard handle.cookieOwner != slot else { return }
        returnCookies(of: handle)
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

    /// Gives the cookies that a handle holds back to the user whose they are. The handle has none afterwards.
    func returnCookies(of handle: CurlHandle) {
        let owner = handle.cookieOwner
        guard owner >= 0 else { return }
        let cookies = handle.takeCookies()
        if !cookies.isEmpty { users[owner].cookies = cookies }
        if users[owner].handle == Int32(handle.index) { users[owner].handle = -1 }
        handle.cookieOwner = -1
    }

    /// Forgets the cookies of a user whose request is about to start.
    func clearCookies(_ handle: CurlHandle) {
        handle.clearCookies()
        users[handle.slot].cookies = []
        if handle.item >= 0 { clearBatchCookies(handle) }
    }
}
