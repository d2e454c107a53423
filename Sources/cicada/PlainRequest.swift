import EventLoop
import Glibc
import HTTPTransport
import LoadModel

/// One request outside of any run.
enum PlainRequest {
    /// The body of the answer to GET; nil: there was none, or it was no success, within 10 s.
    static func get(_ url: String) throws -> [UInt8]? {
        let poller = try Poller()
        let transport = try CurlTransport(poller: poller, options: TransportOptions())
        var draft = RequestDraft()
        draft.target.append(url)
        try transport.submit(
            draft, base: UnsafeRawBufferPointer(start: nil, count: 0), slot: 0, mode: .new, now: MonotonicClock.nanoseconds())
        let deadline = MonotonicClock.nanoseconds() + 10_000_000_000
        while MonotonicClock.nanoseconds() < deadline {
            transport.runTimers(now: MonotonicClock.nanoseconds())
            if let finished = transport.nextFinished() {
                defer { transport.release(finished) }
                let outcome = finished.outcome()
                return outcome.status == 200 ? Array(outcome.body) : nil
            }
            let count = poller.wait(nanoseconds: 10_000_000)
            for position in 0..<count { transport.handle(poller.event(position)) }
        }
        return nil
    }
}
