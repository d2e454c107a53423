import Foundation
import TestServers
import Testing

extension LocustTests {
    /// What a script has beside its users, under the real Locust master.
    struct LocustScriptTests {
        /// Runs a test of so many users until the statistics are so; answers with the last ones, after the stop, and the workers' words.
        private static func run(
            script: String, users: Int, workers: [[String]] = [[]], master arguments: [String] = [],
            files: [(name: String, content: String)] = [], until isSo: @escaping @Sendable (LocustStatistics) -> Bool
        ) async throws -> (statistics: LocustStatistics, counted: Int, errors: [String]) {
            try await onOwnThread {
                let fleet = try LocustFleet(script: script)
                for file in files { _ = try fleet.folder.file(file.name, file.content) }
                try fleet.startWebMaster(arguments)
                for flags in workers { try fleet.startWorker(flags.map { $0.replacing("FOLDER", with: fleet.folder.path) }) }
                try fleet.waitFor("the workers are ready") { $0.workers.count == workers.count }
                try fleet.swarm(users: users)
                try fleet.waitFor("it is so", isSo)
                try fleet.stop()
                let counted = try fleet.webapp.count()
                let statistics = try fleet.waitFor("all is counted") { $0.total?.requests == counted }
                return (statistics, counted, fleet.workers.map(\.errors))
            }
        }

