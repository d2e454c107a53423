import Foundation
import Glibc
import TestServers
import Testing

extension ClusterFaultTests {
    /// How many users there are at a time, read at a server that is not ours.
    @Suite(.enabled(if: Nginx.path != nil, "nginx is not installed")) struct UserSumTests {
        /// Users that say at each request who they are.
        private static let script = #"""
            user "U" { wait = constant(0.1),
              on_start = function(self) self.id = uuid() end,
              task { "ok", function(self) self.http:get("/ok?u=" .. self.id, { name = "ok" }) end } }
            """#
        private static let users = 20

        private struct Outcome: Sendable {
            var end: FleetEnd
            /// From the first to the last request of each user, in seconds since 1970.
            var spans: [ClosedRange<Double>]
            var answered: Int

            /// How many users there are at most at a time.
            var most: Int {
                // A user that ends in the millisecond in which another begins has gone before it.
                let events = spans.flatMap { [($0.lowerBound, 1), ($0.upperBound, -1)] }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
                var (count, most) = (0, 0)
                for (_, change) in events {
                    count += change
                    most = max(most, count)
                }
                return most
            }

            /// How many there are for at least a moment of the last two seconds before the last half one.
            var atTheEnd: Int {
                let end = spans.map(\.upperBound).max() ?? 0
                return stride(from: end - 2, to: end - 0.5, by: 0.05).map { moment in spans.count { $0.contains(moment) } }.max() ?? 0
            }
        }

        /// A run during which something happens.
        private func run(
            _ time: String, expecting: Int = 2, _ happen: @escaping @Sendable (Fleet) throws -> Void
        ) async throws -> Outcome {
            try await withFleet(.init(script: Self.script, users: Self.users, runTime: time, expectedWorkers: expecting)) { fleet in
                let nginx = try Nginx()
                try fleet.startMaster(target: "http://127.0.0.1:\(nginx.port)")
                try happen(fleet)
                var end = try fleet.finish()
                let visits = try nginx.visits()
                end.counted = visits.count
                let times = Dictionary(grouping: visits, by: \.user).mapValues { $0.map(\.second) }
                return Outcome(end: end, spans: times.values.map { ($0.min() ?? 0)...($0.max() ?? 0) }, answered: visits.count)
            }
        }

        private func check(_ outcome: Outcome, users: Int = Self.users, isComplete: Bool = true) {
            #expect(outcome.end.master.exitCode == 0, "\(outcome.end)")
            #expect(isComplete ? outcome.end.isAccounted : outcome.end.unexplained == nil, "\(outcome.end)")
            #expect(
                outcome.most <= users && outcome.spans.count > users, "\(outcome.most) at a time of \(outcome.spans.count)\n\(outcome.end)")
            #expect(outcome.atTheEnd == users, "\(outcome.end)")
        }

        /// Until both workers are there, and with them the first users.
        private func awaitBoth(_ fleet: Fleet) {
            _ = becomesTrue { ["a", "b"].allSatisfy { fleet.master?.errors.contains("worker \($0) is ready") ?? false } }
        }

        @Test func whileAWorkerIsStopped() async throws {
            check(
                try await run("13s") { fleet in
                    for name in ["a", "b"] { try fleet.startWorker(name) }
                    awaitBoth(fleet)
                    sleep(3)
                    fleet.suspend(fleet.workers["a"], seconds: 6)
                })
        }

        @Test func whileTheMasterIsStopped() async throws {
            check(
                try await run("13s") { fleet in
                    for name in ["a", "b"] { try fleet.startWorker(name) }
                    awaitBoth(fleet)
                    sleep(3)
                    fleet.suspend(fleet.master, seconds: 6)
                })
        }

        @Test(arguments: [TCPRelay.Mode.cut, .silent]) func whileALinkIsGone(mode: TCPRelay.Mode) async throws {
            check(
                try await run("13s") { fleet in
                    let relay = try TCPRelay(to: fleet.port)
                    try fleet.startWorker("a", port: relay.port)
                    try fleet.startWorker("b")
                    awaitBoth(fleet)
                    sleep(3)
                    relay.set(mode)
                    sleep(6)
                    relay.set(.open)
                    // The relay lives as long as the run does.
                    _ = becomesTrue { fleet.master?.hasEnded ?? true }
                    withExtendedLifetime(relay) {}
                })
        }

        @Test func whenAWorkerIsKilledAndAnotherComes() async throws {
            check(
                try await run("13s") { fleet in
                    for name in ["a", "b"] { try fleet.startWorker(name) }
                    awaitBoth(fleet)
                    sleep(3)
                    fleet.workers["a"]?.signal(SIGKILL)
                    sleep(1)
                    try fleet.startWorker("c")
                }, isComplete: false)
        }

        @Test func whenWorkersComeLateAndOneLeaves() async throws {
            check(
                try await run("9s", expecting: 1) { fleet in
                    try fleet.startWorker("a")
                    sleep(2)
                    for name in ["b", "c"] { try fleet.startWorker(name) }
                    sleep(2)
                    fleet.workers["b"]?.signal(SIGTERM)
                })
        }

        @Test func whenTheNumberOfUsersIsChangedWhileWorkersCome() async throws {
            let outcome = try await run("10s", expecting: 1) { fleet in
                try fleet.startWorker("a")
                sleep(2)
                try fleet.startWorker("b")
                _ = try fleet.order(["scale", "--users", "10"])
                sleep(1)
                _ = try fleet.order(["scale", "--users", "20"])
            }
            check(outcome)
        }
    }
}
