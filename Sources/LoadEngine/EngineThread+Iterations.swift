import EventLoop
import LoadModel
import Statistics

/// Iterations: one step of a user that is a task.
extension EngineThread {
    /// A user begins a task at `now`.
    @inline(__always)
    func beginIteration(_ slot: Int, now: Int64) {
        progress[slot].taskBegan = now
        progress[slot].isInIteration = true
        busy.begin(at: now)
    }

    /// A user's step has ended by itself; where it was a task, an iteration has.
    @inline(__always)
    func endIteration(_ slot: Int, failed: Bool, now: Int64) {
        guard progress[slot].isInIteration else { return }
        progress[slot].isInIteration = false
        giveBackRequest(slot)
        busy.end(at: now)
        recorder.record(
            iteration: iterations[Int(progress[slot].userClass)][Int(progress[slot].step.rawValue)],
            responseNanoseconds: now - progress[slot].began, durationNanoseconds: now - progress[slot].taskBegan,
            failed: failed)
    }

    /// A user's step is broken off: the iteration, if it is one, has no time and does not count.
    func abandonIteration(_ slot: Int) {
        guard progress[slot].isInIteration else { return }
        progress[slot].isInIteration = false
        giveBackRequest(slot)
        busy.end(at: MonotonicClock.nanoseconds())
    }

    /// Notes that something due at `due` was dealt with at `now`.
    @inline(__always)
    func noteLag(due: Int64, now: Int64) {
        lag.note(due: due, now: now)
        recorder.record(lag: max(0, now - due))
    }
}
