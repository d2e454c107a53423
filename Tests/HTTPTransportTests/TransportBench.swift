import EventLoop
import HTTPTransport
import LoadModel

/// Drives one transport from a test: requests by slot, outcomes collected as values.
final class TransportBench {
    struct Result {
        var slot: Int
        var item: Int
        var status: Int32
        var body: String
        var headers: String
        var failure: String?
        var isBodyTruncated: Bool
        var receivedBytes: Int64
        var serviceTimeNanoseconds: Int64
        var phases: PhaseTimes
        var earlierHops: [PhaseTimes]
        var finalURL: String
    }

    let transport: CurlTransport
    private let poller: Poller
    /// Like the engine with a batch: nothing is released until it is said.
    var holdsFinished = false
    private var held: [CurlTransport.Finished] = []

    init(_ options: TransportOptions = TransportOptions(), profiles: [ConnectionProfile] = []) throws {
        poller = try Poller()
        transport = try CurlTransport(poller: poller, options: options, profiles: profiles)
    }

    func submit(
        _ method: HTTPMethod, _ target: String, base: String = "", slot: Int = 0, mode: ConnectionMode = .user, body: String? = nil,
        kind: RequestDraft.BodyKind = .form, headers: [String] = [], item: Int = -1, profile: Int = 0, timeoutMilliseconds: Int32 = 0,
        mostRedirects: Int16 = -1, clearsCookies: Bool = false
    ) throws {
        var draft = RequestDraft()
        draft.method = method
        draft.timeoutMilliseconds = timeoutMilliseconds
        draft.mostRedirects = mostRedirects
        draft.clearsCookies = clearsCookies
        draft.target.append(target)
        if let body {
            draft.body.append(body)
            draft.bodyKind = kind
        }
        for header in headers {
            draft.headers.append(header)
            draft.headers.append(0)
        }
        try Array(base.utf8).withUnsafeBytes {
            try transport.submit(
                draft, base: $0, slot: slot, item: item, mode: mode, profile: profile, now: MonotonicClock.nanoseconds())
        }
    }

    /// Gives back what was held.
    func releaseHeld() {
        for finished in held { transport.release(finished) }
        held = []
    }

    /// Runs the loop until `count` requests have ended or `seconds` have passed.
    func finish(_ count: Int = 1, seconds: Double = 10) -> [Result] {
        var results: [Result] = []
        let end = MonotonicClock.nanoseconds() + Int64(seconds * 1e9)
        while results.count < count {
            let now = MonotonicClock.nanoseconds()
            if now >= end { break }
            transport.runTimers(now: now)
            take(&results)
            if results.count >= count { break }
            let timeout = min((transport.nextDeadline ?? .max).subtractingReportingOverflow(now).partialValue, 50_000_000)
            for position in 0..<poller.wait(nanoseconds: max(0, timeout)) {
                transport.handle(poller.event(position))
                take(&results)
            }
        }
        return results
    }

    /// Runs the loop for a while without expecting anything.
    func idle(milliseconds: Int) { _ = finish(.max, seconds: Double(milliseconds) / 1000) }

    private func take(_ results: inout [Result]) {
        while let finished = transport.nextFinished() {
            let outcome = finished.outcome()
            results.append(
                Result(
                    slot: finished.slot, item: finished.item, status: outcome.status, body: String(decoding: outcome.body, as: UTF8.self),
                    headers: String(decoding: outcome.headers, as: UTF8.self), failure: outcome.transportFailure,
                    isBodyTruncated: outcome.isBodyTruncated, receivedBytes: outcome.receivedBytes,
                    serviceTimeNanoseconds: outcome.serviceTimeNanoseconds, phases: outcome.phases,
                    earlierHops: outcome.earlierHops, finalURL: String(decoding: outcome.finalURL, as: UTF8.self)))
            if holdsFinished { held.append(finished) } else { transport.release(finished) }
        }
    }
}
