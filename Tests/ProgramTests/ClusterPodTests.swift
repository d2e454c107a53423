import Foundation
import Glibc
import TestServers
import Testing

extension ClusterFaultTests {
    /// What becomes of workers with an index, and of a master that is moved, as Kubernetes does it.
    struct PodTests {
        @Test func theNextPodOfAKilledOneTakesItsPlace() async throws {
            let (end, first) = try await withFleet(.init(runTime: "14s")) { fleet in
                try fleet.startMaster()
                for index in 0...1 { try fleet.startPod(index) }
                try fleet.waitForUsers()
                sleep(2)
                let first = fleet.workers["worker-1"]
                first?.signal(SIGKILL)
                let killed = try #require(first).waitForEnd()
                try fleet.startPod(1)
                return (try fleet.finish(), killed)
            }
            #expect(first.exitCode == 128 + SIGKILL)
            #expect(end.master.exitCode == 0 && end.unexplained == nil, "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
            #expect(end.workers["worker-1"]?.errors.contains("not let in yet: the place of worker-1 (index 1)") == true, "\(end)")
            let workers = end.result?.workers ?? []
            #expect(workers.map(\.name) == ["worker-0", "worker-1", "worker-1#2"], "\(end)")
            #expect(workers.map(\.state) == ["done", "replaced", "done"] && workers.map(\.index) == [0, 1, 1], "\(end)")
            #expect(workers.map(\.node) == ["node-0", "node-1", "node-1"] && workers.map(\.pod) == ["pod-0", "pod-1", "pod-1"], "\(end)")
            #expect(workers.last?.merged ?? 0 > 0, "\(end)")
        }

        @Test func aPodThatIsToldToEndIsFollowedAtOnce() async throws {
            let (end, first) = try await withFleet(.init(runTime: "8s")) { fleet in
                try fleet.startMaster()
                for index in 0...1 { try fleet.startPod(index) }
                try fleet.waitForUsers()
                sleep(2)
                let first = fleet.workers["worker-1"]
                first?.signal(SIGTERM)
                // Kubernetes does not wait for its end either.
                try fleet.startPod(1)
                return (try fleet.finish(), try #require(first).waitForEnd())
            }
            #expect(first.exitCode == 130, "\(first)")
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
            #expect(end.result?.workers.map(\.state) == ["done", "left", "done"], "\(end)")
        }

        @Test func twoLivingPodsOfOneIndexAreOneTooMany() async throws {
            let (end, double) = try await withFleet(.init(runTime: "60s", expectedWorkers: 1)) { fleet in
                try fleet.startMaster()
                let first = try fleet.startPod(0)
                try fleet.waitForUsers()
                let double = try fleet.startPod(0).waitForEnd(atMost: 60)
                fleet.master?.signal(SIGINT)
                _ = try first.waitForEnd(atMost: 30)
                return (try fleet.finish(), double)
            }
            #expect(double.exitCode == 3 && double.errors.contains("is that of worker-0, which is alive"), "\(double)")
            #expect(end.master.exitCode == 130 && end.result?.workers.count == 1, "\(end)")
        }

        @Test func aMasterWithStateThatIsToldToEndLeavesTheRunToTheNext() async throws {
            let (end, first) = try await withFleet(.init(runTime: "9s", keepsState: true)) { fleet in
                try fleet.startMaster()
                for index in 0...1 { try fleet.startPod(index) }
                try fleet.waitForUsers()
                usleep(1_700_000)
                fleet.master?.signal(SIGTERM)
                let first = try #require(fleet.master).waitForEnd()
                try fleet.startMaster()
                return (try fleet.finish(), first)
            }
            #expect(first.exitCode == 130 && first.seconds < 5 && first.output.isEmpty, "\(first)")
            #expect(first.errors.split(separator: "\n").last?.contains("told to end (SIGTERM): the run is left in") == true, "\(first)")
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.master.errors.contains("taking up the run of the master before"), "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
        }

        @Test func aMasterThatWaitsIsLeftByNobody() async throws {
            let end = try await withFleet(.init(runTime: "2s", keepsState: true)) { fleet in
                try fleet.startMaster()
                try fleet.startPod(0)
                guard let master = fleet.master, master.writes("is ready on node node-0, pod pod-0 (1 of 2)") else {
                    throw RawConnectionError(what: fleet.master?.errors ?? "")
                }
                master.signal(SIGTERM)
                _ = try master.waitForEnd()
                try fleet.startMaster()
                try fleet.startPod(1)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isComplete, "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
        }

        @Test func theResultStaysUpForAWhile() async throws {
            struct Answers: Sendable {
                var early: [RawResponse]
                var late: [RawResponse]
                var latePod: RunningProgram.End
                var master: RunningProgram.End
            }
            let port = Loopback.freePort()
            let plan = Fleet.Plan(
                runTime: "3s", expectedWorkers: 1,
                flags: ["--web-port", "\(port)", "--linger", "60s", "--threshold", "requests > 1000000"])
            let answers = try await withFleet(plan) { fleet in
                func get(_ path: String) throws -> RawResponse {
                    var connection = try RawConnection(port: port)
                    try connection.send("GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    return try connection.receive()
                }
                func isUp(_ path: String) -> Bool { (try? get(path).status == 200) ?? false }
                let master = try fleet.startMaster()
                guard becomesTrue({ isUp("/readyz") }) else { throw RawConnectionError(what: master.errors) }
                let early = [try get("/healthz"), try get("/result")]
                let first = try fleet.startPod(0)
                guard becomesTrue({ master.errors.contains("--linger") }) else { throw RawConnectionError(what: master.errors) }
                let worker = try first.waitForEnd()
                if worker.exitCode != 0 { throw RawConnectionError(what: worker.errors) }
                sleep(2)
                let late = [try get("/healthz"), try get("/readyz"), try get("/result"), try get("/result/junit")]
                let pod = try fleet.startPod(0).waitForEnd()
                master.signal(SIGTERM)
                return Answers(early: early, late: late, latePod: pod, master: try master.waitForEnd(atMost: 5))
            }
            #expect(answers.early.map(\.status) == [200, 503] && answers.late.map(\.status) == [200, 200, 200, 200])
            let result = try JSONDecoder().decode(ResultFile.self, from: Data(answers.late[2].body.utf8))
            #expect(result.total.requests > 0 && answers.late[3].body.contains("<testsuites>"))
            #expect(answers.latePod.exitCode == 0 && answers.latePod.errors.contains("nothing left to do"), "\(answers.latePod)")
            // The run's exit code, and its sentence is the last.
            #expect(answers.master.exitCode == 99 && answers.master.errors.contains("the threshold was not passed"), "\(answers.master)")
        }
    }
}
