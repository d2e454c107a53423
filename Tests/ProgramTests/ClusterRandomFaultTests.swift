import Foundation
import Glibc
import LoadModel
import TestServers
import Testing

extension ClusterTests {
    /// Whatever happens to master, workers and the links between them: the run ends, and every request that the target answered is explained.
    ///
    /// `CICADA_FAULT_RUNS=n` asks for so many runs, `CICADA_FAULT_SEED=n` for that one, `CICADA_FAULT_JOBS=n` for so many at a time.
    struct RandomFaultTests {
        private static func setting(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }

        private static let seeds: [UInt64] =
            setting("CICADA_FAULT_SEED").map { [UInt64($0)] } ?? (1...UInt64(setting("CICADA_FAULT_RUNS") ?? 3)).map { $0 }

        @Test(.timeLimit(.minutes(60))) func everyRequestIsExplained() async throws {
            var waiting = Self.seeds[...]
            let jobs = Self.setting("CICADA_FAULT_JOBS") ?? 3
            try await withThrowingTaskGroup(of: Void.self) { group in
                for count in 1... {
                    guard let seed = waiting.popFirst() else { break }
                    if count > jobs { try await group.next() }
                    group.addTask { try await Self.run(seed: seed) }
                }
                try await group.waitForAll()
            }
        }

        private static func say(_ line: String) {
            print(line)
            fflush(nil)
        }

        private static func run(seed: UInt64) async throws {
            let (course, end) = try await onOwnThread {
                var course = FaultCourse(seed: seed)
                return (course.description, Result { try course.run() })
            }
            switch end {
            case .success(let end):
                let problem = end.unexplained ?? Self.problem(end)
                say("seed \(seed): \(problem ?? "explained"), \(end.counted) requests; \(course)")
                #expect(problem == nil, "seed \(seed), \(course)\n\(end)")
            case .failure(let error):
                say("seed \(seed): \(error); \(course)")
                Issue.record("seed \(seed), \(course): \(error)")
            }
        }

        /// An end that is not one of those that docs/exit-codes.md has.
        private static func problem(_ end: FleetEnd) -> String? {
            if ![0, 4].contains(end.master.exitCode) { return "the master ended with \(end.master.exitCode)" }
            for (name, worker) in end.workers where ![0, 3, 4, 6, 130, 137].contains(worker.exitCode) {
                return "worker \(name) ended with \(worker.exitCode)"
            }
            return nil
        }
    }
}

/// One run with a few faults, all drawn from a seed.
struct FaultCourse: CustomStringConvertible {
    /// What goes wrong, and with whom.
    enum Fault {
        case stopWorker(Int)
        case killWorker(Int, restarts: Bool)
        case terminateWorker(Int)
        case link(Int, TCPRelay.Mode)
        case stopMaster
        case restartMaster
        case join
        case scale(Int)
    }

    private static let latencies = ["0", "20ms", "2ms:90,20ms:9,500ms:1", "1s"]
    private var random: SplitMix64
    let workers: Int
    let seconds: Int
    let latency: String
    let script: String
    let keepsState: Bool
    let faults: [(at: Double, fault: Fault, length: Double)]

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        workers = Int.random(in: 1...3, using: &random)
        seconds = Int.random(in: 6...10, using: &random)
        latency = Self.latencies.randomElement(using: &random) ?? "0"
        script = Bool.random(using: &random) ? Scripts.steady : Scripts.two
        keepsState = Int.random(in: 0..<3, using: &random) > 0
        var faults: [(Double, Fault, Double)] = []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let worker = Int.random(in: 0..<workers, using: &random)
            let at = Double.random(in: 0.3...Double(seconds), using: &random)
            let length = Double.random(in: 0.2...6, using: &random)
            let fault: Fault =
                switch Int.random(in: 0..<11, using: &random) {
                case 0, 1: .stopWorker(worker)
                case 2: .killWorker(worker, restarts: Bool.random(using: &random))
                case 3: .terminateWorker(worker)
                case 4: .link(worker, .cut)
                case 5: .link(worker, .silent)
                case 6: .link(worker, .slow(bytesPerSecond: 2000))
                case 7: .stopMaster
                case 8: keepsState ? .restartMaster : .stopMaster
                case 9: .join
                default: .scale(Int.random(in: 1...40, using: &random))
                }
            faults.append((at, fault, length))
        }
        self.faults = faults.sorted { $0.0 < $1.0 }
    }

    var description: String {
        let list = faults.map { String(format: "%.1f s ", $0.at) + "\($0.fault)" + String(format: " for %.1f s", $0.length) }
        return "\(workers) workers, \(seconds) s, latency \(latency)\(keepsState ? ", --state" : ""): " + list.joined(separator: "; ")
    }

    /// Runs it from start to end. Throws when something hangs.
    mutating func run() throws -> FleetEnd {
        let fleet = try Fleet(
            .init(
                script: script, users: 20, runTime: "\(seconds)s", expectedWorkers: workers, keepsState: keepsState,
                server: ["--latency", latency]))
        try fleet.startMaster()
        var relays: [TCPRelay] = []
        for index in 0..<workers {
            relays.append(try TCPRelay(to: fleet.port))
            try fleet.startWorker("w\(index)", port: relays[index].port)
        }
        try fleet.waitForUsers()
        let start = monotonicSeconds()
        var steps: [(at: Double, act: () throws -> Void)] = []
        for (number, (at, fault, length)) in faults.enumerated() {
            let (begin, end) = Self.acts(fault, number: number, fleet: fleet, relays: relays)
            steps.append((at, begin))
            if let end { steps.append((at + length, end)) }
        }
        for step in steps.sorted(by: { $0.at < $1.at }) {
            let pause = start + step.at - monotonicSeconds()
            if pause > 0 { usleep(UInt32(pause * 1e6)) }
            try step.act()
        }
        // A killed worker is waited for 10 s after the run's end.
        let end = try fleet.finish(atMost: Double(seconds) + 30)
        withExtendedLifetime(relays) {}
        return end
    }

    /// What begins a fault, and what ends it.
    private static func acts(_ fault: Fault, number: Int, fleet: Fleet, relays: [TCPRelay]) -> (() throws -> Void, (() throws -> Void)?) {
        func worker(_ index: Int) -> RunningProgram? { fleet.workers["w\(index)"] }
        switch fault {
        case .stopWorker(let index):
            let stopped = worker(index)
            return ({ stopped?.signal(SIGSTOP) }, { stopped?.signal(SIGCONT) })
        case .killWorker(let index, let restarts):
            return (
                { worker(index)?.signal(SIGKILL) },
                restarts ? { try fleet.startWorker("w\(index)b\(number)", port: relays[index].port) } : nil
            )
        case .terminateWorker(let index):
            return ({ worker(index)?.signal(SIGTERM) }, nil)
        case .link(let index, let mode):
            return ({ relays[index].set(mode) }, { relays[index].set(.open) })
        case .stopMaster:
            return ({ fleet.master?.signal(SIGSTOP) }, { fleet.master?.signal(SIGCONT) })
        case .restartMaster:
            return (
                {
                    fleet.master?.signal(SIGKILL)
                    _ = try? fleet.master?.waitForEnd()
                },
                { if fleet.master?.hasEnded == true, !FileManager.default.fileExists(atPath: fleet.resultPath) { try fleet.startMaster() } }
            )
        case .join: return ({ try fleet.startWorker("late\(number)") }, nil)
        case .scale(let users): return ({ _ = try fleet.order(["scale", "--users", "\(users)"]) }, nil)
        }
    }
}
