import EventLoop
import LoadModel

/// Names that have to be looked up before libcurl may have a request.
extension CurlTransport {
    /// Late lookups are looked for at most this often.
    private static let lateLookupNanoseconds: Int64 = 10_000_000

    /// True when libcurl is not to have the request: it waits for a lookup, whose answer starts it, or has failed for want of an address.
    /// `isConnected`: it has a kept connection. Behind a proxy libcurl is given the names as they are.
    func needsLookup(_ handle: CurlHandle, isConnected: Bool, now: Int64) -> Bool {
        if handle.hasProxy { return false }
        switch names.need(of: handle.origin, isConnected: isConnected, now: now) {
        case .nothing: return false
        case .addresses(let key):
            giveAddresses(key, to: handle)
            return false
        case .failed(let reason):
            fail(handle, reason: "Could not resolve host: \(reason)")
            return true
        case .lookup(let key, let host):
            names.wait(handle: handle.index, for: key)
            handle.lookupDeadline = deadlineOfLookup(handle)
            lookupDeadline = min(lookupDeadline, handle.lookupDeadline)
            if let host { resolver.lookUp(host: host, key: key) }
            return true
        }
    }

    /// Takes the answers of lookups that have come in.
    func takeAddresses() {
        for answer in resolver.drain() {
            let now = MonotonicClock.nanoseconds()
            for index in names.take(answer, now: now, lifetimeNanoseconds: options.lookupLifetimeNanoseconds) {
                let handle = handles[index]
                handle.lookupDeadline = .max
                if answer.addresses.isEmpty {
                    fail(handle, reason: "Could not resolve host: \(answer.failure)")
                } else {
                    handle.lookupNanoseconds = now - handle.hopStarted
                    giveAddresses(answer.key, to: handle)
                    startLate(handle, now: now)
                }
            }
        }
    }

    /// Fails the requests whose lookups take too long.
    /// - Complexity: O(handles), at most a hundred times a second.
    func endLateLookups(now: Int64) {
        var next = Int64.max
        for handle in handles where handle.lookupDeadline < .max {
            guard handle.lookupDeadline <= now else {
                next = min(next, handle.lookupDeadline)
                continue
            }
            handle.lookupDeadline = .max
            names.forget(handle: handle.index)
            fail(handle, reason: isOutOfTime(handle, now: now) ? timeoutReason(handle) : "Timed out")
        }
        lookupDeadline = next == .max ? .max : max(next, now + Self.lateLookupNanoseconds)
    }

    private func timeoutReason(_ handle: CurlHandle) -> String {
        FailureReason.noWholeAnswer(withinMilliseconds: handle.timeoutMilliseconds)
    }

    private func isOutOfTime(_ handle: CurlHandle, now: Int64) -> Bool {
        handle.timeoutMilliseconds > 0 && now - handle.handedOver >= Int64(handle.timeoutMilliseconds) * 1_000_000
    }

    /// A lookup counts as part of connecting, whose time is limited, and of the whole request.
    private func deadlineOfLookup(_ handle: CurlHandle) -> Int64 {
        let connecting = handle.hopStarted + Int64(options.connectTimeoutMilliseconds) * 1_000_000
        if handle.timeoutMilliseconds == 0 { return connecting }
        return min(connecting, handle.handedOver + Int64(handle.timeoutMilliseconds) * 1_000_000)
    }

    /// Puts a host's addresses into the address cache of the request's multi handle, unless they are there.
    private func giveAddresses(_ key: String, to handle: CurlHandle) {
        guard let addresses = names.addresses(of: key) else { return }
        let multi = multi(of: handle.slot)
        if multi.addressVersions[key] == addresses.version { return }
        multi.addressVersions[key] = addresses.version
        handle.setAddresses(addresses.line, of: key)
    }

    /// A request that was given addresses may never have begun: the next one is given them again.
    func takeBackAddresses(_ handle: CurlHandle) {
        if let key = handle.takeBackAddresses() { multi(of: handle.slot).addressVersions[key] = nil }
    }
}
