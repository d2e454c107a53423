import Foundation
import Glibc
import TestServers
import Testing

extension ClusterFaultTests {
    /// What becomes of the way between them.
    struct LinkTests {
        @Test(arguments: [TCPRelay.Mode.cut, .silent], [2.0, 10]) func aLinkThatIsGoneForAWhile(mode: TCPRelay.Mode, seconds: Double)
            async throws
        {
            let end = try await withFleet(.init(runTime: seconds > 4 ? "15s" : "6s")) { fleet in
                let relay = try fleet.startWithRelay()
                sleep(1)
                relay.set(mode)
                usleep(UInt32(seconds * 1e6))
                relay.set(.open)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
            if seconds < 4 {
                #expect(end.isComplete && !end.master.errors.contains("taken for lost"), "\(end)")
            } else {
                #expect(end.master.errors.contains("worker a is back"), "\(end)")
            }
        }

        @Test(.enabled(if: ClusterFaultTests.takesMinutes), arguments: [TCPRelay.Mode.cut, .silent])
        func aLinkThatIsGoneForMinutes(mode: TCPRelay.Mode) async throws {
            let end = try await withFleet(.init(runTime: "110s")) { fleet in
                let relay = try fleet.startWithRelay(["CICADA_TEST_GIVE_UP": "120"])
                sleep(1)
                relay.set(mode)
                sleep(90)
                relay.set(.open)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
        }

        @Test(.enabled(if: ClusterFaultTests.takesMinutes)) func aWorkerWhoseLinkIsGoneForMinutesGivesUp() async throws {
            let end = try await withFleet(.init(runTime: "80s")) { fleet in
                let relay = try fleet.startWithRelay()
                sleep(1)
                relay.set(.silent)
                return try fleet.finish(atMost: 120)
            }
            #expect(end.master.exitCode == 0 && end.unexplained == nil, "\(end)")
            #expect(end.workers["a"]?.exitCode == 6 && end.workers["b"]?.exitCode == 0, "\(end)")
        }

        @Test func aLinkThatIsCutOverTheEnd() async throws {
            let end = try await withFleet(.init(runTime: "3s")) { fleet in
                let relay = try fleet.startWithRelay()
                sleep(2)
                relay.set(.cut)
                sleep(4)
                relay.set(.open)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
        }

        @Test func aLinkThatStaysSilentOverTheEnd() async throws {
            let end = try await withFleet(.init(runTime: "3s")) { fleet in
                let relay = try fleet.startWithRelay(["CICADA_TEST_GIVE_UP": "8"])
                sleep(2)
                relay.set(.silent)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.unexplained == nil, "\(end)")
            #expect(end.master.errors.contains("may still come back with figures"), "\(end)")
            #expect(end.workers["a"]?.exitCode == 6 && end.workers["b"]?.exitCode == 0, "\(end)")
            #expect(end.result?.workers.first { $0.name == "b" }?.unaccountedAtMost == 0, "\(end)")
        }

        @Test func aLinkThatFailsAgainAndAgain() async throws {
            let end = try await withFleet(.init(runTime: "9s")) { fleet in
                let relay = try fleet.startWithRelay()
                for _ in 0..<12 {
                    usleep(400_000)
                    relay.set(.cut)
                    usleep(100_000)
                    relay.set(.open)
                }
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
        }

        @Test func aSlowLink() async throws {
            let end = try await withFleet(.init(runTime: "9s")) { fleet in
                let relay = try fleet.startWithRelay()
                sleep(1)
                relay.set(.slow(bytesPerSecond: 3000))
                sleep(5)
                relay.set(.open)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
        }

        @Test func aReaderWhoDoesNotReadHoldsNobodyUp() async throws {
            // Far more lines than a pipe takes.
            let script = #"""
                user "U" { wait = constant(0.05), task { "home", function(self)
                  self.http:get("/") print(("x"):rep(2000)) end } }
                """#
            let end = try await withFleet(.init(script: script, runTime: "4s")) { fleet in
                let path = fleet.folder.path
                try fleet.startMaster(
                    shell:
                        "mkfifo \(path)/pipe; (n=0; until [ -e \(path)/go ] || [ $n -gt 600 ]; do n=$((n+1)); sleep 0.1; done; exec cat) <\(path)/pipe & "
                        + "exec >\(path)/pipe 2>&1; exec")
                for name in ["a", "b"] { try fleet.startWorker(name) }
                // The workers are dismissed while nobody reads.
                for worker in fleet.workers.values { _ = try worker.waitForEnd(atMost: 30) }
                _ = try fleet.folder.file("go", "")
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isComplete, "\(end.counted) \(end.master.exitCode)")
            #expect(end.master.output.utf8.count > 200_000)
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 })
        }
    }
}

extension Fleet {
    /// Starts it with worker `a` behind a relay and worker `b` beside it, and waits until users are coming.
    func startWithRelay(_ environment: [String: String] = [:]) throws -> TCPRelay {
        let relay = try TCPRelay(to: port)
        try startMaster()
        try startWorker("a", port: relay.port, environment: environment)
        try startWorker("b")
        try waitForUsers()
        return relay
    }
}