        /// Each worker has its part of the rows, out of a file that stands elsewhere.
        @Test func rowsAreHandedOutOnceOverAllWorkers() async throws {
            let rows = (1...6).map { "id\n" + String($0) }
            let end = try await Self.run(
                script: #"""
                    local ids = data { "ids.csv", per = "user", order = "unique" }
                    for _, name in ipairs { "Alpha", "Beta" } do
                      user(name) { wait = constant(0.1), on_start = function(self) self.row = ids:row(self) end,
                        task { "one", function(self) self.http:get("/", { name = "/" .. self.row.id }) end } }
                    end
                    """#, users: 6,
                workers: [1, 2].map { ["--data", "ids.csv=FOLDER/other.csv", "--data-part", "\($0)/2"] },
                files: [("other.csv", "id\n1\n2\n3\n4\n5\n6\n"), ("ids.csv", "id\n7\n")]
            ) { $0.stats.count == 7 }
            #expect(
                rows.count == 6 && Set(end.statistics.stats.map(\.name)) == ["/1", "/2", "/3", "/4", "/5", "/6", "Aggregated"], "\(end)")
        }

        @Test func setupAndTeardownRunOnceOnEachWorkerAndTest() async throws {
            let end = try await Self.run(
                script: #"""
                    setup(function(self) self.http:get("/", { name = "setup" }) return { word = "shared" } end)
                    teardown(function(self) self.http:get("/", { name = "teardown of " .. self.shared.word }) end)
                    user "Alpha" { wait = constant(0.1), task { "one", function(self) self.http:get("/", { name = self.shared.word }) end } }
                    user "Beta" { wait = constant(0.1), task { "one", function(self) self.http:get("/", { name = self.shared.word }) end } }
                    """#, users: 4, workers: [[], []]
            ) { $0.stats.contains { $0.name == "shared" && $0.requests > 10 } }
            let requests = Dictionary(end.statistics.stats.map { ($0.name, $0.requests) }, uniquingKeysWith: +)
            #expect(requests["setup"] == 2 && requests["teardown of shared"] == 2, "\(requests)")
        }

        /// The master's tags reach the workers.
        @Test func onlyTasksWithTheMastersTagsRun() async throws {
            let script = #"""
                for _, name in ipairs { "Alpha", "Beta" } do
                  user(name) { wait = constant(0.05),
                    task { "read", tags = "read", function(self) self.http:get("/", { name = "read" }) end },
                    task { "write", tags = "write", function(self) self.http:get("/", { name = "write" }) end } }
                end
                """#
            let isSo: @Sendable (LocustStatistics) -> Bool = { $0.total?.requests ?? 0 > 40 }
            let read = try await Self.run(script: script, users: 4, master: ["--tags", "read"], until: isSo)
            #expect(read.statistics.stats.map(\.name) == ["read", "Aggregated"], "\(read)")
            let write = try await Self.run(script: script, users: 4, master: ["--exclude-tags", "read"], until: isSo)
            #expect(write.statistics.stats.map(\.name) == ["write", "Aggregated"], "\(write)")
            let own = try await Self.run(script: script, users: 4, workers: [["--tags", "write"]], until: isSo)
            #expect(own.statistics.stats.map(\.name) == ["write", "Aggregated"], "\(own)")
        }

        /// `stop_run` cannot stop a Locust master: it ends the worker's own users, and that is said.
        @Test func aScriptThatEndsTheRunEndsItsOwnUsers() async throws {
            let end = try await Self.run(
                script: #"""
                    for _, name in ipairs { "Alpha", "Beta" } do
                      user(name) { wait = constant(0.05), task { "one", function(self)
                        self.http:get("/") self.n = (self.n or 0) + 1 if self.n == 10 then stop_run("enough") end end } }
                    end
                    """#, users: 4
            ) { $0.users == 0 && $0.total?.requests ?? 0 > 10 }
            #expect(end.errors[0].contains("wants the test to end: enough"), "\(end)")
            #expect(end.counted < 100, "\(end)")
        }

        /// Neither side has a host: no user starts, and the words say what to do. With a host from the web page the next test runs.
        @Test func aHostThatIsMissingIsAskedFor() async throws {
            let worker = try await onOwnThread {
                let fleet = try LocustFleet()
                try fleet.startWebMaster(isHostGiven: false)
                let worker = try fleet.startWorker()
                try fleet.waitFor("a worker is ready") { $0.workers.count == 1 }
                try fleet.swarm(users: 4)
                try hold(worker.writes("no host for user class 'Alpha'"), worker.errors)
                try fleet.stop()
                try fleet.waitFor("it is back") { $0.workers.map(\.state) == ["ready"] }
                try fleet.swarm(users: 4, [("host", "no url")])
                try hold(worker.writes("the Locust master's host is 'no url'"), worker.errors)
                try fleet.stop()
                try fleet.waitFor("it is back") { $0.workers.map(\.state) == ["ready"] }
                try fleet.swarm(users: 4, [("host", fleet.webapp.url)])
                try fleet.waitFor("users run") { $0.users == 4 && $0.total?.requests ?? 0 > 10 }
                return worker.errors
            }
            #expect(worker.contains("Give the Locust master --host"), "\(worker)")
        }
    }

    /// What cannot work is refused before a master is looked for.
    struct LocustFlagTests {
        private static let script = #"user "U" { host = "http://127.0.0.1:1", task { "t", function(self) self.http:get("/") end } }"#
        private static let unique = #"local ids = data { "ids.csv" } "# + script

        @Test(arguments: [
            (script, ["--data", "ids.csv"], "it must be a name in the script and a file"),
            (script, ["--data", "idz.csv=/dev/null"], "the script takes no file 'idz.csv'; it takes none"),
            (unique, [], "a Locust master shares none out: give each worker its part"),
            (unique, ["--data-part", "3/2"], "it must be a part and how many there are"),
            (unique, ["--data-part", "1/2", "--data", "idz.csv=/etc/hostname"], "did you mean 'ids.csv'?"),
            (unique, ["--data-part", "1/2", "--data", "ids.csv=/none/there.csv"], "/none/there.csv"),
            (script, ["--host", "ftp://x"], "--host is 'ftp://x'"), (script, ["--join-token", "x"], "a Locust master has none"),
            (script, ["--tags", "none"], "no task of the script has the tag 'none'"), ("user {", [], "script.lua"),
        ]) func whatCannotWorkIsRefused(script: String, flags: [String], words: String) async throws {
            let end = try await onOwnThread {
                let folder = try TestFolder()
                _ = try folder.file("ids.csv", "id\n1\n2\n")
                return try RunningProgram(
                    path: RunningProgram.path(ofBuilt: "cicada"), ["worker", "--locust", folder.file("script.lua", script)] + flags
                ).waitForEnd()
            }
            #expect(end.exitCode == 2 && end.errors.contains(words), "\(end.errors)")
        }

        @Test(arguments: [["--host", "http://x"], ["--tags", "a"], ["--data", "a=b"], ["--connections", "new"], ["--insecure"]])
        func flagsThatAreTheMastersAreRefusedWithoutIt(flags: [String]) async throws {
            let end = try await CicadaCall.run(["worker"] + flags)
            #expect(end.exitCode == 2 && end.errors.contains("a Cicada master says that to its workers"), "\(end.errors)")
        }
    }
}
