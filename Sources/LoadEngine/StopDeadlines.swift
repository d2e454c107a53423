/// Until when what may go on after a run was told to stop, or one user to leave. Users between two tasks end at once.
package struct StopDeadlines: Sendable, Equatable {
    /// A request already sent is awaited so long after the grace, whatever the grace was.
    package static let sentRequestNanoseconds: Int64 = 2_000_000_000

    /// Running tasks go on until then.
    package let graceEnd: Int64
    /// Requests still under way, and the script's `on_stop`, are cut off then.
    package let cutOff: Int64

    package init(stoppedAt: Int64, graceNanoseconds: Int64) {
        graceEnd = stoppedAt + max(0, graceNanoseconds)
        cutOff = graceEnd + Self.sentRequestNanoseconds
    }

    /// Nothing goes on after `now`.
    package init(cutOffAt now: Int64) {
        graceEnd = now
        cutOff = now
    }

    /// Whether a step may go on at `now`: `on_stop` (`isStopStep`) has until the cut-off.
    package func mayGoOn(isStopStep: Bool, now: Int64) -> Bool { now < (isStopStep ? cutOff : graceEnd) }
}
