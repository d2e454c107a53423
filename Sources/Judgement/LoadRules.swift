import Statistics

/// Whether the load was the one that was asked for, and if not, whose doing that is: the plan's, the target's or the generator's.
struct LoadRules {
    private let evidence: Evidence
    private let isGeneratorAtEase: Bool

    /// `isGeneratorAtEase`: no rule has found anything to say against the generator.
    init(_ evidence: Evidence, isGeneratorAtEase: Bool) {
        self.evidence = evidence
        self.isGeneratorAtEase = isGeneratorAtEase
    }

    var findings: [Finding] { [rate, drops, delay, little, saturatedTarget].compactMap(\.self) }

    /// Fewer iterations began than were due.
    private var rate: Finding? {
        guard let starts = evidence.starts, starts.due > 0, evidence.elapsedNanoseconds > 0 else { return nil }
        let reached = Double(starts.begun) / Double(starts.due)
        guard reached < VerdictBounds.reachedRate else { return nil }
        let seconds = Double(evidence.elapsedNanoseconds) / 1e9
        let wanted = Double(starts.due) / seconds
        let average = (evidence.iterations?.averageNanoseconds ?? 0) / 1e9
        let least = Double(evidence.iterations?.leastNanoseconds ?? 0) / 1e9
        let needed = (wanted * average).rounded(.up)
        let most = Double(evidence.mostUsers)
        let words =
            "the rate was not reached: \(VerdictText.number(Double(starts.begun) / seconds)) of "
            + "\(VerdictText.number(wanted)) iterations began per second (\(VerdictText.percent(reached)))"
        let figures: [Finding.Figure] = [
            .init("starts_due_per_s", wanted), .init("starts_begun_per_s", Double(starts.begun) / seconds), .init("users_needed", needed),
            .init("max_users", most),
        ]
        let users =
            "at \(VerdictText.time(average * 1e9)) an iteration it needs about \(VerdictText.grouped(Int64(min(9e18, needed)))) users; "
            + "--max-users allows \(VerdictText.grouped(Int64(most)))"
        if !isGeneratorAtEase {
            return Finding(
                .invalid, rule: "rate", cause: "\(words), and the generator was not at ease", remedy: "See what is said of the generator.",
                figures: figures)
        }
        if wanted * least > most {
            return Finding(
                .suspect, rule: "rate", cause: "\(words): \(users)",
                remedy:
                    "Raise --max-users to \(VerdictText.grouped(Int64(min(9e18, (needed * 1.2).rounded(.up))))) or more, or ask for a lower rate.",
                figures: figures)
        }
        if needed > most * 0.9 {
            return Finding(
                .valid, rule: "rate",
                cause: "\(words). That is the target's doing: its iterations took \(VerdictText.time(least * 1e9)) at the least and "
                    + "\(VerdictText.time(average * 1e9)) on average; \(users)",
                remedy: "More --max-users would only make the queue at the target longer.", figures: figures)
        }
        return Finding(
            .suspect, rule: "rate", cause: "\(words), though users were free and the generator at ease",
            remedy: "Look whether users ended by themselves or workers were lost.", figures: figures)
    }

    /// Starts that were given up are slow ones: what lies above them cannot be known.
    private var drops: Finding? {
        guard let starts = evidence.starts, starts.dropped > 0, starts.due > 0 else { return nil }
        let share = Double(starts.dropped) / Double(starts.due)
        return Finding(
            isGeneratorAtEase && share < 1 ? .valid : share < VerdictBounds.drops ? .suspect : .invalid, rule: "drops",
            cause:
                "\(VerdictText.count(starts.dropped, "start")) of \(VerdictText.grouped(starts.due)) (\(VerdictText.percent(share))) were dropped, "
                + "too late or still waiting at the end: percentiles above \(VerdictText.number((1 - share) * 100)) are not measurable",
            remedy: "Give them more users (--max-users) or a lower rate, or allow more --max-lateness.",
            figures: [.init("starts_dropped", Double(starts.dropped)), .init("starts_due", Double(starts.due))])
    }

