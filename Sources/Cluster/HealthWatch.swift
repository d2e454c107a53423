import EventLoop
import Glibc
import Statistics
import Synchronization

/// Watches how this process fares, on a thread of its own: its clock strikes a hundred times a second, to see whether the process gets to run, and
/// once a second it reads what the system says. No engine thread is asked, nor waits.
final class HealthWatch: Sendable {
    /// Between two strikes of its clock.
    private static let strikeNanoseconds: Int64 = 10_000_000
    /// Between two readings of the system.
    private static let readingNanoseconds: Int64 = 1_000_000_000

    private struct State {
        var tally: HealthTally
        var hasLoad = false
        var isOver = false
    }

    private let state: Mutex<State>
    private let thread: Mutex<OSThread?> = Mutex(nil)

    /// `longestPause`: see `HealthTally`; `makeReader`: makes what takes the readings, on the watching thread. Throws when the system has no thread left.
    init(longestPause: Int64, makeReader: @escaping @Sendable () -> MachineReader = { MachineReader() }) throws {
        state = Mutex(State(tally: HealthTally(longestPause: longestPause)))
        let watched = try OSThread(name: "cicada-health") { [self] in watch(makeReader()) }
        thread.withLock { $0 = watched }
    }

    /// What there is to tell; nil: nothing was watched yet.
    var health: WorkerHealth? {
        state.withLock { $0.tally.health.watchedNanoseconds > 0 ? $0.tally.health : nil }
    }

    /// Only the time with load counts.
    func show(hasLoad: Bool) { state.withLock { $0.hasLoad = hasLoad } }

    /// Ends the watch. Once only.
    func end() {
        state.withLock { $0.isOver = true }
        thread.withLock(\.self)?.join()
    }

    private func watch(_ reader: MachineReader) {
        OSThread.expireTimersOnTime()
        var (due, nextReading) = (MonotonicClock.nanoseconds(), Int64.min)
        var wasLoaded = false
        while true {
            due += Self.strikeNanoseconds
            var time = timespec(tv_sec: Int(due / 1_000_000_000), tv_nsec: Int(due % 1_000_000_000))
            while clock_nanosleep(CLOCK_MONOTONIC, Int32(TIMER_ABSTIME), &time, nil) == EINTR {}
            let now = MonotonicClock.nanoseconds()
            let (isOver, hasLoad) = state.withLock { state in
                state.tally.strike(due: due, now: now)
                return (state.isOver, state.hasLoad)
            }
            // The last reading is of the moment when the load has ended.
            if isOver || hasLoad && now >= nextReading || hasLoad != wasLoaded {
                if hasLoad || wasLoaded {
                    let reading = reader.reading(now: MonotonicClock.nanoseconds())
                    state.withLock {
                        $0.tally.take(reading)
                        if !hasLoad { $0.tally.rest() }
                    }
                }
                nextReading = now + Self.readingNanoseconds
                wasLoaded = hasLoad
            }
            if isOver { return }
            // Strikes that were missed are in the lateness of the one that came.
            if now - due > Self.strikeNanoseconds { due = now - (now - due) % Self.strikeNanoseconds }
        }
    }
}
