import LoadModel
import Testing

@testable import Cluster

struct ClusterSimulationTests {
    private static let second = ClusterSimulation.second

    /// A run of a random plan on a random cluster with random faults.
    private static func options(seed: UInt64) -> ClusterSimulation.Options {
        var random = SplitMix64(seed: seed &* 0x9e37_79b9 &+ 7)
        var options = ClusterSimulation.Options()
        options.users = Int.random(in: 1...24, using: &random)
        options.rate = Double.random(in: 1...30, using: &random)
        options.weights = (0..<Int.random(in: 1...3, using: &random)).map { _ in Double(Int.random(in: 1...4, using: &random)) }
        options.workers = Int.random(in: 1...4, using: &random)
        options.threads = Int.random(in: 1...2, using: &random)
        options.grace = [0, 0, 1_000_000_000][Int.random(in: 0..<3, using: &random)]
        options.faults = SimulatedFault.some(until: options.healedAt, workers: options.workers, most: 6, random: &random)
        options.runTime = options.healedAt + 55 * second
        func some() -> Bool { Int.random(in: 0..<4, using: &random) == 0 }
        options.hasSetup = some()
        options.behaviour.needsSharedValue = options.hasSetup
        options.behaviour.setupFails = options.hasSetup && some()
        options.hasTeardown = some()
        if some() { options.fixedCount = Int.random(in: 1...8, using: &random) }
        if some() { options.behaviour.endChance = [0.005, 0.05, 0.5][Int.random(in: 0..<3, using: &random)] }
        if some() {
            options.rows = Int.random(in: 1...100, using: &random)
            options.behaviour.drawsRows = true
            options.atEnd = some() ? .cyclic : .stopUser
        }
        if some() {
            options.wishAt = Int64.random(in: 3...30, using: &random) * second
            options.wishIsBreach = some()
        }
        if Int.random(in: 0..<3, using: &random) == 0 { options.runTime = Int64.random(in: 3...30, using: &random) * second }
        return options
    }

    private static func simulate(seed: UInt64, options: ClusterSimulation.Options) throws -> (ClusterSimulation, SimulationCheck) {
        let simulation = try ClusterSimulation(seed: seed, options: options)
        var check = SimulationCheck()
        while !simulation.isOver, check.violation == nil, simulation.step() { check.look(simulation) }
        check.lookAtEnd(simulation)
        return (simulation, check)
    }

    @Test func holdsWhateverGoesWrong() throws {
        let seeds = SimulationSeeds.all
        var recovered = 0
        var ended: [String: Int] = [:]
        for seed in seeds {
            let options = Self.options(seed: seed)
            let (simulation, check) = try Self.simulate(seed: seed, options: options)
            if let violation = check.violation {
                Issue.record(
                    "seed \(seed): \(violation)\n\(options.faults.sorted { $0.at < $1.at }.map { "\($0)" }.joined(separator: "\n"))")
                if SimulationSeeds.stopsAtFirst { return }
            }
            if check.isRecovered == true { recovered += 1 }
            ended["\(simulation.finished?.state.ending.map { "\($0)".prefix(14) } ?? "none")", default: 0] += 1
        }
        // In most of them the faults are over early enough to look whether all users have come back.
        if seeds.count >= 20 { #expect(recovered * 5 > seeds.count, "\(recovered)") }
        print("simulated \(seeds.count) clusters: \(recovered) were asked for their users after the faults; endings \(ended)")
    }
}
