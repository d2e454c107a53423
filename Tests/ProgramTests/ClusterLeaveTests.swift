import Foundation
import Glibc
import TestServers
import Testing

extension ClusterTests {
    /// What a worker says when it leaves, or is not taken.
    struct LeaveTests {
        private static let leaving = "leaving: delivering the last figures (Ctrl-C again ends at once)"

        @Test func aWorkerSaysThatItIsLeaving() async throws {
            let (left, end) = try await withFleet(.init(runTime: "2m")) { fleet in
                try fleet.start(workers: 2)
                let worker = fleet.workers["a"]
                worker?.signal(SIGINT)
                let left = try worker?.waitForEnd()
                fleet.master?.signal(SIGINT)
                return (left, try fleet.finish())
            }
            #expect(left?.exitCode == 130 && left?.errors.contains(Self.leaving) == true, "\(String(describing: left))")
            #expect(left?.errors.contains("not delivered") == false && end.isAccounted, "\(end)")
        }

        @Test func aWorkerThatEndsAtOnceSaysWhatItKeepsForItself() async throws {
            let left = try await withFleet(.init(runTime: "2m", expectedWorkers: 1)) { fleet in
                try fleet.start(workers: 1)
                guard let worker = fleet.workers["a"], becomesTrue({ (try? fleet.webapp.count()) ?? 0 > 100 }) else {
                    throw RawConnectionError(what: "no requests")
                }
                // A master that does not acknowledge.
                fleet.master?.signal(SIGSTOP)
                usleep(300_000)
                worker.signal(SIGINT)
                guard worker.writes(Self.leaving) else { throw RawConnectionError(what: worker.errors) }
                worker.signal(SIGINT)
                return try worker.waitForEnd()
            }
            #expect(left.exitCode == 130 && left.errors.contains("requests were not delivered to the master"), "\(left)")
        }

        @Test func aTakenNameIsToldOnce() async throws {
            let (other, end) = try await withFleet(.init(runTime: "2m", expectedWorkers: 1)) { fleet in
                try fleet.start(workers: 1)
                let path = try RunningProgram.path(ofBuilt: "cicada")
                let other = try RunningProgram(
                    path: path, ["worker", "--master-port", "\(fleet.port)", "--name", "a", "--stay"], environment: fleet.keys)
                guard other.writes("refused by the master") else { throw RawConnectionError(what: other.errors) }
                // Several attempts more.
                sleep(4)
                let end = try other.stop()
                fleet.master?.signal(SIGINT)
                return (end, try fleet.finish())
            }
            #expect(other.exitCode == 130 && other.errors.split(separator: "\n").count { $0.contains("refused by") } == 1, "\(other)")
            #expect(end.isComplete, "\(end)")
        }
    }
}
