import CCurl
import Glibc
import LoadModel

/// What became of the attempt to follow a redirect.
enum RedirectStep {
    /// The handle is set for the next hop.
    case ready(leavesOrigin: Bool)
    /// The request has failed, for this reason.
    case impossible(reason: String)
}

/// Following redirects, hop by hop.
extension CurlHandle {
    /// Whether the answer asks for another request that may follow. The buffer begins with the status line: `HTTP/1.1 302` or `HTTP/2 302`.
    var isRedirected: Bool {
        let line = headers.bytes
        guard line.count > 12, line[line[8] == UInt8(ascii: " ") ? 9 : 7] == UInt8(ascii: "3"), mostRedirects > 0 else { return false }
        return Redirect.status(in: line) != nil && Redirect.location(in: line) != nil
    }

    /// Notes the hop that has ended and sets what the next one needs. Answers why there can be none, or whether it goes to another origin.
    func prepareNextHop() -> RedirectStep {
        guard let status = Redirect.status(in: headers.bytes), let location = Redirect.location(in: headers.bytes) else {
            return .impossible(reason: "Redirect to a malformed URL")
        }
        guard earlierHops.count < mostRedirects else {
            return .impossible(reason: "More than \(mostRedirects) redirect\(mostRedirects == 1 ? "" : "s")")
        }
        switch RedirectTarget(location: location, current: url.bytes) {
        case .unusable(let reason): return .impossible(reason: reason)
        case .url(let next, let leavesOrigin):
            let before = method ?? .get
            let becomesGet = Redirect.becomesGet(status: status, method: before)
            earlierHops.append(phases())
            hopStarted = finished
            emptyAnswer()
            setURL(next)
            if becomesGet {
                stampsFirstByte = false
                choose(.get, sends: false)
            }
            if leavesOrigin && hasOwnCookie { setOwnCookie(nil) }
            if becomesGet || leavesOrigin { leaveOutHeaders(becomesGet: becomesGet, leavesOrigin: leavesOrigin) }
            return .ready(leavesOrigin: leavesOrigin)
        }
    }

    private func setURL(_ parsed: OpaquePointer) {
        _ = RedirectTarget.write(parsed, to: &url)
        originCount = Self.originCount(of: url.bytes)
        ccurl_set_pointer(pointer, CURLOPT_CURLU, UnsafeRawPointer(parsed))
        if let ownURL { curl_url_cleanup(ownURL) }
        ownURL = parsed
    }

    private func leaveOutHeaders(becomesGet: Bool, leavesOrigin: Bool) {
        var kept: UnsafeMutablePointer<curl_slist>?
        var hasDropped = false
        var next = headerLease.list
        while let line = next {
            next = line.pointee.next
            let bytes = UnsafeRawBufferPointer(start: line.pointee.data, count: strlen(line.pointee.data))
            if Redirect.drops(bytes, becomesGet: becomesGet, leavesOrigin: leavesOrigin) {
                hasDropped = true
            } else {
                kept = curl_slist_append(kept, line.pointee.data)
            }
        }
        guard hasDropped else { return curl_slist_free_all(kept) }
        ccurl_set_list(pointer, CURLOPT_HTTPHEADER, kept)
        headerLease.end()
        headerLease = HeaderLists.Lease(list: kept, cookie: nil, isOwned: true)
    }
}
