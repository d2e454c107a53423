import Foundation
import TestServers
import Testing

extension LocustTests {
    /// Real Locust workers under a Cicada master.
    struct LocustMasterTests {
        @Test(arguments: [1, 2, 5]) func everyRequestIsCountedOnce(workers: Int) async throws {
            let (outcome, errors) = try await onOwnThread {
                let run = try LocustFleetRun(["--expect-workers", "\(workers)", "-u", "10", "-r", "5", "-t", "5s"])
                for _ in 0..<workers { try run.addWorker() }
                let outcome = try run.finish()
                return (Summary(outcome), outcome.end.errors)
            }
            #expect(outcome.exitCode == 0, "\(errors)")
            #expect(outcome.requests > 50 && outcome.requests == outcome.counted, "\(errors)")
            #expect(outcome.failures > 0 && outcome.workers == workers && outcome.users == 10, "\(outcome)")
            #expect(outcome.output.contains("Locust workers: times rounded to 2 digits"))
            #expect(outcome.output.contains("not provable") && outcome.issuedIsNull)
            #expect(outcome.output.contains("locustfile.py:") && outcome.output.contains("boom"))
        }

        @Test func aThirdWorkerAndOneInPlaceOfALostOneGetUsers() async throws {
            let outcome = try await onOwnThread {
                let run = try LocustFleetRun(["--expect-workers", "2", "-u", "12", "-r", "12", "-t", "20s"])
                for _ in 0..<2 { try run.addWorker() }
                guard run.master.writes("(2 of 2)") else { throw RawConnectionError(what: run.master.errors) }
                try run.addWorker()
                guard run.workers[2].program.writes("All users spawned") || becomesTrue({ run.master.errors.contains("is ready: Locust") })
                else { throw RawConnectionError(what: run.master.errors) }
                Thread.sleep(forTimeInterval: 3)
                // A shell stands before it no more: it was replaced.
                run.workers[0].program.signal(SIGKILL)
                guard run.master.writes("is taken for lost") else { throw RawConnectionError(what: run.master.errors) }
                try run.addWorker()
                return Summary(try run.finish())
            }
            #expect(outcome.exitCode == 0 && outcome.workers == 4, "\(outcome)")
            #expect(outcome.usersOfWorkers.allSatisfy { $0 >= 3 }, "\(outcome)")
            // Of the one that was killed nobody knows what it did last.
            #expect(outcome.requests <= outcome.counted && outcome.output.contains("was lost"), "\(outcome)")
            #expect(!outcome.output.contains("may have sent up to"))
        }

        /// Its connection is cut, and later silent for longer than a lease. It comes back under its id, while the master may not have noticed the end of the
        /// first connection.
        @Test func aWorkerWhoseLinkIsCutComesBack() async throws {
            let (outcome, errors) = try await onOwnThread {
                let run = try LocustFleetRun(["--expect-workers", "2", "-u", "8", "-r", "8", "-t", "24s"])
                let relay = try TCPRelay(to: run.port)
                try run.addWorker()
                try run.addWorker(over: relay)
                guard run.master.writes("(2 of 2)", within: 30), run.master.writes("0:05 elapsed") else {
                    throw RawConnectionError(what: run.master.errors)
                }
                relay.set(.cut)
                Thread.sleep(forTimeInterval: 1)
                relay.set(.open)
                guard run.master.writes("0:10 elapsed") else { throw RawConnectionError(what: run.master.errors) }
                guard !run.master.errors.contains("is taken for lost") else { throw RawConnectionError(what: run.master.errors) }
                relay.set(.silent)
                guard run.master.writes("is taken for lost") else { throw RawConnectionError(what: run.master.errors) }
                relay.set(.open)
                let outcome = try run.finish()
                return (Summary(outcome), outcome.end.errors)
            }
            #expect(outcome.exitCode == 0 && outcome.workers == 2, "\(outcome) \(errors)")
            #expect(errors.contains("is back"), "\(errors)")
            // A report that had left the worker when the link was cut may be lost: 3 s of 4 users that wait 20 ms at least.
            #expect(outcome.requests <= outcome.counted && outcome.requests > outcome.counted - 600, "\(outcome)")
        }

