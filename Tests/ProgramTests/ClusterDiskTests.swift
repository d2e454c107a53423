import Foundation
import Glibc
import TestServers
import Testing

extension ClusterFaultTests {
    /// A state that cannot be written. Full disks are played by the limit on a file's size.
    struct DiskTests {
        @Test func aDiskThatIsFullForAWhile() async throws {
            let end = try await withFleet(.init(runTime: "7s", keepsState: true)) { fleet in
                try fleet.start(workers: 2)
                sleep(1)
                try fleet.letStateGrow(by: 10)
                sleep(3)
                try fleet.letStateGrow(by: nil)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isComplete, "\(end)")
            #expect(end.master.errors.contains("the state cannot be written to"), "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
        }

        @Test func aDiskThatIsFullFromTheFirstUserOn() async throws {
            // The log's beginning is longer than the result file, so that the limit harms only the log.
            let blocks = 600
            let padding = "--" + String(repeating: "x", count: blocks * 512 - 1200) + "\n"
            let end = try await withFleet(.init(script: padding + Scripts.steady, runTime: "5s", keepsState: true)) { fleet in
                try fleet.startMaster(shell: "ulimit -S -f \(blocks); exec")
                for name in ["a", "b"] { try fleet.startWorker(name) }
                try fleet.waitForUsers()
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isComplete, "\(end)")
            #expect(end.master.errors.contains("the state cannot be written to"), "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
        }

        @Test func aDiskThatWasFullBeforeTheMasterWasKilled() async throws {
            let end = try await withFleet(.init(runTime: "9s", keepsState: true)) { fleet in
                try fleet.startMaster()
                guard fleet.master?.writes("waiting for") == true else { throw RawConnectionError(what: "no master") }
                // Not even the start of the run can be written.
                try fleet.letStateGrow(by: 3)
                for name in ["a", "b"] { try fleet.startWorker(name) }
                try fleet.waitForUsers()
                sleep(2)
                try fleet.letStateGrow(by: nil)
                sleep(2)
                fleet.master?.signal(SIGKILL)
                _ = try fleet.master?.waitForEnd()
                try fleet.startMaster()
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isComplete, "\(end)")
            #expect(end.master.errors.contains("taking up the run of the master before"), "\(end)")
        }

        @Test func aDiskWithoutRoomForThePlanIsToldAtTheStart() async throws {
            let end = try await withFleet(.init(keepsState: true)) { fleet in
                try fleet.startMaster(shell: "ulimit -S -f 0; exec").waitForEnd()
            }
            #expect(end.exitCode == 3 && end.errors.contains("--state: the state cannot be written to"), "\(end)")
        }
    }
}

extension Fleet {
    /// From now on no file of the master's may be longer than its log is now and so many bytes; nil: as long as it likes.
    fileprivate func letStateGrow(by bytes: Int?) throws {
        guard let master else { throw RawConnectionError(what: "no master") }
        var status = stat()
        if stat("\(folder.path)/state/run.cicada", &status) != 0 { throw RawConnectionError(what: "no state") }
        try master.limitFiles(bytes: bytes.map { Int(status.st_size) + $0 })
    }
}
