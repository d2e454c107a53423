import Foundation
import Glibc
import TestServers
import Testing

extension ClusterTests {
    /// Messages that are lost, doubled or overtaken on their way change no figure.
    struct MessageTests {
        /// CICADA_TEST_SEEDS asks for more of them.
        private static let seeds = ProcessInfo.processInfo.environment["CICADA_TEST_SEEDS"].flatMap { UInt64($0) } ?? 3

        /// Two workers behind a relay, until the end.
        private static func run(
            _ faults: [MessageRelay.Fault], seed: UInt64, spawnRate: Double = 100
        ) async throws -> (end: FleetEnd, tallies: [String: MessageRelay.Tally]) {
            try await onOwnThread {
                let fleet = try Fleet(.init(script: Scripts.two, spawnRate: spawnRate, runTime: "5s", isPlain: true))
                try fleet.startMaster()
                let relay = try MessageRelay(to: fleet.port, faults, seed: seed)
                for name in ["a", "b"] { try fleet.startWorker(name, port: relay.port) }
                let end = try fleet.finish()
                return (end, relay.tallies)
            }
        }

        private static func expectComplete(_ end: FleetEnd) {
            #expect(end.master.exitCode == 0 && end.isComplete, "\(end.unexplained ?? "") \(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
            #expect(end.result?.workers.allSatisfy { $0.merged > 50 } == true, "\(end)")
        }

        @Test func lostDeltasComeAgain() async throws {
            let (end, tallies) = try await Self.run([.init(types: ["stats"], dropped: 0.3)], seed: 1)
            Self.expectComplete(end)
            #expect(tallies["stats"]?.dropped ?? 0 >= 2, "\(tallies)")
        }

        @Test func doubledDeltasCountOnce() async throws {
            let (end, tallies) = try await Self.run([.init(types: ["stats"], doubled: 0.8, longestHold: 2_000_000_000)], seed: 1)
            Self.expectComplete(end)
            #expect(tallies["stats"]?.doubled ?? 0 >= 4, "\(tallies)")
        }

        /// Held for longer than the pause before they are sent again, so that both the copy and the next ones overtake them.
        @Test func overtakenDeltasCountOnce() async throws {
            let (end, tallies) = try await Self.run([.init(types: ["stats"], held: 0.7, longestHold: 2_500_000_000)], seed: 1)
            Self.expectComplete(end)
            #expect(tallies["stats"]?.held ?? 0 >= 3, "\(tallies)")
        }

        @Test func lostAcknowledgementsHarmNothing() async throws {
            let (end, tallies) = try await Self.run([.init(types: ["stats_ack"], dropped: 0.5)], seed: 1)
            Self.expectComplete(end)
            #expect(tallies["stats_ack"]?.dropped ?? 0 >= 2, "\(tallies)")
        }

        /// No heartbeat for less than the lease, and orders that come late or never.
        @Test func lostHeartbeatsAndOrdersAreRepeated() async throws {
            let (end, tallies) = try await Self.run(
                [.init(types: ["heartbeat"], dropped: 0.3), .init(types: ["spawn", "stop", "plan", "ack"], dropped: 0.3, held: 0.5)],
                seed: 5, spawnRate: 5)
            Self.expectComplete(end)
            #expect(tallies["heartbeat"]?.dropped ?? 0 > 10 && (tallies["spawn"].map { $0.dropped + $0.held } ?? 0) > 0, "\(tallies)")
        }

        @Test(arguments: 1...Self.seeds) func everythingAtRandom(seed: UInt64) async throws {
            let (end, tallies) = try await Self.run([.init(dropped: 0.2, doubled: 0.2, held: 0.5)], seed: seed)
            Self.expectComplete(end)
            #expect(tallies.values.reduce(0) { $0 + $1.dropped } > 10, "\(tallies)")
        }
    }

    /// A worker that throws a delta away as if it had been acknowledged: what the report says then.
    struct MissingDeltaTests {
        @Test func theReportShowsWhatIsMissing() async throws {
            let end = try await onOwnThread {
                let fleet = try Fleet(.init(runTime: "4s"))
                try fleet.startMaster()
                try fleet.startWorker("a", environment: ["CICADA_TEST_DROP_DELTA": "2"])
                try fleet.startWorker("b")
                return try fleet.finish()
            }
            #expect(end.unexplained == nil, "\(end)")
            let result = try #require(end.result)
            let (bad, good) = (result.workers.first { $0.name == "a" }, result.workers.first { $0.name == "b" })
            #expect(bad?.unaccounted ?? 0 > 20 && bad?.unaccounted == bad?.unaccountedAtMost, "\(end)")
            #expect(good?.unaccounted == 0 && end.counted == result.merged + result.unaccounted, "\(end)")
            let missing = bad?.unaccounted ?? 0
            #expect(
                end.master.output.contains("\(missing) unaccounted") && end.master.output.contains("Of these, a:"), "\(end.master.output)")
        }

        @Test func aRunInOneProcessShowsItToo() async throws {
            let (end, result) = try await Webapp.with { webapp in
                try CicadaRun(
                    script: Scripts.steady, ["--host", webapp.url, "--users", "10", "--spawn-rate", "100", "--run-time", "3s"],
                    environment: ["CICADA_TEST_DROP_DELTA": "2"]
                ).finish()
            }
            #expect(result.unaccounted > 20 && result.issued == result.merged + result.interrupted + result.unaccounted, "\(end)")
            #expect(end.output.contains("\(result.unaccounted) unaccounted"), "\(end.output)")
        }
    }
}
