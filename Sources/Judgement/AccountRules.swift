/// Whether all that was done is in the result.
struct AccountRules {
    private let evidence: Evidence

    init(_ evidence: Evidence) { self.evidence = evidence }

    var findings: [Finding] { [unaccounted, surplus, lost, skew, few].compactMap(\.self) }

    /// Requests that were sent and are in no figure: with a worker that was lost, or with deltas of it.
    private var unaccounted: Finding? {
        let missing = evidence.workers.reduce(0) { $0 + max(0, $1.unaccounted) }
        let issued = evidence.workers.reduce(0) { $0 + $1.issued }
        guard missing > 0 else { return nil }
        let share = Double(missing) / Double(max(1, issued))
        let names = evidence.workers.filter { $0.unaccounted > 0 }.map(\.name)
        return Finding(
            share > VerdictBounds.invalidUnaccountedShare ? .invalid : .suspect, rule: "unaccounted",
            cause:
                "\(VerdictText.count(missing, "request")) of \(VerdictText.grouped(issued)) (\(VerdictText.percent(share))) were sent and are in no "
                + "figure; they were lost with \(list(names))",
            remedy: "Look why that worker's figures did not come: was it killed, or the network cut?",
            figures: [.init("unaccounted", Double(missing)), .init("unaccounted_ratio", share)])
    }

    /// More in the result than was sent.
    private var surplus: Finding? {
        let surplus = evidence.workers.reduce(0) { $0 - min(0, $1.unaccounted) }
        guard surplus > 0 else { return nil }
        return Finding(
            .invalid, rule: "surplus", cause: "the result has \(VerdictText.count(surplus, "request")) more than were sent",
            remedy: "Something is counted twice: please report it.", figures: [.init("surplus", Double(surplus))])
    }

    /// Workers that did not come back took a part of the load with them until others had it.
    private var lost: Finding? {
        let lost = evidence.workers.filter(\.isLost)
        guard !lost.isEmpty else { return nil }
        let unheard = lost.reduce(0) { $0 + $1.unheard }
        return Finding(
            .suspect, rule: "lost-workers",
            cause: "\(list(lost.map(\.name))) \(lost.count == 1 ? "was" : "were") lost"
                + (unheard > 0 ? ", and may have sent up to \(VerdictText.count(unheard, "request")) that nobody knows of" : "")
                + "; until others took over there was less load than asked for",
            remedy: "Look why: memory, the machine, the network. Then run again.",
            figures: [.init("lost_workers", Double(lost.count)), .init("unheard", Double(unheard))])
    }

    /// Workers whose clocks, brought to one, say that they did not begin together. What the offsets are uncertain is no skew.
    private var skew: Finding? {
        let errors = evidence.workers.compactMap { worker in worker.startError.map { (worker.name, $0.nanoseconds, $0.uncertainty) } }
        guard errors.count > 1, let first = errors.min(by: { $0.1 + $0.2 < $1.1 + $1.2 }),
            let last = errors.max(by: { $0.1 - $0.2 < $1.1 - $1.2 })
        else { return nil }
        let certain = (last.1 - last.2) - (first.1 + first.2)
        guard certain > VerdictBounds.suspectSkew else { return nil }
        let (skew, uncertainty) = (last.1 - first.1, first.2 + last.2)
        return Finding(
            certain > VerdictBounds.invalidSkew ? .invalid : .suspect, rule: "start-skew",
            cause:
                "worker \(last.0) began \(VerdictText.time(Double(skew))) ± \(VerdictText.time(Double(uncertainty))) after worker \(first.0)",
            remedy: "Orders took long on their way, or a worker was busy: look at the network between master and workers.",
            figures: [.init("start_skew_ms", Double(skew) / 1e6), .init("start_skew_uncertainty_ms", Double(uncertainty) / 1e6)])
    }

    /// Percentiles of a handful of requests are single requests.
    private var few: Finding? {
        guard evidence.requests > 0, evidence.requests < VerdictBounds.fewRequests else { return nil }
        return Finding(
            .suspect, rule: "few-requests",
            cause: "\(VerdictText.count(evidence.requests, "request")) are too few for percentiles: p99 is a single one",
            remedy: "Run longer, or with more users.", figures: [.init("requests", Double(evidence.requests))])
    }

    private func list(_ names: [String]) -> String {
        (names.count == 1 ? "worker " : "workers ") + names.prefix(5).joined(separator: ", ")
            + (names.count > 5 ? " and \(names.count - 5) more" : "")
    }
}
