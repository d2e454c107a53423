import Foundation
import TestServers
import Testing

extension LocustTests {
    /// What a Cicada master says over HTTP and in its files, beside what a real Locust master says of the same kind of run.
    struct LocustWebTests {
        /// One name that succeeds, one that fails, one task that raises an error.
        private static let locustfile = """
            from locust import HttpUser, task, constant

            class Shopper(HttpUser):
                wait_time = constant(0.1)
                weight = 3

                @task(3)
                def browse(self):
                    self.client.get("/")

                @task
                def missing(self):
                    self.client.get("/missing")

            class Clumsy(HttpUser):
                wait_time = constant(0.1)

                @task
                def stumble(self):
                    self.client.get("/")
                    raise ValueError("stumbled")
            """
        private static let script = """
            user "Shopper" { weight = 3, wait = constant(0.1),
              task { "browse", weight = 3, function(self) self.http:get("/") end },
              task { "missing", function(self) self.http:get("/missing") end },
            }
            user "Clumsy" { wait = constant(0.1), on_start = function(self) print("hello from a script") end, task { "stumble", function(self) self.http:get("/") error("stumbled") end } }
            """
        private static let paths = [
            "/stats/requests", "/exceptions", "/tasks", "/logs", "/worker-count", "/stats/requests/csv", "/stats/failures/csv",
            "/exceptions/csv",
            "/stats/requests_full_history/csv",
        ]

        private struct Answers: Sendable {
            var answers: [String: RawResponse]
            var files: [String: String]
            var after: String
            var log: String
        }

        private static func get(_ port: Int, _ path: String) throws -> RawResponse {
            var connection = try RawConnection(port: port)
            try connection.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return try connection.receive()
        }

        private static func locust(target: String) throws -> Answers {
            let master = try LocustProgram.master(
                locustfile, port: Loopback.freePort(), webPort: Loopback.freePort(),
                ["--host", target, "--csv", "out", "--csv-full-history", "--autostart", "-u", "4", "-r", "10", "--expect-workers", "1"])
            let worker = try LocustProgram.worker(locustfile, port: master.port)
            guard let port = master.webPort, master.answers() else { throw RawConnectionError(what: master.program.errors) }
            try waitForFigures(port, log: { "\(master.program.errors) \(worker.program.errors)" })
            let answers = try Dictionary(uniqueKeysWithValues: paths.map { ($0, try master.get($0)) })
            // Its files are written once a second, and reach the disk each fifth.
            guard becomesTrue({ (try? master.text("out_stats.csv").contains("Aggregated")) ?? false }) else {
                throw RawConnectionError(what: "no file")
            }
            let files = try Dictionary(
                uniqueKeysWithValues: ["stats", "stats_history", "failures", "exceptions"].map { ($0, try master.text("out_\($0).csv")) })
            return Answers(answers: answers, files: files, after: "", log: master.program.errors)
        }

        private static func cicada(target: String) throws -> Answers {
            let port = Loopback.freePort()
            let fleet = try Fleet(.init(script: script, users: 4, spawnRate: 10, runTime: "1m", expectedWorkers: 1))
            let folder = fleet.folder.path
            try fleet.startMaster(["--web-port", "\(port)", "--csv", "\(folder)/out", "--csv-full-history"], target: target)
            let waiting = try becomesTrue({ (try? get(port, "/worker-count").status) == 200 }) ? get(port, "/stats/requests").body : ""
            guard waiting.contains("\"state\": \"ready\"") else {
                throw RawConnectionError(what: "\(waiting) \(fleet.master?.errors ?? "")")
            }
            try fleet.startWorker("w1")
            try waitForFigures(port, log: { fleet.master?.errors ?? "" })
            let answers = try Dictionary(uniqueKeysWithValues: paths.map { ($0, try get(port, $0)) })
            fleet.master?.signal(SIGINT)
            // It answers until the result has been told.
            var after = ""
            while let body = try? get(port, "/stats/requests").body { after = body }
            _ = try fleet.finish()
            let files = try Dictionary(
                uniqueKeysWithValues: ["stats", "stats_history", "failures", "exceptions"].map {
                    ($0, try fleet.folder.text("out_\($0).csv"))
                })
            return Answers(answers: answers, files: files, after: after, log: fleet.master?.errors ?? "")
        }

