import Foundation
import Glibc
import TestServers
import Testing

extension ClusterTests {
    /// Processes that are killed, stopped and told to end, links that are cut: nothing is lost without being said, and nothing hangs.
    struct FaultTests {
        @Test func aKilledWorkerIsAccountedFor() async throws {
            let end = try await onOwnThread {
                let fleet = try Fleet(.init(runTime: "7s"))
                try fleet.start(workers: 2)
                sleep(1)
                fleet.workers["a"]?.signal(SIGKILL)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.unexplained == nil, "\(end)")
            #expect(end.workers["b"]?.exitCode == 0)
            let lost = try #require(end.result?.workers.first { $0.name == "a" })
            #expect(lost.unaccountedAtMost > 0 && lost.merged > 0, "\(end)")
        }
    }
}
