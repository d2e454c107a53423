import Statistics

/// What a generator may have added to the measurement: late loops, no processor, no time.
struct GeneratorRules {
    private let evidence: Evidence

    init(_ evidence: Evidence) { self.evidence = evidence }

    /// In the order of their weight.
    var findings: [Finding] {
        let watched = evidence.workers.compactMap { worker in
            worker.health.flatMap { health in
                health.watchedNanoseconds >= VerdictBounds.leastWatchedNanoseconds ? (worker.name, health) : nil
            }
        }
        return [throttling(watched), pauses(watched), waiting(watched), lag, cpu(watched), core, steal(watched)].compactMap(\.self)
    }

    private typealias Watched = [(name: String, health: WorkerHealth)]

    /// Loops that were late for what was due.
    private var lag: Finding? {
        guard let (percentile, lag) = evidence.lag?.tail else { return nil }
        let service = Double(evidence.serviceTime?.nanoseconds(atPercentile: percentile) ?? 0)
        let level: Verdict
        if lag > VerdictBounds.invalidLag, Double(lag) > service * VerdictBounds.invalidLagShare {
            level = .invalid
        } else if lag > VerdictBounds.suspectLag, Double(lag) > service * VerdictBounds.suspectLagShare {
            level = .suspect
        } else if lag > VerdictBounds.suspectLagAlone {
            level = .suspect
        } else {
            return nil
        }
        return Finding(
            level, rule: "generator-lag",
            cause:
                "the generator was late: 1 in \(100 / (100 - percentile)) of what was due began \(VerdictText.time(Double(lag))) late or "
                + "later (p\(percentile) of the loop lag; p\(percentile) of the service time is \(VerdictText.time(service)))",
            remedy: "Give it more processor time, fewer users or more workers, and keep other programs off its machine.",
            figures: [
                .init("lag_p\(percentile)_ms", Double(lag) / 1e6), .init("service_time_p\(percentile)_ms", service / 1e6),
            ])
    }

    /// The quota of a control group was used up.
    private func throttling(_ watched: Watched) -> Finding? {
        worst(watched) { health in
            health.quotaPeriods > 0 ? Double(health.throttledPeriods) / Double(health.quotaPeriods) : 0
        }.flatMap { name, health, share, mean in
            guard let level = level(share, VerdictBounds.suspectThrottledShare, mean, VerdictBounds.invalidThrottledShare) else {
                return nil
            }
            return Finding(
                level, rule: "cpu-throttled",
                cause: "the generator was held up by its CPU quota of \(VerdictText.number(health.cores)) "
                    + "\(health.cores == 1 ? "core" : "cores") in \(VerdictText.percent(share)) of the quota's periods\(place(name))",
                remedy: "Raise the quota (the container's CPU limit), or use fewer users or more workers.",
                figures: [.init("throttled_periods_ratio", share), .init("quota_cores", health.cores)])
        }
    }

    /// The whole process stood still.
    private func pauses(_ watched: Watched) -> Finding? {
        worst(watched) { share($0.pausedNanoseconds, of: $0) }.flatMap { name, health, share, mean in
            var found = level(share, VerdictBounds.suspectPauseShare, mean, VerdictBounds.invalidPauseShare)
            if found == nil, health.longestPauseNanoseconds > VerdictBounds.suspectLongestPause { found = .suspect }
            guard let found else { return nil }
            return Finding(
                found, rule: "generator-paused",
                cause: "the generator stood still for \(VerdictText.percent(share)) of the time, "
                    + "\(VerdictText.time(Double(health.longestPauseNanoseconds))) at the longest\(place(name))",
                remedy:
                    "Something stops or starves it: other programs, a CPU limit, a suspended machine. Run it where it has a core of its own.",
                figures: [
                    .init("paused_ratio", share), .init("longest_pause_ms", Double(health.longestPauseNanoseconds) / 1e6),
                ])
        }
    }

