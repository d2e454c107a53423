import Foundation
import Glibc
import TestServers
import Testing

extension ClusterFaultTests {
    /// Faults that come one upon the other.
    struct ManyFaultsTests {
        @Test func oneFaultAfterTheOther() async throws {
            let end = try await withFleet(.init(runTime: "17s", keepsState: true)) { fleet in
                let relay = try fleet.startWithRelay()
                sleep(1)
                // A worker's link breaks while another worker is stopped, and the master dies before the link is back.
                relay.set(.cut)
                fleet.workers["b"]?.signal(SIGSTOP)
                sleep(1)
                fleet.master?.signal(SIGKILL)
                _ = try fleet.master?.waitForEnd()
                fleet.workers["b"]?.signal(SIGCONT)
                sleep(1)
                try fleet.startMaster()
                relay.set(.silent)
                sleep(1)
                // A third one comes while the first two are not back.
                try fleet.startWorker("c")
                relay.set(.open)
                sleep(3)
                fleet.suspend(fleet.master, seconds: 2)
                fleet.workers["b"]?.signal(SIGTERM)
                relay.set(.cut)
                usleep(500_000)
                relay.set(.open)
                fleet.suspend(fleet.workers["c"], seconds: 2)
                return try fleet.finish(atMost: 40)
            }
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.workers.mapValues(\.exitCode) == ["a": 0, "b": 130, "c": 0], "\(end)")
        }
    }
}