        @Test func optionsHostAndStopTimeoutReachTheLocustfile() async throws {
            let locustfile = """
                from locust import HttpUser, task, constant, events, tag

                @events.init_command_line_parser.add_listener
                def options(parser):
                    parser.add_argument("--tenant", default="nobody")

                class Alpha(HttpUser):
                    host = "http://127.0.0.1:1"
                    wait_time = constant(0.05)

                    @tag("wanted")
                    @task
                    def slow(self):
                        self.client.get("/", name=self.environment.parsed_options.tenant)
                        import time
                        time.sleep(1)
                        self.client.get("/", name="end")

                    @tag("other")
                    @task
                    def never(self):
                        self.client.get("/never")

                """
            let (outcome, names) = try await onOwnThread {
                let run = try LocustFleetRun(
                    ["-u", "2", "-t", "3s", "--locust-option", "tenant=blue", "--tags", "wanted"], classes: "Alpha")
                try run.addWorker(locustfile)
                let outcome = try run.finish()
                let requests = outcome.result["requests"] as? [[String: Any]] ?? []
                return (Summary(outcome), requests.map { "\($0["name"] ?? "") \($0["requests"] ?? "")" })
            }
            #expect(outcome.exitCode == 0 && outcome.requests == outcome.counted, "\(outcome)")
            // Every task that began came to its end.
            #expect(names.count == 2 && names[0].hasPrefix("blue ") && names[1] == "end " + names[0].dropFirst(5), "\(names)")
        }

        @Test func workersEndWithTheRunAndSayWhy() async throws {
            let ends = try await onOwnThread {
                let run = try LocustFleetRun(["-u", "2", "-t", "2s"])
                try run.addWorker()
                _ = try run.finish()
                return try run.workers.map { try $0.program.waitForEnd(atMost: 10) }
            }
            #expect(ends.allSatisfy { $0.errors.contains("Got quit message from master") }, "\(ends.map(\.errors))")
        }

        @Test func numbersOfUsersFollowStagesAndOrdersFromOutside() async throws {
            let (outcome, scaled, table) = try await onOwnThread {
                let run = try LocustFleetRun([
                    "--expect-workers", "2", "--stages", "2s:8, 1s:8, 2s:2, 10s:2", "--threshold", "p95 < 5s over 5s",
                ])
                for _ in 0..<2 { try run.addWorker() }
                guard run.master.writes("0:05 elapsed") else { throw RawConnectionError(what: run.master.errors) }
                let operation = ["--plain", "--master-port", "\(run.port)"]
                let table = try CicadaCall.now(["workers"] + operation)
                Thread.sleep(forTimeInterval: 1)
                let scaled = try CicadaCall.now(["scale", "--users", "6", "--spawn-rate", "10"] + operation)
                return (Summary(try run.finish()), scaled, table)
            }
            #expect(outcome.exitCode == 0 && outcome.requests == outcome.counted, "\(outcome)")
            #expect(outcome.usersOfWorkers == [4, 4], "\(outcome)")
            #expect(scaled.exitCode == 0 && scaled.output.contains("6"), "\(scaled)")
            #expect(table.exitCode == 0 && table.output.contains("running"), "\(table)")
        }

        @Test func aLocustfileWithoutTheClassIsNamed() async throws {
            let errors = try await onOwnThread {
                let run = try LocustFleetRun(["-u", "2", "-t", "14s"], classes: "Alpha:1,Gamma:1")
                try run.addWorker()
                return try run.finish().end.errors
            }
            #expect(errors.contains("has no user class Gamma") && errors.contains("its locustfile has Alpha, Beta"), "\(errors)")
            #expect(errors.contains("does not have the users that it is to have") && errors.contains("(Gamma: 0 of 1)"), "\(errors)")
        }
    }

    /// What tests ask of a run, as values.
    struct Summary: Sendable {
        let exitCode: Int32
        let output: String
        let requests: Int
        let failures: Int
        let counted: Int
        let workers: Int
        let usersOfWorkers: [Int]
        let issuedIsNull: Bool
        var users: Int { usersOfWorkers.reduce(0, +) }

        init(_ outcome: LocustFleetRun.Outcome) {
            exitCode = outcome.end.exitCode
            output = outcome.end.output
            requests = outcome.requests
            failures = outcome.total["failures"] as? Int ?? -1
            counted = outcome.counted
            workers = outcome.workers.count
            usersOfWorkers = outcome.workers.map { $0["users"] as? Int ?? -1 }
            issuedIsNull = !outcome.workers.isEmpty && outcome.workers.allSatisfy { $0["issued"] is NSNull && $0["unaccounted"] is NSNull }
        }
    }
}
