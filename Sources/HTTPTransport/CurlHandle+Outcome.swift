import CCurl
import LoadModel

/// What became of a request.
extension CurlHandle {
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
        if !earlierHops.isEmpty {
            outcome.earlierHops = earlierHops
            outcome.finalURL = UnsafeRawBufferPointer(rebasing: url.bytes.dropLast())
        }
        return outcome
    }

    /// Connections that libcurl opened for the last request, as it counts them.
    func connectionsOpened() -> Int {
        var count = 0
        ccurl_get_long(pointer, CURLINFO_NUM_CONNECTS, &count)
        return count
    }

    /// The phases of the hop that has just ended. They follow each other without a gap from libcurl's beginning with the hop to its end: on a kept
    /// connection all is wait until the first byte, on a new one what comes after connecting. libcurl's own stamp of the request's going out
    /// (`CURLINFO_PRETRANSFER_TIME_T`) is no beginning of the wait: a small request has been written by then, and perhaps answered.
    func phases() -> PhaseTimes {
        var times = PhaseTimes()
        var ready: Int64 = 0
        var first: Int64 = 0
        var total: Int64 = 0
        ccurl_get_offset(pointer, CURLINFO_STARTTRANSFER_TIME_T, &first)
        ccurl_get_offset(pointer, CURLINFO_TOTAL_TIME_T, &total)
        if stampsFirstByte && firstByte > 0 { first = total - (finished - firstByte) / 1000 }
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
            ready = max(connect, tls)
        }
        if first > 0 {
            times.waitMicroseconds = max(0, first - ready)
            times.receiveMicroseconds = max(0, total - first)
        }
        if lookupNanoseconds >= 0 { times.lookupMicroseconds = max(0, times.lookupMicroseconds) + lookupNanoseconds / 1000 }
        return times
    }
}
