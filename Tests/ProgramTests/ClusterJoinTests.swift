import Foundation
import Glibc
import TestServers
import Testing

extension ClusterFaultTests {
    /// Workers that come late, twice, in crowds, or can carry little.
    struct JoinTests {
        private struct Rows: Decodable {
            struct Row: Decodable {
                var name: String
                var users: Int
            }
            var workers: [Row]
        }

        /// The users of each worker, as `cicada workers` tells them, as soon as they are these.
        private static func become(_ users: [String: Int], _ fleet: Fleet) throws -> [String: Int] {
            var seen: [String: Int] = [:]
            _ = becomesTrue {
                guard let end = try? fleet.order(["workers", "--json"]),
                    let rows = try? JSONDecoder().decode(Rows.self, from: Data(end.output.utf8))
                else { return false }
                seen = Dictionary(rows.workers.map { ($0.name, $0.users) }, uniquingKeysWith: +)
                return seen == users
            }
            return seen
        }

        @Test func workersThatComeLateTakeOverWhatOthersHaveAboveTheirShare() async throws {
            let (end, two, three) = try await withFleet(.init(users: 24, runTime: "9s", expectedWorkers: 1)) { fleet in
                try fleet.start(workers: 1)
                sleep(1)
                try fleet.startWorker("b")
                let two = try Self.become(["a": 12, "b": 12], fleet)
                try fleet.startWorker("c")
                let three = try Self.become(["a": 8, "b": 8, "c": 8], fleet)
                return (try fleet.finish(), two, three)
            }
            #expect(two == ["a": 12, "b": 12] && three == ["a": 8, "b": 8, "c": 8], "\(end)")
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
            // Nobody had more than its share of the time: no user went from the second worker to the third and back.
            let most = Dictionary((end.result?.workers ?? []).map { ($0.name ?? "", $0.users ?? -1) }, uniquingKeysWith: +)
            #expect(most == ["a": 24, "b": 12, "c": 8], "\(end)")
        }

        @Test func aSecondWorkerOfANameIsRefused() async throws {
            let (end, second) = try await withFleet { fleet in
                try fleet.start(workers: 2)
                let second = try fleet.startWorker("second", ["--name", "a"]).waitForEnd()
                return (try fleet.finish(), second)
            }
            #expect(second.exitCode == 3 && second.errors.contains("there is already a worker named a"), "\(second)")
            #expect(end.master.exitCode == 0 && end.isComplete, "\(end)")
            #expect(end.master.errors.contains("there is already a worker named a"), "\(end)")
            for name in ["a", "b"] {
                #expect(end.workers[name]?.exitCode == 0 && end.workers[name]?.errors.contains("load stopped") == false, "\(end)")
            }
        }

        @Test func aKilledWorkersNameCanBeTakenAgain() async throws {
            let end = try await withFleet(.init(runTime: "12s")) { fleet in
                try fleet.start(workers: 2)
                sleep(1)
                fleet.workers["a"]?.signal(SIGKILL)
                usleep(5_500_000)
                try fleet.startWorker("a")
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.unexplained == nil, "\(end)")
            let accounts = try #require(end.result?.workers)
            #expect(accounts.compactMap(\.name).sorted() == ["a", "a#2", "b"], "\(end)")
            #expect(accounts.allSatisfy { $0.issued > 0 && ($0.name == "a") == ($0.unaccountedAtMost > 0) }, "\(end)")
        }

        @Test func aWorkerThatStaysTakesTheNameOfAKilledOneByItself() async throws {
            let end = try await withFleet(.init(runTime: "11s")) { fleet in
                try fleet.start(workers: 2)
                sleep(1)
                fleet.workers["a"]?.signal(SIGKILL)
                try fleet.startWorker("a", ["--stay"])
                _ = try fleet.master?.waitForEnd(atMost: 40)
                fleet.workers["a"]?.signal(SIGTERM)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.unexplained == nil, "\(end)")
            #expect(end.result?.workers.compactMap(\.name).sorted() == ["a", "a#2", "b"], "\(end)")
            #expect(end.workers["a"]?.exitCode == 130, "\(end)")
            #expect(end.workers["a"]?.errors.contains("refused by the master: there is already a worker named a") == true, "\(end)")
        }

        @Test func aHundredWorkersAtOnce() async throws {
            let script = #"user "U" { wait = constant(0.5), task { "home", function(self) self.http:get("/") end } }"#
            let end = try await withFleet(.init(script: script, users: 200, spawnRate: 200, runTime: "4s", expectedWorkers: 100)) { fleet in
                try fleet.startMaster()
                for number in 0..<100 { try fleet.startWorker("w\(number)", ["--threads", "1"]) }
                return try fleet.finish(atMost: 90)
            }
            #expect(end.master.exitCode == 0 && end.isComplete, "\(end)")
            let accounts = try #require(end.result?.workers)
            #expect(accounts.count == 100 && accounts.allSatisfy { $0.users == 2 && $0.merged > 2 }, "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
        }

        @Test func aWorkerWithFewDescriptorsGetsWhatItCanCarry() async throws {
            let end = try await withFleet(.init(users: 100, runTime: "5s")) { fleet in
                try fleet.startMaster()
                try fleet.startWorker("few", ["--threads", "1"], shell: "ulimit -n 64; exec")
                try fleet.startWorker("many")
                try fleet.waitForUsers()
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isComplete, "\(end)")
            let most = Dictionary((end.result?.workers ?? []).map { ($0.name ?? "", $0.users ?? -1) }, uniquingKeysWith: +)
            #expect(most == ["few": 29, "many": 71] && end.result?.total.failures == 0, "\(end)")
            #expect(end.master.errors.contains("room for 29 users (64 descriptors)"), "\(end)")
        }

        @Test func descriptorsThatAWorkerInheritsAreNotItsOwn() async throws {
            let end = try await withFleet(.init(users: 22, runTime: "3s", expectedWorkers: 1)) { fleet in
                try fleet.startMaster()
                let more = (3...9).map { "\($0)</dev/null" }.joined(separator: " ")
                try fleet.startWorker("few", ["--threads", "1"], shell: "exec \(more); ulimit -n 64; exec")
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isComplete && end.result?.total.failures == 0, "\(end)")
            #expect(end.master.errors.contains("room for 22 users (57 descriptors)"), "\(end)")
        }

        @Test func aPlanAboveTheWorkersCapacityIsRefused() async throws {
            let end = try await withFleet(.init(users: 100)) { fleet in
                try fleet.startMaster()
                for name in ["a", "b"] { try fleet.startWorker(name, ["--threads", "1"], shell: "ulimit -n 64; exec") }
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 3 && end.counted == 0, "\(end)")
            #expect(
                end.master.errors.contains(
                    "100 users are more than the 2 workers can carry, which is 58 (a: 29 (64 descriptors), b: 29 (64 descriptors))")
                    || end.master.errors.contains("(b: 29 (64 descriptors), a: 29 (64 descriptors))"), "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 3 && $0.errors.contains("the run was not started") }, "\(end)")
        }

        @Test func tooFewWorkersInTime() async throws {
            let end = try await withFleet { fleet in
                try fleet.startMaster(["--expect-workers-max-wait", "2s"])
                try fleet.startWorker("a")
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 3 && end.counted == 0, "\(end)")
            #expect(end.master.errors.contains("1 of 2 expected workers came within 2 s"), "\(end)")
            #expect(end.workers["a"]?.exitCode == 3, "\(end)")
        }
    }
}