    /// Requests began later than they were meant to, and not because the generator was late.
    private var delay: Finding? {
        guard let (percentile, delay) = evidence.delay?.tail else { return nil }
        let service = Double(evidence.serviceTime?.nanoseconds(atPercentile: percentile) ?? 0)
        guard Double(delay) > max(Double(VerdictBounds.suspectLag), service * VerdictBounds.suspectLagShare) else { return nil }
        // Without a timer no loop can be late for one.
        let lag = evidence.lag.map { Double($0.nanoseconds(atPercentile: percentile)) }
        // Then it was said of the loops what is to be said.
        guard isGeneratorAtEase, lag ?? 0 <= Double(delay) * VerdictBounds.lagInDelay else { return nil }
        let figures: [Finding.Figure] =
            [.init("delay_p\(percentile)_ms", Double(delay) / 1e6)] + (lag.map { [.init("lag_p\(percentile)_ms", $0 / 1e6)] } ?? [])
        let words = "1 in \(100 / (100 - percentile)) requests began \(VerdictText.time(Double(delay))) late or later"
        guard evidence.startsMayWait else {
            return Finding(
                .suspect, rule: "generator-delay",
                cause:
                    "\(words), and in this load nothing but the generator makes them wait: many users at once, or tasks that compute much",
                remedy: "Start users more slowly (--spawn-rate), use fewer of them or more workers.", figures: figures)
        }
        let own = lag.map { " (p\(percentile) of its own lag: \(VerdictText.time($0)))" } ?? ""
        return Finding(
            .valid, rule: "waiting-starts",
            cause: "\(words), because its user or connection was not free: the target's or the plan's doing, not the generator's\(own). "
                + "Response times contain it, service times do not",
            figures: figures)
    }

    /// Little's law: users inside tasks, on average, are tasks per second times their duration. It holds of any load whose samples are all there.
    private var little: Finding? {
        guard let iterations = evidence.iterations, let busy = evidence.busyNanoseconds,
            iterations.count >= VerdictBounds.leastIterations, iterations.durationNanoseconds > 0
        else { return nil }
        // Tasks under way at the beginning and at the end are in one of the two only.
        let open = Double(evidence.mostUsers) * 2 * Double(iterations.greatestNanoseconds)
        let difference = max(0, abs(Double(busy) - iterations.durationNanoseconds) - open) / iterations.durationNanoseconds
        guard difference > VerdictBounds.suspectLittle else { return nil }
        let ratio = Double(busy) / iterations.durationNanoseconds
        return Finding(
            difference > VerdictBounds.invalidLittle ? .invalid : .suspect, rule: "littles-law",
            cause:
                "users spent \(VerdictText.number(ratio)) times as long inside tasks as the tasks measured add up to (Little's law says 1)",
            remedy: "Samples are missing or counted twice: please report it.", figures: [.init("littles_law_ratio", ratio)])
    }

    /// A target that cannot do more is what a load test is for.
    private var saturatedTarget: Finding? {
        guard isGeneratorAtEase, let times = evidence.serviceTime, times.tail != nil, times.median > VerdictBounds.slowNanoseconds,
            Double(times.median) > Double(times.least) * VerdictBounds.slowFactor
        else { return nil }
        return Finding(
            .valid, rule: "target-saturated",
            cause:
                "the target was saturated, or slow by itself: the service time's median is \(VerdictText.time(Double(times.median))), its least "
                + "\(VerdictText.time(Double(times.least))). The generator was at ease\(ease)",
            figures: [
                .init("service_time_median_ms", Double(times.median) / 1e6), .init("service_time_min_ms", Double(times.least) / 1e6),
            ])
    }

    /// By what it is seen that the generator was at ease.
    private var ease: String {
        var words: [String] = []
        if let (percentile, lag) = evidence.lag?.tail { words.append("p\(percentile) of its lag \(VerdictText.time(Double(lag)))") }
        let healths = evidence.workers.compactMap(\.health).filter { $0.watchedNanoseconds > 0 && $0.cores > 0 }
        if let most = healths.map({ Double($0.cpuNanoseconds) / Double($0.watchedNanoseconds) / $0.cores }).max() {
            words.append("CPU \(VerdictText.percent(most))")
        }
        return words.isEmpty ? "" : " (\(words.joined(separator: ", ")))"
    }
}