    /// Engine threads had work and no core.
    private func waiting(_ watched: Watched) -> Finding? {
        worst(watched) { share($0.waitedNanoseconds, of: $0) }.flatMap { name, _, share, mean in
            guard let level = level(share, VerdictBounds.suspectWaitShare, mean, VerdictBounds.invalidWaitShare) else { return nil }
            return Finding(
                level, rule: "cpu-contended",
                cause: "the generator waited for a core for \(VerdictText.percent(share)) of the time\(place(name))",
                remedy: "Other programs take its processors: run it alone, or with no more --threads than there are free cores.",
                figures: [.init("waited_for_cpu_ratio", share)])
        }
    }

    /// The generator was at its own limit.
    private func cpu(_ watched: Watched) -> Finding? {
        worst(watched) { share($0.busyNanoseconds, of: $0) }.flatMap { name, health, share, _ in
            guard share > VerdictBounds.suspectBusyShare, health.busyNanoseconds >= VerdictBounds.leastBusyNanoseconds else { return nil }
            let used = Double(health.cpuNanoseconds) / Double(health.watchedNanoseconds)
            return Finding(
                .suspect, rule: "cpu-saturated",
                cause:
                    "the generator was at its own limit for \(VerdictText.percent(share)) of the time: it used \(VerdictText.number(used)) "
                    + "of \(VerdictText.number(health.cores)) cores, so times contain its own queues\(place(name))",
                remedy: "Use more workers or machines, or less load; what is measured is partly the generator.",
                figures: [.init("busy_ratio", share), .init("cpu_cores_used", used), .init("cpu_cores_allowed", health.cores)])
        }
    }

    /// A worker of one thread, of which no more is known, used up its core.
    private var core: Finding? {
        let figures = evidence.workers.compactMap { worker in worker.greatestCPUPercent.map { (worker.name, $0) } }
        guard let worst = figures.max(by: { $0.1 < $1.1 }), worst.1 > VerdictBounds.suspectCorePercent else { return nil }
        return Finding(
            .suspect, rule: "cpu-saturated",
            cause:
                "the generator was at its own limit: a worker of one thread used \(VerdictText.number(worst.1)) % of a core, so times contain its own "
                + "queues\(place(worst.0))",
            remedy: "Use more workers, one for each core, or less load; what is measured is partly the generator.",
            figures: [.init("cpu_percent_of_core", worst.1)])
    }

    /// A virtual machine that did not get its processors.
    private func steal(_ watched: Watched) -> Finding? {
        worst(watched) { share($0.stolenNanoseconds, of: $0) }.flatMap { name, _, share, _ in
            guard share > VerdictBounds.suspectStolenShare else { return nil }
            return Finding(
                .suspect, rule: "cpu-stolen",
                cause:
                    "the machine did not get \(VerdictText.percent(share)) of its processors' time from its hypervisor (steal)\(place(name))",
                remedy: "Use a machine with processors of its own.", figures: [.init("stolen_ratio", share)])
        }
    }

    private func share(_ nanoseconds: Int64, of health: WorkerHealth) -> Double {
        Double(nanoseconds) / Double(max(1, health.watchedNanoseconds))
    }

    /// One worker is enough for a suspicion; invalid is what touches the merged figures, in which all workers have a part.
    private func level(_ worst: Double, _ suspect: Double, _ mean: Double, _ invalid: Double) -> Verdict? {
        mean > invalid ? .invalid : worst > suspect ? .suspect : nil
    }

    /// The worker with the greatest share, and the mean of all.
    private func worst(
        _ watched: Watched, by share: (WorkerHealth) -> Double
    ) -> (name: String, health: WorkerHealth, share: Double, mean: Double)? {
        let shares = watched.map { ($0.name, $0.health, share($0.health)) }
        guard let worst = shares.max(by: { $0.2 < $1.2 }) else { return nil }
        return (worst.0, worst.1, worst.2, shares.reduce(0) { $0 + $1.2 } / Double(shares.count))
    }

    /// Where it was, when there are several workers.
    private func place(_ name: String) -> String { evidence.workers.count > 1 ? ", worst on worker \(name)" : "" }
}
