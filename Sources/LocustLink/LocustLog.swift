/// A worker's log as a Locust master keeps it: each message has the whole, its last 500 lines. Pure.
struct LocustLog {
    private static let mostLines = 500

    private var lines: [String] = []
    private var hasChanged = false

    /// Adds lines at the end.
    mutating func add(_ more: [String]) {
        guard !more.isEmpty else { return }
        lines += more.suffix(Self.mostLines)
        lines.removeFirst(max(0, lines.count - Self.mostLines))
        hasChanged = true
    }

    /// The whole, if it is another one than the last time.
    mutating func takeIfChanged() -> [String]? {
        guard hasChanged else { return nil }
        hasChanged = false
        return lines
    }
}
