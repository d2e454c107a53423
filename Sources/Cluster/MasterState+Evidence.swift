import Judgement
import LoadModel
import Statistics

/// What a finished run is judged by.
extension MasterState {
    /// All that is known for it. Workers that an earlier master had, and that did not come back, are among those that were lost.
    package func evidence(now: Int64) -> Evidence {
        var evidence = Evidence()
        let total = result.total()
        evidence.elapsedNanoseconds = elapsed(now: now) - warmUp(now: now)
        evidence.requests = total.requests
        evidence.serviceTime = TimeFigures(total.serviceTime.histogram)
        if let least = result.warmUp.leastServiceNanoseconds, let times = evidence.serviceTime {
            evidence.serviceTime?.least = min(least, times.least)
        }
        evidence.delay = TimeFigures(result.delay.histogram)
        evidence.lag = TimeFigures(result.lag.histogram)
        let iterations = result.iterationTotal
        let duration = iterations.duration
        if let average = duration.averageNanoseconds, let least = duration.minNanoseconds, let greatest = duration.maxNanoseconds {
            evidence.iterations = Evidence.Iterations(
                count: iterations.count, durationNanoseconds: average * Double(iterations.count), leastNanoseconds: least,
                greatestNanoseconds: greatest)
            evidence.busyNanoseconds = Int64(clamping: result.busyNanoseconds)
        }
        for failure in result.failures {
            if failure.key.reason.contains(Self.noPort) { evidence.portFailures += failure.count }
            if failure.key.reason.contains(Self.noDescriptor) { evidence.descriptorFailures += failure.count }
        }
        evidence.startsMayWait =
            plan.load.arrivals != nil || plan.connectionCap != nil || plan.connectRate != nil
            || plan.scenario.userClasses.contains { if case .schedule(_, catchesUp: true) = $0.wait { true } else { false } }
        evidence.mostUsers = max(targetUsers, plan.load.mostUsers)
        if let starts = startAccount(now: now) {
            // Those of the warm-up are in no figure; what was lost with a worker is none of the rate's.
            evidence.starts = Evidence.Starts(
                due: starts.due - starts.inWarmUp - starts.lost, begun: result.startsBegun, dropped: result.startsDropped)
        }
        let accounts = Dictionary(result.workers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let known = entries.filter(\.hasBeenReady)
        evidence.workers = known.map { $0.evidence(account: accounts[$0.account], startedAt: startedAt) }
        if settings.reading == .locust {
            for index in known.indices { evidence.workers[index].greatestCPUPercent = known[index].greatestCPUPercent }
        }
        for account in result.workers where !known.contains(where: { $0.account == account.name }) {
            var worker = WorkerEvidence(name: account.name)
            worker.isLost = absent[account.name]?.mayReturn ?? false
            (worker.issued, worker.unaccounted, worker.unheard) = (account.issued, account.unaccounted, account.unheard)
            evidence.workers.append(worker)
        }
        return evidence
    }

    /// The system's words for EADDRNOTAVAIL and EMFILE, as reasons of failures have them.
    private static var noPort: String { "Cannot assign requested address" }
    private static var noDescriptor: String { "Too many open files" }
}