        /// Waits until there are requests of both names, failures, exceptions and current figures.
        private static func waitForFigures(_ port: Int, log: () -> String) throws {
            let isThere = becomesTrue {
                guard let stats = try? get(port, "/stats/requests").body, let exceptions = try? get(port, "/exceptions").body,
                    let document = try? JSONSerialization.jsonObject(with: Data(stats.utf8)) as? [String: Any],
                    let current = document["current_response_time_percentiles"] as? [String: Any]
                else { return false }
                return (document["stats"] as? [Any])?.count == 3 && (document["errors"] as? [Any])?.count == 1
                    && exceptions.contains("stumbled")
                    && !current.values.contains { $0 is NSNull } && document["state"] as? String == "running"
            }
            guard isThere else { throw RawConnectionError(what: "no figures: \((try? get(port, "/stats/requests").body) ?? "") \(log())") }
        }

        /// Every member with its type, by its path; items of lists have one path.
        private static func shape(_ value: Any, _ path: String = "", into shape: inout [String: Set<String>]) {
            switch value {
            case let object as [String: Any]:
                shape[path, default: []].insert("object")
                for (key, member) in object { Self.shape(member, "\(path).\(key)", into: &shape) }
            case let list as [Any]:
                shape[path, default: []].insert("array")
                for item in list { Self.shape(item, "\(path)[]", into: &shape) }
            case is NSNull: shape[path, default: []].insert("null")
            case is String: shape[path, default: []].insert("text")
            case is NSNumber: shape[path, default: []].insert("number")
            default: shape[path, default: []].insert("something else")
            }
        }

        private static func shape(_ text: String) throws -> [String: Set<String>] {
            var shape: [String: Set<String>] = [:]
            Self.shape(try JSONSerialization.jsonObject(with: Data(text.utf8)), into: &shape)
            return shape
        }

        private func both() async throws -> (locust: Answers, cicada: Answers) {
            try await Webapp.with { webapp in (try Self.locust(target: webapp.url), try Self.cicada(target: webapp.url)) }
        }

        @Test func everyFieldAndHeaderIsLocusts() async throws {
            let (locust, cicada) = try await both()
            for path in Self.paths {
                let (theirs, ours) = try (#require(locust.answers[path]), #require(cicada.answers[path]))
                #expect(theirs.status == 200 && ours.status == 200, "\(path): \(theirs.status), \(ours.status)")
                if path.hasSuffix("/csv") {
                    #expect(ours.body.split(separator: "\r\n").first == theirs.body.split(separator: "\r\n").first, "\(path)")
                    #expect(ours.header("Content-Disposition")?.hasPrefix("attachment;filename=") == true)
                    #expect(ours.header("Content-Type")?.hasPrefix("text/csv") == true)
                } else if path == "/logs" {
                    // Locust's worker sends its log when it has been there for ten seconds.
                    let shapes = (try Self.shape(theirs.body), try Self.shape(ours.body))
                    for part in ["", ".master", ".master[]", ".workers"] {
                        #expect(shapes.0[part] == shapes.1[part], "\(part): \(ours.body)")
                    }
                } else {
                    let shapes = (try Self.shape(theirs.body), try Self.shape(ours.body))
                    for part in Set(shapes.0.keys).union(shapes.1.keys).sorted() {
                        #expect(shapes.0[part] == shapes.1[part], "\(path): \(part)\n\(theirs.body)\n\(ours.body)")
                    }
                }
            }
            for (name, text) in locust.files {
                let ours = try #require(cicada.files[name])
                #expect(ours.split(separator: "\r\n").first == text.split(separator: "\r\n").first, "\(name)")
            }
        }

        /// The values mean the same: names, methods, order, counts in proportion, the total last.
        @Test func figuresMeanTheSame() async throws {
            struct Statistics: Decodable {
                struct Row: Decodable {
                    var method: String
                    var name: String
                    var numRequests: Int
                    var numFailures: Int
                    var currentRps: Double
                    var avgContentLength: Double
                }
                struct Failure: Decodable {
                    var method: String
                    var name: String
                    var occurrences: Int
                    var firstSeen: Double
                    var lastSeen: Double
                }
                var stats: [Row]
                var errors: [Failure]
                var state: String
                var userCount: Int
                var workerCount: Int
                var failRatio: Double
            }
            let (locust, cicada) = try await both()
            var names: [[String]] = []
            for answers in [locust, cicada] {
                let text = try #require(answers.answers["/stats/requests"]?.body)
                let decoder = JSONDecoder()
                decoder.keyDecodingStrategy = .convertFromSnakeCase
                let statistics = try decoder.decode(Statistics.self, from: Data(text.utf8))
                names.append(statistics.stats.map { "\($0.method) \($0.name)" } + statistics.errors.map { "\($0.method) \($0.name)" })
                #expect(statistics.userCount == 4 && statistics.workerCount == 1 && statistics.state == "running", "\(text)")
                let total = try #require(statistics.stats.last)
                let rows = statistics.stats.dropLast()
                #expect(rows.reduce(0) { $0 + $1.numRequests } == total.numRequests && total.numRequests > 0, "\(text)")
                #expect(statistics.errors.reduce(0) { $0 + $1.occurrences } == total.numFailures && total.numFailures > 0, "\(text)")
                #expect(abs(statistics.failRatio - Double(total.numFailures) / Double(total.numRequests)) < 1e-6, "\(text)")
                let now = Date().timeIntervalSince1970
                for failure in statistics.errors {
                    #expect(failure.firstSeen <= failure.lastSeen && abs(failure.lastSeen - now) < 120, "\(text)")
                }
            }
            #expect(names[0] == names[1], "\(names)")
            let logs = try #require(cicada.answers["/logs"]?.body)
            #expect(logs.contains(#/"w1": \[\s+"[^"]* INFO hello from a script"/#), "\(logs)")
            #expect(cicada.after.contains("\"state\": \"st"), "\(cicada.after)")
            let shares = try [locust, cicada].map { answers in
                let text = try #require(answers.answers["/tasks"]?.body)
                let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [String: [String: Any]]])
                let shopper = try #require(document["total"]?["Shopper"])
                let browse = try #require((shopper["tasks"] as? [String: [String: Double]])?["browse"]?["ratio"])
                return [try #require(shopper["ratio"] as? Double), browse]
            }
            #expect(shares == [[0.75, 0.5625], [0.75, 0.5625]], "\(shares)")
        }

