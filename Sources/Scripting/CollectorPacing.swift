/// Decides when a Lua state's garbage is worth collecting ahead of time, in moments when nothing else is due.
///
/// Lua collects by itself when memory has doubled since the last collection; this begins earlier, so that a thread with moments of
/// leisure collects in them only.
struct CollectorPacing {
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
        startBytes = usedBytes + usedBytes / 2 + 256 << 10
    }
}
