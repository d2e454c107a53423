import Statistics

/// The line that follows a run: elapsed and remaining time, users (of an open load: starts per second), requests per second, failures, drops, p50 and
/// p95. Pure: no clock, no output.
///
/// Requests and starts per second are of the last 3 whole seconds, p50 and p95 of the last 10 (within 1 %); failures and drops of the whole run, but for
/// its warm-up.
package struct LiveLine: Sendable {
    private let elapsedSeconds: Double
    private let remainingSeconds: Double?
    private let users: Int
    private let targetUsers: Int
    private let requestsPerSecond: Double
    private let failures: Int64
    private let failureRatio: Double
    private let isWarmingUp: Bool
    /// Of an open load: wanted, and begun.
    private let startsPerSecond: (wanted: Double, begun: Double)?
    private let dropped: Int64
    private let percentiles: [String]

    /// The line as of the end of a second: of what was merged for the seconds before `second`.
    package init(_ result: RunResult, _ info: RunInfo, before second: Int) {
        elapsedSeconds = info.elapsedSeconds
        remainingSeconds = info.runTimeSeconds.map { max(0, $0 - info.elapsedSeconds) }
        users = result.users
        targetUsers = info.users
        let rateSeconds = min(3, max(second, 1))
        let latest = result.recent(seconds: rateSeconds, before: second)
        requestsPerSecond = Double(latest.requests) / Double(rateSeconds)
        startsPerSecond = info.arrivalRate.map { ($0, Double(latest.startsBegun) / Double(rateSeconds)) }
        isWarmingUp = info.elapsedNanoseconds < info.warmUpNanoseconds
        dropped = result.startsDropped
        let entries = result.requests
        failures = entries.reduce(0) { $0 + $1.failures }
        let requests = entries.reduce(0) { $0 + $1.requests }
        failureRatio = requests == 0 ? 0 : Double(failures) / Double(requests)
        let recent = result.recent(seconds: 10, before: second)
        percentiles = recent.measurableNanoseconds(atPercentiles: [50, 95]).map { time in
            time.map { NumberText.time(nanoseconds: Double($0)) } ?? (recent.requests == 0 ? "-" : "n/m")
        }
    }

    /// For a terminal: at most `width` columns, without a line feed. The caller returns to the line's start and erases it.
    package func text(width: Int, isColored: Bool) -> String {
        for brevity in 0...4 {
            let parts = parts(brevity: brevity)
            let length = parts.reduce(0) { $0 + TerminalText.columns($1.0) } + (parts.count - 1) * (brevity < 2 ? 3 : 2)
            if length <= width {
                return parts.map { $1.applied(to: $0, isColored: isColored) }.joined(separator: brevity < 2 ? "   " : "  ")
            }
        }
        return String(NumberText.clock(seconds: elapsedSeconds).prefix(max(width, 0)))
    }

    /// For a pipe or a log: all of it, without colour, without a line feed.
    package var plain: String { parts(brevity: 0).map(\.0).joined(separator: "   ") }

    private func parts(brevity: Int) -> [(String, TextStyle)] {
        let elapsed = NumberText.clock(seconds: elapsedSeconds)
        var parts: [(String, TextStyle)] = []
        if let remainingSeconds {
            // Rounded up, so that elapsed and remaining whole seconds add up to the run time.
            let remaining = NumberText.clock(seconds: remainingSeconds.rounded(.up))
            parts.append((brevity == 0 ? "\(elapsed) elapsed, \(remaining) left" : "\(elapsed) (-\(remaining))", .plain))
        } else {
            parts.append((brevity == 0 ? "\(elapsed) elapsed" : elapsed, .plain))
        }
        if isWarmingUp, brevity < 3 { parts.append(("warm-up", .plain)) }
        parts.append((startsText(brevity: brevity) ?? usersText, .plain))
        parts.append(("\(NumberText.significant(requestsPerSecond)) req/s", .strong))
        if failures == 0 {
            parts.append((brevity > 1 ? "0 failed" : "no failures", .plain))
        } else {
            let share = brevity > 2 ? "" : " (\(NumberText.percent(failureRatio)))"
            parts.append(("\(NumberText.grouped(failures)) failed\(share)", .bad))
        }
        if dropped > 0 { parts.append(("\(NumberText.grouped(dropped)) dropped", .warning)) }
        if brevity < 3 { parts.append(("p50 \(percentiles[0])", .plain)) }
        if brevity < 4 { parts.append(("p95 \(percentiles[1])", .plain)) }
        return parts
    }

    private var usersText: String {
        let now = NumberText.grouped(Int64(users))
        let isWhole = users == targetUsers
        let people = (isWhole ? users : targetUsers) == 1 ? "user" : "users"
        return isWhole ? "\(now) \(people)" : "\(now) of \(NumberText.grouped(Int64(targetUsers))) \(people)"
    }

    /// Of an open load: `998 of 1,000 starts/s`.
    private func startsText(brevity: Int) -> String? {
        guard let startsPerSecond else { return nil }
        let (begun, wanted) = (NumberText.significant(startsPerSecond.begun), NumberText.significant(startsPerSecond.wanted))
        return "\(begun)\(brevity < 2 ? " of " : "/")\(wanted) starts/s"
    }
}
