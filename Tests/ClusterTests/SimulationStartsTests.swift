import LoadModel
import Testing

@testable import Cluster

/// The open model on random clusters with random faults: no start is begun twice, and all are once everything is well again.
struct SimulationStartsTests {
    private static let second = ClusterSimulation.second

    private static func options(seed: UInt64) -> ClusterSimulation.Options {
        var random = SplitMix64(seed: seed &* 0x9e37_79b9 &+ 11)
        var options = ClusterSimulation.Options()
        options.workers = Int.random(in: 1...4, using: &random)
        options.threads = Int.random(in: 1...2, using: &random)
        // Enough for each thread of those that may join, and for the rate: a start takes 0.4 s at most.
        options.users = Int.random(in: 60...90, using: &random)
        options.arrivalRate = Double.random(in: 3...40, using: &random)
        options.grace = [0, 1_000_000_000][Int.random(in: 0..<2, using: &random)]
        options.faults = SimulatedFault.some(until: options.healedAt, workers: options.workers, most: 6, random: &random).filter {
            // The number of users is not the load here.
            if case .rescale = $0.kind { return false }
            return true
        }
        options.runTime = options.healedAt + 50 * second
        return options
    }

    private static func simulate(seed: UInt64, options: ClusterSimulation.Options) throws -> (ClusterSimulation, SimulationCheck) {
        let simulation = try ClusterSimulation(seed: seed, options: options)
        var check = SimulationCheck()
        while !simulation.isOver, check.violation == nil, simulation.step() { check.look(simulation) }
        check.lookAtEnd(simulation)
        return (simulation, check)
    }

    @Test func everyStartIsBegunOnceOrAccountedFor() throws {
        var restored = 0
        // Starts make these runs some ten times as long as those of users.
        let seeds =
            SimulationSeeds.all.count > 1 ? Array(SimulationSeeds.all.prefix((SimulationSeeds.all.count + 2) / 3)) : SimulationSeeds.all
        for seed in seeds {
            let options = Self.options(seed: seed)
            let (simulation, check) = try Self.simulate(seed: seed, options: options)
            func fail(_ words: String) {
                let faults = options.faults.sorted { $0.at < $1.at }.map { "\($0)" }.joined(separator: "\n")
                Issue.record("seed \(seed), \(options.workers) workers: \(words)\n\(faults)")
            }
            if let violation = check.violation { fail(violation) }
            guard let (state, at) = simulation.finished, let startedAt = state.startedAt else { continue }
            let begun = simulation.workers.flatMap { $0.starts(inRun: simulation.run) }
            let distinct = Set(begun)
            if distinct.count != begun.count {
                let twice = Dictionary(grouping: begun, by: \.self).filter { $0.value.count > 1 }.keys.sorted()
                fail("\(twice.count) of \(begun.count) starts were begun twice: \(twice.prefix(20))")
            }
            let rate = options.arrivalRate ?? 0
            // A worker may not have heard of the stop at once.
            let most = Int(Double((state.stoppedAt ?? at) - startedAt) / 1e9 * rate) + 1
            if let last = begun.max(), Double(last) > Double(most) + rate { fail("start \(last) is behind the end, \(most)") }
            // Some time after the last fault all starts are made.
            let well = Int(Double(options.healedAt + 16 * Self.second - startedAt) / 1e9 * rate) + 1
            guard case .runTimeOver = state.ending, well < most - Int(rate) else { continue }
            restored += 1
            let missing = (max(0, well)..<(most - Int(rate) - 1)).filter { !distinct.contains($0) }
            if !missing.isEmpty { fail("\(missing.count) starts from \(well) on were not begun: \(missing.prefix(10))") }
            // Without faults nothing is missing at all.
            if options.faults.isEmpty, (0..<(most - Int(rate) - 1)).contains(where: { !distinct.contains($0) }) {
                fail("starts are missing")
            }
        }
        if seeds.count >= 20 { #expect(restored * 5 > seeds.count * 2, "\(restored)") }
        print("simulated \(seeds.count) open clusters: \(restored) made all their starts after the faults")
    }

    /// A worker is lost while all is well: the others make its starts from the end of its lease on, late where they have to.
    @Test func othersMakeTheStartsOfALostWorker() throws {
        var options = ClusterSimulation.Options()
        options.users = 60
        options.arrivalRate = 20
        options.workers = 3
        options.runTime = 30 * Self.second
        options.healedAt = 12 * Self.second
        options.faults = [SimulatedFault(kind: .killWorker(1, restarts: false), at: 10 * Self.second, duration: Self.second)]
        let (simulation, check) = try Self.simulate(seed: 5, options: options)
        #expect(check.violation == nil)
        let (state, _) = try #require(simulation.finished)
        let startedAt = try #require(state.startedAt)
        let begun = Set(simulation.workers.flatMap { $0.starts(inRun: simulation.run) })
        let killed = Int(Double(10 * Self.second - startedAt) / 1e9 * 20)
        let missing = (0..<590).filter { !begun.contains($0) }
        // A third of what was due in the 4 s of its lease.
        #expect(missing.allSatisfy { (killed...(killed + 82)).contains($0) }, "\(missing)")
        #expect((20...29).contains(missing.count), "\(missing.count)")
    }
}
