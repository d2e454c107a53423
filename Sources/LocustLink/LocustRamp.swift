import Wire

/// Finds out when all users of a ramp are there, which workers are told once. Pure.
struct LocustRamp {
    /// After the last user of a ramp that goes on there is another within its spawn interval, or within a step of a second.
    private static let step: Int64 = 1_250_000_000

    private var lastVersion: Int64 = 0
    private var changedAt: Int64 = 0
    private var interval: Int64 = 0
    /// True while there was a change that nobody was told the end of.
    private var isOpen = false

    /// Takes an order in; one that was sent before changes nothing.
    mutating func note(_ targets: UserTargets, now: Int64) {
        guard targets.version > lastVersion else { return }
        lastVersion = targets.version
        changedAt = now
        interval = targets.intervalNanoseconds
        isOpen = true
    }

    /// Whether the ramp has come to its end just now.
    mutating func isDone(allConfirmed: Bool, now: Int64) -> Bool {
        guard isOpen, allConfirmed, now - changedAt > max(Self.step, interval + interval / 2) else { return false }
        isOpen = false
        return true
    }
}
