import Foundation
import Glibc
import TestServers
import Testing

extension ClusterTests {
    /// What the language promises of a whole run, with a master and workers as processes, read at a server that is not ours.
    @Suite(.enabled(if: Nginx.path != nil, "nginx is not installed")) struct LanguageTests {
        private struct Outcome: Sendable {
            var end: FleetEnd
            /// What the requests' parameter `u` was, in the order of their ends.
            var visits: [String]
            /// The master's result file.
            var result: Data

            /// The use of the only data file: a key of docs/result-schema.md.
            func data(_ key: String) throws -> Int? {
                let root = try #require(try JSONSerialization.jsonObject(with: result) as? [String: Any])
                let rows = try #require(root["data"] as? [[String: Any]], "no data in the result")
                return try #require(rows.first)[key] as? Int
            }
        }

        /// A run of a script at nginx during which something happens. `files`: data files beside the script.
        private func run(
            _ script: String, users: Int, time: String, expecting: Int = 2, files: [String: String] = [:], flags: [String] = [],
            _ happen: @escaping @Sendable (Fleet) throws -> Void
        ) async throws -> Outcome {
            let plan = Fleet.Plan(script: script, users: users, runTime: time, expectedWorkers: expecting, flags: flags)
            return try await withFleet(plan) { fleet in
                for (name, content) in files { _ = try fleet.folder.file(name, content) }
                let nginx = try Nginx()
                try fleet.startMaster(target: "http://127.0.0.1:\(nginx.port)")
                try happen(fleet)
                var end = try fleet.finish()
                end.counted = try nginx.log().count { $0.hasPrefix("\(nginx.port) ") }
                return Outcome(
                    end: end, visits: try nginx.visits().map(\.user),
                    result: FileManager.default.contents(atPath: fleet.resultPath) ?? Data())
            }
        }

        private static func rows(_ count: Int) -> String {
            "number,word\n" + (0..<count).map { "row\($0),\"a \"\"word\"\"\"\n" }.joined()
        }

        private static func drawing(atEnd: String) -> String {
            #"""
            local rows = data { "rows.csv", per = "iteration", at_end = "\#(atEnd)" }
            user "U" { wait = constant(0.05),
              task { "draw", function(self)
                local row = rows:row(self)
                assert(row.word == 'a "word"' and row.number == rows:row(self).number)
                self.http:get("/ok?u=" .. row.number, { name = "ok" })
              end } }
            """#
        }

        @Test func everyRowIsDrawnOnceAndTheRunEndsWithTheLast() async throws {
            let outcome = try await run(
                Self.drawing(atEnd: "stop_user"), users: 20, time: "60s", expecting: 3, files: ["rows.csv": Self.rows(500)]
            ) { fleet in for name in ["a", "b", "c"] { try fleet.startWorker(name) } }
            #expect(outcome.end.master.exitCode == 0 && outcome.end.isComplete, "\(outcome.end)")
            #expect(outcome.visits.count == 500 && Set(outcome.visits).count == 500, "\(outcome.visits.count): \(outcome.end)")
            #expect(
                try outcome.data("drawn") == 500 && outcome.data("burnt") == 0 && outcome.data("left") == 0, "\(outcome.end.master.output)")
            #expect(outcome.end.master.output.contains("ended by themselves") || outcome.end.master.errors.contains("ended by themselves"))
        }

        @Test func rowsOfALostWorkerAreBurnt() async throws {
            let outcome = try await run(
                Self.drawing(atEnd: "stop_user"), users: 20, time: "14s", expecting: 2, files: ["rows.csv": Self.rows(100_000)]
            ) { fleet in
                for name in ["a", "b"] { try fleet.startWorker(name) }
                #expect(becomesTrue { ["a", "b"].allSatisfy { fleet.master?.errors.contains("worker \($0) is ready") == true } })
                sleep(2)
                fleet.workers["a"]?.signal(SIGKILL)
                sleep(6)
                try fleet.startWorker("c")
            }
            #expect(outcome.end.master.exitCode == 0 && outcome.end.unexplained == nil, "\(outcome.end)")
            #expect(Set(outcome.visits).count == outcome.visits.count && outcome.visits.count > 500, "\(outcome.visits.count)")
            let (drawn, burnt, left) = (try outcome.data("drawn") ?? 0, try outcome.data("burnt") ?? 0, try outcome.data("left") ?? 0)
            #expect(burnt > 0 && drawn + burnt + left == 100_000, "\(drawn) + \(burnt) + \(left)")
            #expect(drawn <= outcome.visits.count + 50 && drawn + burnt >= outcome.visits.count, "\(drawn), \(outcome.visits.count)")
        }

        private static let once = #"""
            local name = env("CICADA_TEST_NAME")
            setup(function(self)
              self.http:get("/ok?u=setup", { name = "setup" })
              return { token = "from-" .. name, list = { 1, 2 } }
            end)
            teardown(function(self)
              self.http:get("/ok?u=teardown-" .. self.shared.token, { name = "teardown" })
            end)
            user "U" { wait = constant(0.05),
              task { "t", function(self)
                assert(#self.shared.list == 2)
                self.http:get("/ok?u=" .. self.shared.token, { name = "ok" })
              end } }
            """#

        @Test func setupAndTeardownRunOnceForAllWorkers() async throws {
            let outcome = try await withFleet(.init(script: Self.once, users: 12, runTime: "5s", expectedWorkers: 2)) { fleet in
                let nginx = try Nginx()
                try fleet.startMaster(target: "http://127.0.0.1:\(nginx.port)", environment: ["CICADA_TEST_NAME": "master"])
                for name in ["a", "b"] { try fleet.startWorker(name, environment: ["CICADA_TEST_NAME": "worker"]) }
                sleep(2)
                try fleet.startWorker("late")
                var end = try fleet.finish()
                let visits = try nginx.visits()
                end.counted = visits.count
                return Outcome(end: end, visits: visits.map(\.user), result: Data())
            }
            #expect(outcome.end.master.exitCode == 0 && outcome.end.isAccounted, "\(outcome.end)")
            #expect(outcome.visits.first == "setup" && outcome.visits.last == "teardown-from-master", "\(outcome.visits.suffix(3))")
            #expect(Set(outcome.visits) == ["setup", "teardown-from-master", "from-master"])
            #expect(outcome.visits.count { $0 == "setup" } == 1 && outcome.visits.count { $0.hasPrefix("teardown") } == 1)
            #expect(outcome.end.result?.exceptions.isEmpty == true, "\(outcome.end.master.output)")
        }

        @Test func aSetupThatFailsIsTheEnd() async throws {
            let script = #"""
                setup(function(self)
                  self.http:get("/ok?u=setup", { name = "setup" })
                  error("no account left")
                end)
                user "U" { task { "t", function(self) self.http:get("/ok?u=user") end } }
                """#
            let outcome = try await run(script, users: 5, time: "5s") { fleet in for name in ["a", "b"] { try fleet.startWorker(name) } }
            #expect(outcome.end.master.exitCode == 3 && outcome.visits == ["setup"], "\(outcome.visits) \(outcome.end)")
            #expect(outcome.end.master.errors.contains("script.lua:3") && outcome.end.master.errors.contains("no account left"))
        }

        @Test func aStateWithoutMemoryEndsTheRunAndNamesTheClass() async throws {
            let script = #"""
                local kept = {}
                user "Quiet" { weight = 9, wait = constant(0.05), task { "t", function(self) self.http:get("/ok?u=quiet", { name = "ok" }) end } }
                user "Greedy" { fixed_count = 1, wait = constant(1), task { "eat", function(self)
                  sleep(2)
                  while true do pcall(function() kept[#kept + 1] = ("x"):rep(1000000) .. #kept end) end
                end } }
                """#
            let outcome = try await run(script, users: 10, time: "40s") { fleet in for name in ["a", "b"] { try fleet.startWorker(name) } }
            #expect(outcome.end.master.exitCode == 4, "\(outcome.end)")
            #expect(outcome.end.master.errors.contains("Greedy") && outcome.end.master.errors.contains("memory"), "\(outcome.end)")
            #expect(outcome.end.unexplained == nil && outcome.visits.count > 50, "\(outcome.end)")
        }

        @Test func endlessComputingEndsInAReportAndTheOthersRunOn() async throws {
            let script = #"""
                user "Quiet" { weight = 9, wait = constant(0.05), task { "t", function(self) self.http:get("/ok?u=quiet", { name = "ok" }) end } }
                user "Endless" { fixed_count = 1, wait = constant(100), task { "spin", function(self)
                  self.http:get("/ok?u=endless", { name = "ok" })
                  while true do pcall(function() local n = 0 while true do n = n + 1 end end) end
                end } }
                """#
            let outcome = try await run(script, users: 10, time: "5s", flags: ["--threads", "1"]) { fleet in
                for name in ["a", "b"] { try fleet.startWorker(name) }
            }
            #expect(outcome.end.master.exitCode == 0 && outcome.end.isAccounted, "\(outcome.end)")
            let exceptions = try #require(outcome.end.result).exceptions
            #expect(exceptions.count == 1 && exceptions[0].count == 1 && exceptions[0].place.hasPrefix("script.lua:4"), "\(exceptions)")
            #expect(exceptions[0].message.contains("1 s"), "\(exceptions)")
            #expect(outcome.visits.count { $0 == "quiet" } > 400, "\(outcome.visits.count)")
        }

        @Test func aScriptMayStopTheRun() async throws {
            let script = #"""
                user "U" { wait = constant(0.05), task { "t", function(self)
                  self.rounds = (self.rounds or 0) + 1
                  self.http:get("/ok?u=x", { name = "ok" })
                  counter("rounds")
                  timing("round", 0.25)
                  if self.rounds == 40 then pcall(stop_run, "forty rounds are enough") end
                end } }
                """#
            let outcome = try await run(script, users: 6, time: "60s") { fleet in for name in ["a", "b"] { try fleet.startWorker(name) } }
            #expect(outcome.end.master.exitCode == 0 && outcome.end.isAccounted, "\(outcome.end)")
            #expect((outcome.end.master.output + outcome.end.master.errors).contains("forty rounds are enough"), "\(outcome.end)")
            #expect(outcome.visits.count >= 40 && outcome.visits.count <= 6 * 60, "\(outcome.visits.count)")
            let root = try #require(try JSONSerialization.jsonObject(with: outcome.result) as? [String: Any])
            let custom = try #require(root["custom"] as? [String: Any])
            let counter = try #require((custom["counters"] as? [[String: Any]])?.first)
            let timing = try #require((custom["timings"] as? [[String: Any]])?.first)
            // A round may have been cut off between its request and what follows.
            let rounds = try #require(counter["sum"] as? Double)
            #expect(
                rounds <= Double(outcome.visits.count) && rounds >= Double(outcome.visits.count - 6), "\(counter), \(outcome.visits.count)")
            #expect(timing["count"] as? Int == counter["count"] as? Int)
        }

        @Test func fixedCountsComeFirst() async throws {
            let script = #"""
                user "Admin" { fixed_count = 2, wait = constant(0.1), on_start = function(self) self.name = "admin" .. uuid() end,
                  task { "t", function(self) self.http:get("/ok?u=" .. self.name, { name = "ok" }) end } }
                user "Guest" { wait = constant(0.1), on_start = function(self) self.name = "guest" .. uuid() end,
                  task { "t", function(self) self.http:get("/ok?u=" .. self.name, { name = "ok" }) end },
                  on_stop = function(self) self.http:get("/ok?u=bye", { name = "bye" }) end }
                """#
            let outcome = try await run(script, users: 11, time: "4s", expecting: 3) { fleet in
                for name in ["a", "b", "c"] { try fleet.startWorker(name) }
            }
            #expect(outcome.end.master.exitCode == 0 && outcome.end.isAccounted, "\(outcome.end)")
            let users = Set(outcome.visits)
            #expect(users.count { $0.hasPrefix("admin") } == 2 && users.count { $0.hasPrefix("guest") } == 9, "\(outcome.end)")
            #expect(outcome.visits.count { $0 == "bye" } == 9, "\(outcome.end)")
        }
    }
}
