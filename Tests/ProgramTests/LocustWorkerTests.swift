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
                try hold(counted == 15 * 100 + 5 * 60, "\(end)")
                try hold(total["Request Count"] == "\(counted)" && total["Failure Count"] == "0", "\(total)")
                try hold(fleet.row("/")["Request Count"] == "1500" && fleet.row("/metrics")["Request Count"] == "300")
                try hold(end.master.exitCode == 0 && end.workers.map(\.exitCode) == Array(repeating: 0, count: workers), "\(end)")
                try hold(
                    end.master.errors.contains("All users spawned: {\"Alpha\": 15, \"Beta\": 5} (20 total users)"), "\(end.master.errors)")
                for worker in end.workers {
                    try hold(worker.errors.contains("the Locust master has ended, all figures are delivered"), "\(worker.errors)")
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
                    try hold(counted > 100 && statistics.total?.failures == 0)
                    try hold(statistics.stats.map(\.requests).dropLast().reduce(0, +) == counted)
                    usleep(300_000)
                    // Nothing goes on.
                    try hold(fleet.webapp.count() - before == counted)
                    before += counted
                    try fleet.waitFor("they are back") { $0.workers.map(\.state) == ["ready", "ready"] }
                }
                let end = try fleet.finish()
                try hold(end.workers.map(\.exitCode) == [0, 0], "\(end)")
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
                try hold(statistics.total?.failures == counted && statistics.errors.reduce(0) { $0 + $1.occurrences } == counted)
                let exceptions = try master.get("/exceptions").body
                try hold(exceptions.contains("boom from a task") && exceptions.contains("shop.lua:5"), "\(exceptions)")
                try hold(becomesTrue { (try? master.get("/logs").body.contains("a line of the script")) == true }, "\(worker.errors)")
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
                try hold(end.exitCode == 130 && end.errors.contains("left"), "\(end)")
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
                try hold(requests <= counted && requests > counted - 4 * 20 * 4, "\(requests) of \(counted)")
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
                try hold(worker.writes("the Locust master has been started anew"), "\(worker.errors)")
                usleep(500_000)
                let before = try fleet.webapp.count()
                usleep(300_000)
                try hold(fleet.webapp.count() == before)
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
                try hold(statistics.total != nil)
                try hold(worker.writes("no user class 'Betta'") && worker.writes("did you mean 'Beta'?"), "\(worker.errors)")
                try hold(worker.writes("no user class 'Gamma'"), "\(worker.errors)")
                try hold(worker.errors.components(separatedBy: "'Gamma'").count == 2, "\(worker.errors)")
            }
        }

        /// A Locust master deals users to both kinds, and adds up what both report.
        @Test func locustsOwnWorkersStandBesideCicadas() async throws {
            try await onOwnThread {
                let fleet = try LocustFleet()
                let locustfile = LocustFleet.locustfile.replacing("import User", with: "import User, constant, task")
                    .replacing(
                        "    weight", with: "    wait_time = constant(1)\n\n    @task\n    def rest(self):\n        pass\n\n    weight")
                try fleet.startWebMaster(locustfile: locustfile)
                let locust = try LocustProgram.worker(locustfile, port: fleet.port)
                try fleet.startWorker()
                try fleet.waitFor("both are ready") { $0.workers.count == 2 }
                try fleet.swarm(users: 8)
                try fleet.waitFor("both have users") { $0.users == 8 && $0.workers.map(\.users) == [4, 4] && $0.total?.requests ?? 0 > 20 }
                try fleet.stop()
                let counted = try fleet.webapp.count()
                try fleet.waitFor("all is counted") { $0.total?.requests == counted }
                try hold(!locust.program.hasEnded, locust.program.errors)
            }
        }

        /// What is no Locust master is told to be none, at once or when it does not answer.
        @Test(arguments: [[], ["--plain"]]) func aCicadaMasterIsNoLocustMaster(flags: [String]) async throws {
            let words = flags.isEmpty ? "is no Locust master; trying again" : "does not answer: is it a Locust master?"
            let (worker, master) = try await onOwnThread {
                let fleet = try LocustFleet()
                let script = try fleet.folder.file("other.lua", Scripts.steady)
                let master = try RunningProgram(
                    path: RunningProgram.path(ofBuilt: "cicada"),
                    ["master", script, "--host", fleet.webapp.url, "--port", "\(fleet.port)", "-t", "1"] + flags,
                    environment: ["CICADA_HOME": "\(fleet.folder.path)/keys"])
                let worker = try fleet.startWorker()
                try hold(worker.writes(words), worker.errors)
                return (try worker.stop(), try master.stop())
            }
            #expect(worker.exitCode == 130 && master.exitCode == 130, "\(worker) \(master)")
        }

        /// The network breaks for a moment, for longer, and falls silent: the worker is the same to its master, users go on, and what was measured meanwhile
        /// comes.
        @Test func aBrokenConnectionCostsNothing() async throws {
            try await onOwnThread {
                let fleet = try LocustFleet()
                try fleet.startWebMaster()
                let relay = try TCPRelay(to: fleet.port)
                let worker = try fleet.startWorker(port: relay.port)
                try fleet.waitFor("it is ready") { $0.workers.count == 1 }
                try fleet.swarm(users: 8)
                try fleet.waitFor("8 users run") { $0.users == 8 && $0.total?.requests ?? 0 > 20 }
                let id = try fleet.statistics().workers[0].id
                for (mode, pause) in [(TCPRelay.Mode.cut, UInt32(100_000)), (.cut, 2_500_000), (.silent, 2_500_000)] {
                    relay.set(mode)
                    usleep(pause)
                    relay.set(.open)
                    let before = try fleet.statistics().total?.requests ?? 0
                    try fleet.waitFor("8 users run on") {
                        $0.users == 8 && $0.workers.map(\.id) == [id] && $0.workers[0].state == "running"
                            && $0.total?.requests ?? 0 > before + 500
                    }
                }
                try fleet.stop()
                let counted = try fleet.webapp.count()
                try fleet.waitFor("all is counted") { $0.total?.requests == counted }
                try hold(!worker.errors.contains("started anew"), worker.errors)
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
                try hold(requests["late"] == requests["/"] && requests["late"] ?? 0 >= 6, "\(requests)")
            }
        }
    }
}
