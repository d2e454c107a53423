import Synchronization

/// Until when the engine threads of a worker may send requests: one word, written by the worker's thread, read by its engine threads.
///
/// When it has expired, each thread drops all users as for `EngineCommand.release`. That holds also for a process that was stopped and
/// went on after the expiry: the time is looked at before each request is sent.
package final class EngineLease: Sendable {
    private let expiry: Atomic<Int64>

    /// A lease until this time of `MonotonicClock`; `Int64.max`: for ever.
    package init(expiryNanoseconds: Int64 = .max) { expiry = Atomic(expiryNanoseconds) }

    /// When the lease ends, in nanoseconds of `MonotonicClock`; `Int64.max`: never. Any thread.
    package var expiryNanoseconds: Int64 { expiry.load(ordering: .relaxed) }

    /// Extends a lease that holds at `now`. False, and nothing is changed, when it has expired: the engine threads then have dropped their
    /// users, or are about to. The worker's thread.
    package func renew(until nanoseconds: Int64, now: Int64) -> Bool {
        guard now < expiryNanoseconds else { return false }
        grant(until: nanoseconds)
        return true
    }

    /// Sets the expiry, whatever it was. A thread that had not yet noticed that the lease had expired keeps its users: post it
    /// `EngineCommand.release` and await a report before. The worker's thread.
    package func grant(until nanoseconds: Int64) { expiry.store(nanoseconds, ordering: .relaxed) }
}