        /// A run on this machine alone has them too; without the flag there is no port.
        @Test func aLocalRunAnswersToo() async throws {
            let (workers, logs, end) = try await Webapp.with { webapp in
                let port = Loopback.freePort()
                let run = try CicadaRun(
                    script: "user \"U\" { on_start = function(self) print('hello') end, wait = constant(0.1), "
                        + "task { 'home', function(self) self.http:get('/') end } }",
                    ["--host", webapp.url, "--run-time", "3s", "--web-port", "\(port)"])
                guard becomesTrue({ (try? Self.get(port, "/stats/requests").body.contains("\"user_count\": 1")) ?? false }) else {
                    throw RawConnectionError(what: run.program.errors)
                }
                guard becomesTrue({ (try? Self.get(port, "/logs").body.contains("hello")) ?? false }) else {
                    throw RawConnectionError(what: run.program.errors)
                }
                let logs = try Self.get(port, "/logs").body
                let workers = try Self.get(port, "/stats/requests").body
                return (workers, logs, try run.end())
            }
            #expect(workers.contains("\"worker_count\": 1") && workers.contains("\"user_count\": 1"), "\(workers)")
            #expect(logs.contains("1 user"), "\(logs)")
            #expect(end.exitCode == 0 && end.errors.contains("the run can be looked at on http://127.0.0.1:"), "\(end)")
        }

