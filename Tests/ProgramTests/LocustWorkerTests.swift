import Foundation
import Glibc
import TestServers
import Testing

extension LocustTests {
    /// Cicada workers under the real Locust master.
    struct LocustWorkerTests {
        /// 100 requests of each user of `Alpha`, 60 of each of `Beta`, and no more.
        private static let limited = #"""
            local function limit(self, most) self.n = (self.n or 0) + 1 if self.n > most then stop_user() end end
            user "Alpha" { wait = constant(0.02), task { "home", function(self) limit(self, 100) self.http:get("/") end } }
            user "Beta" { wait = constant(0.02), task { "metrics", function(self)
              limit(self, 60) self.http:post("/metrics", { form = { deviceid = "x", timestamp = timestamp() } }) end } }
            """#

        /// The load has ended long before the master says `quit`: its figures are the server's, to the last request.
        @Test(arguments: [1, 2, 5]) func countsAreTheServers(workers: Int) async throws {
            try await onOwnThread {
                let fleet = try LocustFleet(script: Self.limited)
                try fleet.startHeadlessMaster(["-u", "20", "-r", "10", "-t", "11", "--expect-workers", "\(workers)"])
                for _ in 0..<workers { try fleet.startWorker() }
                let end = try fleet.waitForEnd()
                let (total, counted) = (try fleet.row("Aggregated"), try fleet.webapp.count())
                #expect(counted == 15 * 100 + 5 * 60, "\(end)")
                #expect(total["Request Count"] == "\(counted)" && total["Failure Count"] == "0", "\(total)")
                #expect(try fleet.row("/")["Request Count"] == "1500" && fleet.row("/metrics")["Request Count"] == "300")
                #expect(end.master.exitCode == 0 && end.workers.map(\.exitCode) == Array(repeating: 0, count: workers), "\(end)")
                #expect(
                    end.master.errors.contains("All users spawned: {\"Alpha\": 15, \"Beta\": 5} (20 total users)"), "\(end.master.errors)")
                for worker in end.workers {
                    #expect(worker.errors.contains("the Locust master has ended, all figures are delivered"), "\(worker.errors)")
                }
            }
        }

        /// Ramps, more users, fewer users, stop, and the whole again with the same workers.
        @Test func usersFollowTheMaster() async throws {
            try await onOwnThread {
                let fleet = try LocustFleet()
                try fleet.startWebMaster(["--stop-timeout", "2"])
                for _ in 0..<2 { try fleet.startWorker() }
                try fleet.waitFor("two workers are ready") { $0.workers.map(\.state) == ["ready", "ready"] }
                var before = 0
                for users in [8, 12] {
                    try fleet.swarm(users: users, rate: 4)
                    try fleet.waitFor("\(users) users run") {
                        $0.users == users && $0.state == "running"
                            && $0.workers.allSatisfy { $0.users == users / 2 && $0.state == "running" }
                    }
                    try fleet.swarm(users: 20)
                    try fleet.waitFor("20 users run") { $0.users == 20 }
                    try fleet.swarm(users: 4)
                    try fleet.waitFor("4 users run") { $0.users == 4 && $0.workers.map(\.users) == [2, 2] }
                    try fleet.stop()
                    let counted = try fleet.webapp.count() - before
                    let statistics = try fleet.waitFor("all is counted") { $0.total?.requests == counted && $0.users == 0 }
                    #expect(counted > 100 && statistics.total?.failures == 0)
                    #expect(statistics.stats.map(\.requests).dropLast().reduce(0, +) == counted)
                    usleep(300_000)
                    // Nothing goes on.
                    #expect(try fleet.webapp.count() - before == counted)
                    before += counted
                    try fleet.waitFor("they are back") { $0.workers.map(\.state) == ["ready", "ready"] }
                }
                let end = try fleet.finish()
                #expect(end.workers.map(\.exitCode) == [0, 0], "\(end)")
            }
        }

        /// Failures with their reasons, exceptions with their place, and what the script prints.
        @Test func failuresExceptionsAndLinesArrive() async throws {
            try await onOwnThread {
                let fleet = try LocustFleet(
                    script: #"""
                        user "Alpha" { wait = constant(0.1), task { "home", function(self)
                          print("a line of the script")
                          check(self.http:get("/"), "is it's own", false)
                        end } }
                        user "Beta" { wait = constant(0.5), task { "bad", function(self) self.http:get("/none", { name = "none" }) error("boom from a task") end } }
                        """#)
                let master = try fleet.startWebMaster()
                let worker = try fleet.startWorker()
                try fleet.waitFor("a worker is ready") { $0.workers.count == 1 }
                try fleet.swarm(users: 4)
                try fleet.waitFor("both fail") { statistics in
                    ["check failed: is it's own", "HTTP 404"].allSatisfy { text in statistics.errors.contains { $0.error.contains(text) } }
                }
                try fleet.stop()
                let counted = try fleet.webapp.count()
                let statistics = try fleet.waitFor("all is counted") { $0.total?.requests == counted }
                #expect(statistics.total?.failures == counted && statistics.errors.reduce(0) { $0 + $1.occurrences } == counted)
                let exceptions = try master.get("/exceptions").body
                #expect(exceptions.contains("boom from a task") && exceptions.contains("shop.lua:5"), "\(exceptions)")
                #expect(becomesTrue { (try? master.get("/logs").body.contains("a line of the script")) == true }, "\(worker.errors)")
            }
        }

        /// What Locust's own workers lose: the figures since the last report.
        @Test func aWorkerThatIsToldToEndDeliversItsLastFigures() async throws {
            try await onOwnThread {
                let fleet = try LocustFleet()
                try fleet.startWebMaster()
                for _ in 0..<2 { try fleet.startWorker() }
                try fleet.waitFor("two workers are ready") { $0.workers.count == 2 }
                try fleet.swarm(users: 8)
                try fleet.waitFor("there are requests") { $0.total?.requests ?? 0 > 100 }
                let end = try fleet.workers[0].stop()
                #expect(end.exitCode == 130 && end.errors.contains("left"), "\(end)")
                try fleet.waitFor("one is left") { $0.workers.count == 1 }
                try fleet.stop()
                let counted = try fleet.webapp.count()
                try fleet.waitFor("all is counted") { $0.total?.requests == counted }
            }
        }

        /// A worker is killed, and another comes under its name.
        @Test func aWorkerThatWasKilledComesBack() async throws {
            try await onOwnThread {
                let fleet = try LocustFleet()
                try fleet.startWebMaster(["--enable-rebalancing"])
                for name in ["a_1", "b_1"] { try fleet.startWorker(["--name", name]) }
                try fleet.waitFor("two workers are ready") { $0.workers.count == 2 }
                try fleet.swarm(users: 8)
                try fleet.waitFor("8 users run") { $0.users == 8 && $0.total?.requests ?? 0 > 50 }
                fleet.workers[1].signal(SIGKILL)
                try fleet.waitFor("its users are the other's") { statistics in
                    statistics.users == 8 && statistics.workers.contains { $0.id == "a_1" && $0.users == 8 }
                }
                try fleet.startWorker(["--name", "b_1"])
                try fleet.waitFor("it is back") { $0.users == 8 && $0.workers.map(\.users).sorted() == [4, 4] }
                try fleet.stop()
                // As old as statistics may be.
                usleep(2_100_000)
                let (counted, requests) = (try fleet.webapp.count(), try fleet.statistics().total?.requests ?? 0)
                // What the killed one had not reported is lost: 3 s of 4 users at most.
                #expect(requests <= counted && requests > counted - 4 * 20 * 4, "\(requests) of \(counted)")
            }
        }

        /// Its workers stay: they find the new master, which knows none of them, and have no users until it says so.
        @Test func aMasterThatIsStartedAnewGetsItsWorkersBack() async throws {
            try await onOwnThread {
                let fleet = try LocustFleet()
                try fleet.startWebMaster()
                let worker = try fleet.startWorker()
                try fleet.waitFor("a worker is ready") { $0.workers.count == 1 }
                try fleet.swarm(users: 4)
                try fleet.waitFor("4 users run") { $0.users == 4 }
                fleet.master?.program.signal(SIGKILL)
                _ = try fleet.master?.program.waitForEnd()
                try fleet.startWebMaster()
                try fleet.waitFor("the worker is back") { $0.workers.map(\.state) == ["ready"] }
                #expect(worker.writes("the Locust master has been started anew"), "\(worker.errors)")
                usleep(500_000)
                let before = try fleet.webapp.count()
                usleep(300_000)
                #expect(try fleet.webapp.count() == before)
                try fleet.swarm(users: 6)
                try fleet.waitFor("6 users run") { $0.users == 6 && $0.total?.requests ?? 0 > 50 }
                try fleet.stop()
                let counted = try fleet.webapp.count() - before
                try fleet.waitFor("all is counted") { $0.total?.requests == counted }
            }
        }

        /// What the two sides do not share is said, and the rest is carried out.
        @Test func classesThatAreUnknownAreNamed() async throws {
            try await onOwnThread {
                let fleet = try LocustFleet()
                try fleet.startWebMaster(
                    locustfile: LocustFleet.locustfile.replacing("class Beta", with: "class Betta")
                        + "\n\n\nclass Gamma(User):\n    fixed_count = 2\n")
                let worker = try fleet.startWorker()
                try fleet.waitFor("a worker is ready") { $0.workers.count == 1 }
                try fleet.swarm(users: 6)
                let statistics = try fleet.waitFor("three users run") { $0.users == 3 && $0.state == "running" }
                #expect(statistics.total != nil)
                #expect(worker.writes("no user class 'Betta'") && worker.writes("did you mean 'Beta'?"), "\(worker.errors)")
                #expect(worker.writes("no user class 'Gamma'"), "\(worker.errors)")
                #expect(worker.errors.components(separatedBy: "'Gamma'").count == 2, "\(worker.errors)")
            }
        }

        /// Tasks that are running get the time that the master grants them.
        @Test func runningTasksAreGivenTheMastersTime() async throws {
            try await onOwnThread {
                let fleet = try LocustFleet(
                    script: #"""
                        user "Alpha" { task { "slow", function(self) self.http:get("/") sleep(1.5) self.http:get("/", { name = "late" }) end } }
                        user "Beta" { task { "slow", function(self) self.http:get("/") sleep(1.5) self.http:get("/", { name = "late" }) end } }
                        """#)
                try fleet.startWebMaster(["--stop-timeout", "5"])
                try fleet.startWorker()
                try fleet.waitFor("a worker is ready") { $0.workers.count == 1 }
                try fleet.swarm(users: 6)
                try fleet.waitFor("6 users run") { $0.users == 6 }
                try fleet.stop()
                let counted = try fleet.webapp.count()
                let statistics = try fleet.waitFor("all is counted") { $0.total?.requests == counted }
                let requests = Dictionary(statistics.stats.map { ($0.name, $0.requests) }, uniquingKeysWith: +)
                #expect(requests["late"] == requests["/"] && requests["late"] ?? 0 >= 6, "\(requests)")
            }
        }
    }
}
