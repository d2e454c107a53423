import Foundation
import Glibc
import TestServers
import Testing

extension ClusterFaultTests {
    /// What becomes of the master's process.
    struct MasterTests {
        @Test func aMasterThatIsStoppedForAMomentLosesNothing() async throws {
            let end = try await withFleet(.init(runTime: "6s")) { fleet in
                try fleet.start(workers: 2)
                sleep(1)
                fleet.suspend(fleet.master, seconds: 2)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isComplete, "\(end)")
            #expect(!end.master.errors.contains("taken for lost"), "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 && !$0.errors.contains("load stopped") }, "\(end)")
        }

        @Test func aMasterThatIsStoppedForLongerFindsItsWorkersAgain() async throws {
            let (end, stood) = try await withFleet(.init(runTime: "12s")) { fleet in
                try fleet.start(workers: 2)
                sleep(1)
                fleet.master?.signal(SIGSTOP)
                let stood = try fleet.standsStill(after: 4.5, for: 1.5)
                fleet.master?.signal(SIGCONT)
                return (try fleet.finish(), stood)
            }
            #expect(stood && end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 && $0.errors.contains("load stopped") }, "\(end)")
        }

        @Test(.enabled(if: ClusterFaultTests.takesMinutes)) func aMasterThatIsStoppedForMinutesHasNoWorkersAnyMore() async throws {
            let end = try await withFleet(.init(runTime: "180s")) { fleet in
                try fleet.start(workers: 2)
                sleep(1)
                fleet.suspend(fleet.master, seconds: 90)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 4 && end.unexplained == nil, "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 6 }, "\(end)")
        }

        @Test(arguments: [1.5, 6]) func aMasterWithStateTakesTheRunUpAgain(seconds: Double) async throws {
            let end = try await withFleet(.init(runTime: seconds > 4 ? "13s" : "7s", keepsState: true)) { fleet in
                try fleet.restartMaster(after: seconds)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.master.errors.contains("taking up the run of the master before"), "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
            // Within the lease nobody stops.
            if seconds < 2 { #expect(end.isComplete && end.workers.values.allSatisfy { !$0.errors.contains("load stopped") }, "\(end)") }
        }

        @Test(.enabled(if: ClusterFaultTests.takesMinutes)) func aMasterWithStateMayBeAwayForLong() async throws {
            let end = try await withFleet(.init(runTime: "60s", keepsState: true)) { fleet in
                try fleet.restartMaster(after: 45)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
        }

        @Test func aMasterThatIsKilledTwiceTakesTheRunUpTwice() async throws {
            let end = try await withFleet(.init(runTime: "8s", keepsState: true)) { fleet in
                try fleet.restartMaster(after: 0.5, 0)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isComplete, "\(end)")
        }

        @Test func aMasterThatIsStoppedOverTheEndFindsItsWorkersAgain() async throws {
            let end = try await withFleet(.init(runTime: "3s")) { fleet in
                try fleet.start(workers: 2)
                sleep(2)
                fleet.suspend(fleet.master, seconds: 6)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
        }

        @Test func aMasterThatIsKilledWhileTheRunEndsTakesItUpAgain() async throws {
            // Tasks go on for up to two seconds after the stop.
            let script = #"""
                user "U" { task { "home", function(self) self.http:get("/") sleep(1) self.http:get("/") sleep(1) self.http:get("/") end } }
                """#
            let plan = Fleet.Plan(script: script, spawnRate: 8, runTime: "3s", flags: ["--stop-timeout", "8s"], keepsState: true)
            let end = try await withFleet(plan) { fleet in
                let next = try fleet.prepareMaster()
                try fleet.start(workers: 2)
                usleep(3_300_000)
                try fleet.replaceMaster(by: next, after: 0.3)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isComplete, "\(end)")
            #expect(end.master.errors.contains("taking up the run of the master before"), "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
        }

        /// Times are those of the run, and the history goes on, though the master is another one.
        @Test func theReportsOfARestartedMasterBeginWhereTheRunDid() async throws {
            let (end, rows, began, present, json) = try await onOwnThread {
                let fleet = try Fleet(.init(runTime: "8s", keepsState: true))
                let csv = ["--csv", "\(fleet.folder.path)/x"]
                _ = try fleet.folder.file("x_stats_history.csv", "of another run\r\n")
                let next = try fleet.prepareMaster(csv)
                try fleet.startMaster(csv)
                // The run begins when both are there, not when the master does.
                sleep(2)
                let began = Date().timeIntervalSince1970
                for name in ["a", "b"] { try fleet.startWorker(name) }
                try fleet.waitForUsers()
                let present = Date().timeIntervalSince1970
                sleep(3)
                try fleet.replaceMaster(by: next, after: 0.5)
                let end = try fleet.finish()
                let rows = try fleet.folder.text("x_stats_history.csv").split(separator: "\r\n").map { $0.split(separator: ",") }
                return (end, rows.map { $0.map(String.init) }, began, present, try fleet.folder.text("result.json"))
            }
            #expect(end.master.exitCode == 0 && end.isComplete, "\(end)")
            let times = rows.dropFirst().compactMap { $0.first.flatMap { Double($0) } }
            // No second has two rows; those in which no master was there, which may be some on a busy machine, have none.
            #expect(rows.first?.first == "Timestamp" && times == Set(times).sorted() && times.count >= 3 && times.count <= 9, "\(rows)")
            let (first, last) = (times.first ?? 0, times.last ?? 0)
            #expect(first > began - 1 && first < present + 2 && last > began + 5 && last < present + 10, "\(times), \(began) to \(present)")
            let start = try #require(json.firstMatch(of: /"started_at": ?"([^"]+)"/)).output.1
            let parsed = try Date(
                String(start),
                strategy: .iso8601.year().month().day().time(includingFractionalSeconds: start.contains(".")).timeZone(separator: .omitted))
            #expect(parsed.timeIntervalSince1970 > began && parsed.timeIntervalSince1970 < present, "\(start)")
        }

        @Test func aWorkerThatDiesWithTheMasterIsAccountedFor() async throws {
            let end = try await withFleet(.init(runTime: "12s", keepsState: true)) { fleet in
                let next = try fleet.prepareMaster()
                try fleet.start(workers: 2)
                usleep(3_300_000)
                for program in [fleet.master, fleet.workers["a"]] { program?.signal(SIGKILL) }
                try fleet.replaceMaster(by: next, after: 0.5)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.unexplained == nil, "\(end)")
            #expect(end.workers["b"]?.exitCode == 0, "\(end)")
            let lost = try #require(end.result?.workers.first { $0.name == "a" })
            #expect(lost.unaccountedAtMost > 0 && lost.merged > 0, "\(end)")
        }

        @Test func aWorkerThatComesBackAfterTheRunTimeIsWaitedFor() async throws {
            let end = try await withFleet(.init(runTime: "4s", keepsState: true)) { fleet in
                let next = try fleet.prepareMaster()
                let relay = try fleet.startWithRelay()
                sleep(2)
                relay.set(.cut)
                try fleet.replaceMaster(by: next, after: 2.5)
                sleep(3)
                relay.set(.open)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.master.errors.contains("a may still come back with figures"), "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
        }

        @Test func aWorkerThatLeftBeforeTheMasterWasKilledIsNotMissed() async throws {
            let end = try await withFleet(.init(runTime: "6s", keepsState: true)) { fleet in
                let next = try fleet.prepareMaster()
                try fleet.start(workers: 2)
                usleep(1_500_000)
                fleet.workers["a"]?.signal(SIGTERM)
                _ = try fleet.workers["a"]?.waitForEnd()
                guard fleet.master?.writes("worker a has left") == true else { throw RawConnectionError(what: fleet.master?.errors ?? "") }
                try fleet.replaceMaster(by: next, after: 0)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
            #expect(end.workers.mapValues(\.exitCode) == ["a": 130, "b": 0], "\(end)")
        }

        @Test(arguments: [1.5, 7]) func aMasterWithoutStateBeginsANewRun(seconds: Double) async throws {
            let (end, stood) = try await withFleet(.init(runTime: "4s")) { fleet in
                let next = try fleet.prepareMaster()
                try fleet.start(workers: 2)
                sleep(1)
                fleet.master?.signal(SIGKILL)
                _ = try fleet.master?.waitForEnd()
                var stood = true
                if seconds > 4.5 {
                    stood = try fleet.standsStill(after: 4.5, for: seconds - 4.5)
                } else {
                    usleep(UInt32(seconds * 1e6))
                }
                try fleet.replaceMaster(by: next, after: 0)
                return (try fleet.finish(), stood)
            }
            #expect(stood && end.master.exitCode == 0, "\(end)")
            let result = try #require(end.result)
            #expect(result.sentForEarlierMaster.map(\.worker).sorted() == ["a", "b"] && result.sentBefore > 100, "\(end)")
            #expect(result.unaccountedAtMost == 0 && result.issued == result.merged + result.interrupted, "\(end)")
            // Two of each worker may have been cut off when it turned to the new run: it has that many threads.
            let all = result.merged + result.interrupted + result.sentBefore
            #expect(end.counted <= all && end.counted >= all - result.interrupted - 20, "\(all) are told of; \(end)")
            #expect(end.master.errors.contains("comes from a run whose master has gone"), "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
        }

        @Test func withoutAMasterWorkersGiveUp() async throws {
            let ends = try await withFleet(.init(runTime: "60s")) { fleet in
                try fleet.startMaster()
                for name in ["a", "b"] { try fleet.startWorker(name, environment: ["CICADA_TEST_GIVE_UP": "6"]) }
                try fleet.waitForUsers()
                fleet.master?.signal(SIGKILL)
                return try fleet.workers.values.map { try $0.waitForEnd(atMost: 20) }
            }
            #expect(ends.allSatisfy { $0.exitCode == 6 && $0.errors.contains("no master at 127.0.0.1") }, "\(ends)")
            #expect(ends.allSatisfy { $0.errors.contains("load stopped, figures kept") }, "\(ends)")
        }

        @Test(.enabled(if: ClusterFaultTests.takesMinutes)) func withoutAMasterWorkersGiveUpAfterAMinute() async throws {
            let (ends, seconds) = try await withFleet(.init(runTime: "60s")) { fleet in
                try fleet.start(workers: 2)
                fleet.master?.signal(SIGKILL)
                let begun = monotonicSeconds()
                return (try fleet.workers.values.map { try $0.waitForEnd(atMost: 75) }, monotonicSeconds() - begun)
            }
            #expect(ends.allSatisfy { $0.exitCode == 6 } && seconds > 50, "\(ends)")
        }

        @Test(arguments: [SIGTERM, SIGINT]) func aMasterThatIsToldToEndEndsTheRunInOrder(signal: Int32) async throws {
            let end = try await withFleet(.init(runTime: "60s")) { fleet in
                try fleet.start(workers: 2)
                usleep(1_700_000)
                fleet.master?.signal(signal)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 130 && end.isComplete, "\(end)")
            #expect(end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
        }
    }
}

extension Fleet {
    /// A master that has been started, since that takes a while, and waits to be told to go on.
    fileprivate struct NextMaster {
        let program: RunningProgram
        let word: String
    }

    /// Starts the master that is to follow the one there is, or is to come.
    fileprivate func prepareMaster(_ flags: [String] = []) throws -> NextMaster {
        let present = master
        defer { master = present }
        let word = "\(folder.path)/go-on-\(UUID())"
        let program = try startMaster(flags, environment: ["CICADA_TEST_GO_ON": word])
        guard program.writes("waiting to be told to go on") else { throw RawConnectionError(what: program.errors) }
        return NextMaster(program: program, word: word)
    }

    /// Kills the master; the next one goes on after a pause, in seconds.
    fileprivate func replaceMaster(by next: NextMaster, after pause: Double) throws {
        master?.signal(SIGKILL)
        _ = try master?.waitForEnd()
        usleep(UInt32(pause * 1e6))
        guard FileManager.default.createFile(atPath: next.word, contents: nil) else {
            throw RawConnectionError(what: "cannot write \(next.word)")
        }
        master = next.program
    }

    /// Starts it with two workers; then, as often as there are pauses, kills the master 1.3 s later, and the next one begins after the pause.
    fileprivate func restartMaster(after pauses: Double...) throws {
        let next = try pauses.map { _ in try prepareMaster() }
        try start(workers: 2)
        for (pause, next) in zip(pauses, next) {
            usleep(1_300_000)
            try replaceMaster(by: next, after: pause)
        }
    }

    /// Waits, then looks whether the target is asked for nothing during a time.
    func standsStill(after wait: Double, for seconds: Double) throws -> Bool {
        usleep(UInt32(wait * 1e6))
        let before = try webapp.count()
        usleep(UInt32(seconds * 1e6))
        return try webapp.count() == before
    }
}