        /// Locust's own workers, seen through a Cicada master: their figures on their grid.
        @Test func aRunOfLocustsWorkersCanBeLookedAt() async throws {
            let port = Loopback.freePort()
            let (stats, exceptions, file, end) = try await onOwnThread {
                let run = try LocustFleetRun(
                    ["-u", "4", "-r", "10", "-t", "1m", "--expect-workers", "1", "--web-port", "\(port)"])
                let worker = try run.addWorker()
                let isThere = becomesTrue {
                    guard let stats = try? Self.get(port, "/stats/requests").body else { return false }
                    return ["/metrics", "/missing", "\"state\": \"running\""].allSatisfy { stats.contains($0) }
                        && (try? Self.get(port, "/exceptions").body.contains("boom")) == true
                }
                guard isThere else { throw RawConnectionError(what: "no figures: \(run.master.errors) \(worker.program.errors)") }
                let answers = try ["/stats/requests", "/exceptions", "/stats/requests/csv"].map { try Self.get(port, $0).body }
                run.master.signal(SIGINT)
                return (answers[0], answers[1], answers[2], try run.finish().end)
            }
            let document = try #require(try JSONSerialization.jsonObject(with: Data(stats.utf8)) as? [String: Any])
            let rows = try #require(document["stats"] as? [[String: Any]])
            #expect(document["worker_count"] as? Int == 1 && document["user_count"] as? Int == 4 && rows.count == 4, "\(stats)")
            // Whole milliseconds below 100, tens above.
            let times = rows.compactMap { $0["response_time_percentile_0.95"] as? Double }
            #expect(times.count == 4 && times.allSatisfy { $0 == $0.rounded() }, "\(stats)")
            #expect(exceptions.contains("ValueError") && file.contains("\r\nGET,/missing,"), "\(exceptions) \(file)")
            #expect(end.exitCode == 130, "\(end)")
        }

        /// Clients that ask and never read, as many as there may be, and one that asks without end: the run is as without them.
        @Test func whoLooksDoesNotHoldUpTheRun() async throws {
            let (end, result, counted, answers) = try await Webapp.with { webapp in
                let port = Loopback.freePort()
                let run = try CicadaRun(
                    script: Scripts.steady,
                    ["--host", webapp.url, "--users", "20", "--spawn-rate", "100", "--run-time", "4s", "--web-port", "\(port)"])
                guard becomesTrue({ (try? Self.get(port, "/").status) == 200 }) else { throw RawConnectionError(what: run.program.errors) }
                var sleepers: [Sleeper] = []
                while sleepers.count < 40 { sleepers.append(try Sleeper(port: port)) }
                var answers = 0
                while (try? Self.get(port, "/stats/requests").status) == 200 { answers += 1 }
                let (end, result) = try run.finish()
                return (end, result, try webapp.count(), answers)
            }
            #expect(end.exitCode == 0 && result.isConsistent && counted == result.merged, "\(end)")
            #expect(answers > 10 && end.seconds < 8, "\(answers) answers, \(end.seconds) s")
            // 20 users with a request each 50 ms.
            #expect(result.merged > 4 * 20 * 20 / 2, "\(result.merged)")
        }

        /// Asks for much and reads nothing.
        private final class Sleeper {
            private let connection: RawConnection

            init(port: Int) throws {
                connection = try RawConnection(port: port)
                try connection.send(String(repeating: "GET /stats/requests HTTP/1.1\r\nHost: x\r\n\r\n", count: 20))
            }
        }

        @Test func aPortThatCannotBeHadIsSaid() async throws {
            let port = Loopback.freePort()
            let ends = try await onOwnThread {
                let folder = try TestFolder()
                let script = try folder.file("s.lua", "user \"U\" { host = \"http://127.0.0.1:9\", task { \"t\", function(self) end } }")
                let listener = try WebappOnPort(port)
                defer { listener.stop() }
                return [
                    try CicadaCall.now(["run", script, "--web-port", "\(port)", "--run-time", "1s"]),
                    try CicadaCall.now(["run", script, "--web-host", "127.0.0.1", "--run-time", "1s"]),
                    try CicadaCall.now(["run", script, "--web-port", "many", "--run-time", "1s"]),
                ]
            }
            #expect(ends[0].exitCode == 3 && ends[0].errors.contains("port \(port): Address already in use"), "\(ends[0])")
            #expect(ends[1].exitCode == 2 && ends[1].errors.contains("give --web-port too"), "\(ends[1])")
            #expect(ends[2].exitCode == 2 && ends[2].errors.contains("--web-port is 'many'"), "\(ends[2])")
        }

        /// `sample-webapp` on a port of the test's choice.
        private final class WebappOnPort {
            private let program: RunningProgram

            init(_ port: Int) throws {
                program = try RunningProgram("sample-webapp", ["--port", "\(port)"])
                if program.port == 0 { throw RawConnectionError(what: program.errors) }
            }

            func stop() { _ = try? program.stop() }
        }
    }
}
