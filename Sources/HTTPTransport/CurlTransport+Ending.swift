import CCurl
import EventLoop
import Glibc
import LoadModel

/// How requests start, go on elsewhere and end.
extension CurlTransport {
    /// Hands a request to libcurl.
    func start(_ handle: CurlHandle) {
        let code = curl_multi_add_handle(multi(of: handle.slot).pointer, handle.pointer)
        guard code == CURLM_OK else { return fail(handle, reason: String(cString: curl_multi_strerror(code))) }
    }

    /// Hands a request to libcurl that was handed over earlier: what has passed of its time is taken off.
    func startLate(_ handle: CurlHandle, now: Int64) {
        if handle.timeoutMilliseconds > 0 {
            let left = handle.timeoutMilliseconds - Int(now - handle.handedOver) / 1_000_000
            guard left > 0 else {
                takeBackAddresses(handle)
                return fail(handle, reason: FailureReason.noWholeAnswer(withinMilliseconds: handle.timeoutMilliseconds))
            }
            handle.setTimeout(left)
        }
        start(handle)
    }

    /// Ends a request that libcurl does not have.
    func fail(_ handle: CurlHandle, reason: String) {
        handle.failure = reason
        handle.finished = MonotonicClock.nanoseconds()
        finished.append(Int32(handle.index))
    }

    /// Takes what libcurl has finished.
    func harvest(_ multi: CurlMulti) {
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
                    handle.failure = reason(result, handle)
                } else if handle.isRedirected {
                    redirected.append(Int32(handle.index))
                    return
                }
                finished.append(Int32(handle.index))
            }
        }
        for position in first..<finished.count { remove(handles[Int(finished[position])], from: multi) }
        if !redirected.isEmpty { followRedirects(multi) }
    }

    private func remove(_ handle: CurlHandle, from multi: CurlMulti) {
        curl_multi_remove_handle(multi.pointer, handle.pointer)
        if handle.failure != nil { noteUnconnectedClosed(of: handle) }
        handle.opened.removeAll(keepingCapacity: true)
    }

    private func reason(_ result: CURLcode, _ handle: CurlHandle) -> String {
        if handle.socketError != 0 { return "Could not open a socket: \(String(cString: strerror(handle.socketError)))" }
        let passed = Int(handle.finished - handle.handedOver) / 1_000_000
        if result == CURLE_OPERATION_TIMEDOUT, handle.timeoutMilliseconds > 0, passed >= handle.timeoutMilliseconds - 1 {
            return FailureReason.noWholeAnswer(withinMilliseconds: handle.timeoutMilliseconds)
        }
        return FailureReason.text(result, handle: handle.pointer, details: handle.failureText)
    }

    /// Ends the request's hold on its slot, pool and reservation.
    func retire(_ handle: CurlHandle) {
        let slot = handle.slot
        let pool = handle.pool
        if handle.hasReservation {
            handle.hasReservation = false
            reservations -= 1
        }
        inFlight -= 1
        handle.slot = -1
        if let pool { pools[pool].requestsInFlight = pools[pool].requestsInFlight - 1 }
        if handle.item < 0 { users[slot].isInFlight = false } else { leaveBatch(handle, slot: slot) }
        if let pool, case .user = pool { settle(pool, of: slot, last: handle) }
    }

    /// Gives an empty pool back, or notes that the user has connections that may be idle.
    private func settle(_ id: PoolID, of slot: Int, last handle: CurlHandle) {
        let pool = pools[id]
        if pool.openConnections > 0 { return idleUsers.append(slot) }
        guard !pool.holdsTLS, pool.requestsInFlight == 0 else { return }
        detachPool(handle)
        if let share = pools.takeShare(of: id) { pools.giveBack(share) }
    }

    // MARK: - Redirects

    private func followRedirects(_ multi: CurlMulti) {
        var following: [Int32] = []
        swap(&following, &redirected)
        for index in following {
            let handle = handles[Int(index)]
            remove(handle, from: multi)
            follow(handle)
        }
    }

    private func follow(_ handle: CurlHandle) {
        switch handle.prepareNextHop() {
        case .impossible(let reason): fail(handle, reason: reason)
        case .ready(let leavesOrigin):
            do {
                try reattach(handle, leavesOrigin: leavesOrigin)
            } catch {
                return fail(handle, reason: "\(error)")
            }
            let isConnected = !leavesOrigin && handle.pool.map { pools[$0].openConnections >= pools[$0].requestsInFlight } ?? false
            if needsLookup(handle, isConnected: isConnected, now: handle.hopStarted) { return }
            startLate(handle, now: handle.hopStarted)
        }
    }
}
