import Cluster
import LoadModel
import Scripting
import Wire

@testable import LocustLink

/// A master's state, the translation, and simulated Locust workers; time is moved by hand.
final class LocustHarness {
    private(set) var state: MasterState
    private(set) var fleet: LocustFleet
    var workers: [String: SimulatedLocust] = [:]
    private(set) var now: Int64 = 1_000_000_000_000
    private(set) var notices: [Notice] = []
    private(set) var isOver = false
    private var queue: [LocustFleet.Output] = []
    private var nextHeartbeat: [String: Int64] = [:]
    private var nextReport: [String: Int64] = [:]

    init(users: Int, rate: Double = 1000, expected: Int, classes: [(String, Double)] = [("Alpha", 1)], runTime: Int64? = nil) throws {
        let source = classes.map { "user \"\($0.0)\" { weight = \($0.1), task { \"t\", function(self) end } }" }.joined(separator: "\n")
        let script = try Script(name: "locustfile", source: Array(source.utf8))
        var plan = RunPlan(
            script: script, scenario: try script.scenario(), load: .users(SpawnSchedule(users: users, ratePerSecond: rate)), seed: 1)
        plan.runTimeNanoseconds = runTime
        var settings = MasterSettings(run: 7, version: "0.1.0", planBytes: [1], planHash: [2])
        settings.expectedWorkers = expected
        settings.leaseNanoseconds = MasterSettings.lease
        settings.reading = .locust
        state = MasterState(plan: plan, settings: settings, now: now)
        fleet = LocustFleet(LocustFleetSettings(version: "0.1.0", classes: classes.map(\.0)))
    }

    /// A worker comes; `id` names its machine before the first underscore.
    func join(_ id: String) {
        workers[id] = workers[id] ?? SimulatedLocust(id)
        say(.ready(version: "2.47.0"), id)
    }

    /// A worker says something.
    func say(_ message: LocustWorkerMessage, _ id: String) {
        queue += fleet.take(message, from: id, now: now)
        work()
    }

    /// Somebody wants the run to end, in order.
    func interrupt() {
        carryOut(state.event(.interrupted, now: now))
        work()
    }

    /// Lets time pass, with all that happens meanwhile.
    func pass(seconds: Double) {
        let end = now + Int64(seconds * 1e9)
        while now < end {
            now += 50_000_000
            for id in workers.keys.sorted() { speak(id) }
            queue += fleet.flush() + fleet.tick(now: now, wall: wall)
            work()
            if let deadline = state.nextDeadline, now >= deadline {
                carryOut(state.event(.tick, now: now))
                work()
            }
        }
    }

    /// Users that each worker has.
    var totals: [Int] { workers.sorted { $0.key < $1.key }.map(\.value.total) }

    private var wall: Double { Double(now) / 1e9 }

    private func speak(_ id: String) {
        guard let worker = workers[id], !worker.isCutOff, !worker.hasEnded, !worker.acknowledgements.isEmpty else { return }
        if now >= nextHeartbeat[id] ?? 0 {
            nextHeartbeat[id] = now + 1_000_000_000
            queue += fleet.take(.heartbeat(LocustHeartbeat(activity: .running)), from: id, now: now)
        }
        if now >= nextReport[id] ?? 0 {
            nextReport[id] = now + 3_000_000_000
            if let report = workers[id]?.report() { queue += fleet.take(report, from: id, now: now) }
        }
        work()
    }

    private func work() {
        while !queue.isEmpty {
            switch queue.removeFirst() {
            case .tell(let peer, let message): carryOut(state.event(.message(peer, message), now: now))
            case .say(let notice): notices.append(notice)
            case .send(let message, let id):
                guard workers[id]?.isCutOff == false, workers[id]?.hasEnded == false else { continue }
                for answer in workers[id]?.take(message) ?? [] { queue += fleet.take(answer, from: id, now: now) }
            }
        }
    }

    private func carryOut(_ actions: [MasterAction]) {
        for action in actions {
            switch action {
            case .send(let message, let peer): queue += fleet.take(message, to: peer, now: now, wall: wall)
            case .say(let notice): notices.append(notice)
            case .progress: break
            case .finish: isOver = true
            }
        }
    }
}
