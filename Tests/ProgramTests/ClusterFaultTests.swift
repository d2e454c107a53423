import Foundation
import Glibc
import TestServers
import Testing

/// Processes that are killed, stopped and told to end, links that are cut, disks that are full, workers that come late: nothing is lost without
/// being said, and nothing hangs. A few fleets at a time; what takes minutes runs only with `CICADA_TEST_LONG=1`.
@Suite(.timeLimit(.minutes(15))) struct ClusterFaultTests {
    static let takesMinutes = ProcessInfo.processInfo.environment["CICADA_TEST_LONG"] == "1"

    /// What becomes of a worker's process.
    struct WorkerTests {
        @Test func aKilledWorkerIsAccountedFor() async throws {
            let end = try await withFleet(.init(runTime: "7s")) { fleet in
                try fleet.start(workers: 2)
                sleep(2)
                fleet.workers["a"]?.signal(SIGKILL)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.unexplained == nil, "\(end)")
            #expect(end.workers["b"]?.exitCode == 0)
            let lost = try #require(end.result?.workers.first { $0.name == "a" })
            #expect(lost.unaccountedAtMost > 0 && lost.merged > 0, "\(end)")
            #expect(end.result?.workers.first { $0.name == "b" }?.unaccountedAtMost == 0, "\(end)")
        }

        @Test func theLastWorkerKilledEndsTheRun() async throws {
            let end = try await withFleet(.init(runTime: "60s", expectedWorkers: 1)) { fleet in
                try fleet.start(workers: 1)
                sleep(1)
                fleet.workers["a"]?.signal(SIGKILL)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 4 && end.unexplained == nil, "\(end)")
            #expect(end.master.errors.contains("the last worker was lost"), "\(end)")
        }

        @Test func aWorkerThatIsStoppedForAMomentKeepsItsUsers() async throws {
            let end = try await withFleet(.init(runTime: "6s")) { fleet in
                try fleet.start(workers: 2)
                sleep(1)
                fleet.suspend(fleet.workers["a"], seconds: 2)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isComplete, "\(end)")
            #expect(!end.master.errors.contains("taken for lost"), "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 && !$0.errors.contains("load stopped") }, "\(end)")
        }

        @Test func aWorkerThatIsStoppedForLongerComesBack() async throws {
            let end = try await withFleet(.init(runTime: "11s")) { fleet in
                try fleet.start(workers: 2)
                sleep(1)
                fleet.suspend(fleet.workers["a"], seconds: 6)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.master.errors.contains("worker a has been silent for"), "\(end)")
            #expect(end.master.errors.contains("worker a is back"), "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
        }

        @Test(.enabled(if: takesMinutes)) func aWorkerThatIsStoppedForMinutesComesBack() async throws {
            let end = try await withFleet(.init(runTime: "100s")) { fleet in
                try fleet.start(workers: 2)
                sleep(1)
                fleet.suspend(fleet.workers["a"], seconds: 90)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.master.errors.contains("worker a is back"), "\(end)")
        }

        @Test func aWorkerThatIsStoppedOverTheEndIsWaitedFor() async throws {
            let end = try await withFleet(.init(runTime: "3s")) { fleet in
                try fleet.start(workers: 2)
                sleep(1)
                fleet.suspend(fleet.workers["a"], seconds: 7)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
        }

        @Test(arguments: [SIGTERM, SIGINT]) func aWorkerThatIsToldToEndDeliversAndLeaves(signal: Int32) async throws {
            let (end, left) = try await withFleet(.init(runTime: "6s")) { fleet in
                try fleet.start(workers: 2)
                usleep(1_400_000)
                fleet.workers["a"]?.signal(signal)
                let left = try fleet.workers["a"]?.waitForEnd(atMost: 10)
                return (try fleet.finish(), left)
            }
            #expect(left?.exitCode == 130, "\(end)")
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.master.errors.contains("worker a has left, all that it measured is here"), "\(end)")
            // The other one had all users for most of the time.
            let merged = end.result?.workers.map(\.merged) ?? []
            #expect(merged.count == 2 && merged[1] > merged[0], "\(end)")
        }

        @Test func whenAllWorkersLeaveTheRunEnds() async throws {
            let end = try await withFleet(.init(runTime: "60s")) { fleet in
                try fleet.start(workers: 2)
                sleep(1)
                for worker in fleet.workers.values { worker.signal(SIGTERM) }
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 4 && end.isAccounted, "\(end)")
            #expect(end.master.errors.contains("the last worker has left"), "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 130 }, "\(end)")
        }
    }
}

extension Fleet {
    /// Stops a process for a while.
    func suspend(_ program: RunningProgram?, seconds: Double) {
        program?.signal(SIGSTOP)
        usleep(UInt32(seconds * 1e6))
        program?.signal(SIGCONT)
    }
}
