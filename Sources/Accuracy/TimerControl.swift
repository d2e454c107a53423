import EventLoop
import Glibc
import Synchronization

/// A thread that does nothing but sleep to the moments of a constant rate while something else is measured: what this machine's timers are worth. On a
/// shared machine a thread that is due may find its core given to somebody else, which no program can help.
package final class TimerControl: Sendable {
    private let wakes = Mutex<[Int64]>([])
    private let hasEnded = Atomic(false)
    private let thread = Mutex<OSThread?>(nil)

    /// Begins at once. Throws when the system has no thread left.
    package init(ratePerSecond: Double) throws {
        let interval = 1e9 / ratePerSecond
        let thread = try OSThread(name: "control") { [self] in
            OSThread.expireTimersOnTime()
            let start = MonotonicClock.nanoseconds()
            var count = 0
            while !hasEnded.load(ordering: .relaxed) {
                count += 1
                let due = start + Int64(Double(count) * interval)
                var deadline = timespec(tv_sec: Int(due / 1_000_000_000), tv_nsec: Int(due % 1_000_000_000))
                while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nil) == EINTR {}
                let now = MonotonicClock.nanoseconds()
                wakes.withLock { $0.append(now) }
            }
        }
        self.thread.withLock { $0 = thread }
    }

    /// Ends it, and answers with its figures; nil when it had no time for any.
    package func end(ratePerSecond: Double) -> PacingFigures? {
        hasEnded.store(true, ordering: .relaxed)
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
        let wakes = wakes.withLock { $0 }
        return wakes.count > 100 ? PacingFigures(arrivals: wakes, ratePerSecond: ratePerSecond) : nil
    }
}
