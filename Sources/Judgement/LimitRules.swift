import Statistics

/// What the generator's machine did not have enough of: ports, descriptors.
struct LimitRules {
    private let evidence: Evidence

    init(_ evidence: Evidence) { self.evidence = evidence }

    var findings: [Finding] { [ports, descriptors].compactMap(\.self) }

    private var ports: Finding? {
        let worst = evidence.workers.compactMap(\.health).max { portShare($0) < portShare($1) }
        let range = worst.map { " of \(VerdictText.grouped(Int64($0.ports)))" } ?? ""
        let remedy =
            "Keep connections open (--connections user), widen net.ipv4.ip_local_port_range, or use workers with more addresses (--source-address) or "
            + "on more machines."
        if let level = level(evidence.portFailures) {
            return Finding(
                level, rule: "ports",
                cause:
                    "\(VerdictText.count(evidence.portFailures, "request")) failed because the generator's machine had no port left\(range): "
                    + "not the target's doing",
                remedy: remedy, figures: [.init("port_failures", Double(evidence.portFailures))])
        }
        guard let worst, portShare(worst) > VerdictBounds.manyPorts else { return nil }
        return Finding(
            .valid, rule: "ports",
            cause:
                "up to \(VerdictText.grouped(Int64(worst.portsInUse)))\(range) local ports were in use: a little more load, and there are none left",
            remedy: remedy, figures: [.init("ports_in_use", Double(worst.portsInUse)), .init("ports", Double(worst.ports))])
    }

    private var descriptors: Finding? {
        let remedy = "Raise the limit (ulimit -n), use fewer users, --max-connections, or more worker processes."
        if let level = level(evidence.descriptorFailures) {
            return Finding(
                level, rule: "descriptors",
                cause: "\(VerdictText.count(evidence.descriptorFailures, "request")) failed because the generator had no descriptor left: "
                    + "not the target's doing",
                remedy: remedy, figures: [.init("descriptor_failures", Double(evidence.descriptorFailures))])
        }
        guard let least = evidence.workers.compactMap({ $0.health?.freeDescriptors }).min(), least < VerdictBounds.fewDescriptors else {
            return nil
        }
        return Finding(
            .valid, rule: "descriptors", cause: "only \(VerdictText.count(Int64(least), "descriptor")) of the generator were left unused",
            remedy: remedy, figures: [.init("free_descriptors", Double(least))])
    }

    private func level(_ failures: Int64) -> Verdict? {
        guard failures > 0 else { return nil }
        return Double(failures) > Double(evidence.requests) * VerdictBounds.invalidLimitShare ? .invalid : .suspect
    }

    private func portShare(_ health: WorkerHealth) -> Double { health.ports > 0 ? Double(health.portsInUse) / Double(health.ports) : 0 }
}
