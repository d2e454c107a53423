import NIOConcurrencyHelpers
import NIOCore

/// Lets at most a given number of requests be served at a time in this process; the others wait in the order of their arrival.
///
/// Thread-safe. It exists only when `--concurrency` was given, so without the option no request takes the lock.
final class Admission: Sendable {
    private struct State {
        var free: Int
        var waiting = CircularBuffer<@Sendable () -> Void>()
    }

    private let state: NIOLockedValueBox<State>

    /// - Parameter limit: how many may be served at a time, at least 1.
    init(limit: Int) {
        precondition(limit > 0, "at least one request must be admitted")
        state = NIOLockedValueBox(State(free: limit))
    }

    /// Asks for a place.
    ///
    /// - Parameter admit: called once, from any thread, as soon as a place is free; not called when the place is given at once.
    /// - Returns: whether the place was given at once.
    func enter(orWhenFree admit: @escaping @Sendable () -> Void) -> Bool {
        state.withLockedValue { state in
            if state.free > 0 {
                state.free -= 1
                return true
            }
            state.waiting.append(admit)
            return false
        }
    }

    /// Gives a place back: to the request that has waited longest, if any.
    func leave() {
        let next = state.withLockedValue { state in
            let next = state.waiting.popFirst()
            if next == nil { state.free += 1 }
            return next
        }
        next?()
    }
}
