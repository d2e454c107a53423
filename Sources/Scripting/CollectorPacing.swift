/// Decides when a Lua state's garbage is worth collecting ahead of time, in moments when nothing else is due.
///
/// Lua collects by itself when memory has doubled since the last collection; this begins earlier, so that a thread with moments of
/// leisure collects in them only.
struct CollectorPacing {
    /// Lua begins a collection by itself when memory has grown to so many percent of what the last one left.
    static let pausePercent: Int32 = 200
    /// A step is done for every `2^stepSizeLog2` bytes allocated and does `2^stepSizeLog2 / 16 × stepMultiplier` units of work, a unit
    /// being about an object. Lua's own settings (100 and 13: 51,000 units) gave pauses of 4 to 6 ms with 100,000 users.
    static let stepMultiplier: Int32 = 16
    /// See `stepMultiplier`.
    static let stepSizeLog2: Int32 = 12

    private var startBytes = 1 << 20
    private var isCollecting = false

    /// Whether a step should be done now that so much memory is held.
    mutating func wantsStep(usedBytes: Int) -> Bool {
        if !isCollecting, usedBytes >= startBytes { isCollecting = true }
        return isCollecting
    }

    /// Takes note of a step: whether it ended a collection, and how much memory is held now.
    mutating func didStep(endedCollection: Bool, usedBytes: Int) {
        guard endedCollection else { return }
        isCollecting = false
        startBytes = usedBytes + usedBytes / 2 + (256 << 10)
    }
}
