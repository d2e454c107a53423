import Statistics
import Wire

/// A Locust worker's log: it sends the last 500 lines each time, of which only new ones are of interest. Pure.
struct LocustLogNews {
    /// The last log, as far as it is compared.
    private var known: [String] = []
    private static let most = 500
    /// Locust's own messages about its ordinary course, and tracebacks, which come as exceptions too.
    private static let ordinary: [String] = ["/INFO/locust.", "/DEBUG/locust.", "/ERROR/locust.user.task: "]

    /// The lines that were not in the log before, without those that nobody needs here.
    mutating func news(in lines: [String]) -> [String] {
        let lines = lines.suffix(Self.most).map { StatisticsLimits.cut($0, to: WireBounds.longText) }
        defer { known = lines }
        return lines.dropFirst(overlap(with: lines)).filter { line in !Self.ordinary.contains { line.contains($0) } }
    }

    /// How many lines at the beginning are those that the known log ends with.
    private func overlap(with lines: [String]) -> Int {
        var length = min(known.count, lines.count)
        while length > 0 {
            // Mostly the first or none; so one line decides.
            if known[known.count - length] == lines[0], known.suffix(length).elementsEqual(lines.prefix(length)) { return length }
            length -= 1
        }
        return 0
    }
}
