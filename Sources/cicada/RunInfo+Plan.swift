import Cluster
import LoadModel
import Reporting

extension RunInfo {
    /// What reports say beside figures of a run with this plan.
    init(of plan: RunPlan, hosts: String, startNanosecondsSince1970: Int64, elapsedNanoseconds: Int64, users: Int) {
        let modes = Set(plan.scenario.userClasses.map { ($0.connections ?? .user).rawValue })
        self.init(
            version: Cicada.version, script: plan.script.name, host: hosts, users: users, spawnRate: plan.load.spawnRate,
            runTimeSeconds: (plan.runTimeNanoseconds ?? plan.load.endNanoseconds).map { Double($0) / 1e9 },
            startNanosecondsSince1970: startNanosecondsSince1970, elapsedNanoseconds: elapsedNanoseconds,
            connections: modes.count == 1 ? modes.first ?? "user" : "mixed")
        if case .users = plan.load {} else { load = LoadWords.summary(plan.load) }
        hasSchedule =
            plan.load.arrivals != nil
            || plan.scenario.userClasses.contains { if case .schedule(_, catchesUp: true) = $0.wait { true } else { false } }
        arrivalRate = plan.load.arrivals?.schedule.rate.level(at: elapsedNanoseconds)
        warmUpNanoseconds = plan.warmUpNanoseconds
    }
}

extension RunPlan {
    /// The targets of its classes, for people.
    var hosts: String {
        let named = Set(scenario.userClasses.compactMap(\.host)).sorted().joined(separator: ", ")
        return named.isEmpty ? "the locustfile's own host" : named
    }
}
