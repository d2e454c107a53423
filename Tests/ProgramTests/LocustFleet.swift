import Foundation
import Glibc
import TestServers

/// A target, a real Locust master and Cicada workers, each a process of its own. Blocking: use it on a thread of your own. All processes are killed
/// with the value.
final class LocustFleet {
    /// The master's classes: three users of `Alpha` for one of `Beta`.
    static let locustfile = """
        from locust import User


        class Alpha(User):
            weight = 3


        class Beta(User):
            weight = 1
        """

    /// The same classes as a script: `GET /` and `POST /metrics`.
    static let script = #"""
        user "Alpha" { wait = constant(0.05), task { "home", function(self) self.http:get("/") end } }
        user "Beta" { wait = constant(0.05), task { "metrics", function(self)
          self.http:post("/metrics", { form = { deviceid = "x", timestamp = timestamp() } }) end } }
        """#

    let webapp: Webapp
    /// The master's port.
    let port = Loopback.freePort()
    let folder: TestFolder
    private(set) var master: LocustProgram?
    private(set) var workers: [RunningProgram] = []
    private let script: String

    init(script: String = LocustFleet.script, server: [String] = []) throws {
        webapp = try Webapp(server)
        let folder = try TestFolder()
        self.script = try folder.file("shop.lua", script)
        self.folder = folder
    }

    deinit {
        for worker in workers { worker.signal(SIGKILL) }
        webapp.program.signal(SIGTERM)
    }

    /// Starts a master that runs one test and ends.
    @discardableResult func startHeadlessMaster(_ arguments: [String], locustfile: String = LocustFleet.locustfile) throws -> LocustProgram
    {
        let master = try LocustProgram.master(locustfile, port: port, ["--host", webapp.url, "--csv", "out"] + arguments)
        self.master = master
        return master
    }

    /// Starts a master that is told what to do by its web API, and waits for that.
    @discardableResult func startWebMaster(
        _ arguments: [String] = [], locustfile: String = LocustFleet.locustfile, isHostGiven: Bool = true
    ) throws -> LocustProgram {
        let master = try LocustProgram.master(
            locustfile, port: port, webPort: Loopback.freePort(), arguments + (isHostGiven ? ["--host", webapp.url] : []))
        self.master = master
        guard master.answers() else { throw RawConnectionError(what: "no answer of Locust's web API: \(master.program.errors)") }
        return master
    }

    /// Starts a Cicada worker. `port`: where it looks for the master, for instance a relay.
    @discardableResult func startWorker(port: Int? = nil, _ flags: [String] = [], environment: [String: String] = [:]) throws
        -> RunningProgram
    {
        let worker = try RunningProgram(
            path: RunningProgram.path(ofBuilt: "cicada"), ["worker", "--locust", script, "--master-port", "\(port ?? self.port)"] + flags,
            environment: environment)
        workers.append(worker)
        return worker
    }

    /// What the master's web API says of the test; it is up to two seconds old.
    func statistics() throws -> LocustStatistics {
        guard let master else { throw RawConnectionError(what: "no master") }
        return try JSONDecoder().decode(LocustStatistics.self, from: Data(master.get("/stats/requests").body.utf8))
    }

    /// Waits until the statistics are so, for twenty seconds at most. Throws with what they are otherwise.
    @discardableResult func waitFor(_ what: String, _ condition: (LocustStatistics) throws -> Bool) throws -> LocustStatistics {
        let deadline = monotonicSeconds() + 20
        while true {
            let statistics = try statistics()
            if try condition(statistics) { return statistics }
            if monotonicSeconds() > deadline {
                throw RawConnectionError(
                    what: "not so: \(what); \(statistics)\nmaster: \(master?.program.errors ?? "")\nworkers: \(workers.map(\.errors))")
            }
            usleep(100_000)
        }
    }

    /// Starts a test, or changes its users.
    func swarm(users: Int, rate: Double = 100, _ more: [(name: String, value: String)] = []) throws {
        let answer = try master?.post("/swarm", [("user_count", "\(users)"), ("spawn_rate", "\(rate)")] + more)
        guard answer?.body.contains("\"success\": true") == true else {
            throw RawConnectionError(what: "swarm: \(answer?.body ?? "no master")")
        }
    }

    /// Ends the test; its workers' users have ended afterwards.
    func stop() throws {
        let answer = try master?.post("/stop")
        guard answer?.body.contains("\"success\": true") == true else {
            throw RawConnectionError(what: "stop: \(answer?.body ?? "no master")")
        }
    }

    /// Ends the master, which tells its workers to end, and waits for all.
    func finish() throws -> (master: RunningProgram.End, workers: [RunningProgram.End]) {
        guard let master else { throw RawConnectionError(what: "no master") }
        let end = try master.program.stop()
        return (end, try workers.map { try $0.waitForEnd(atMost: 10) })
    }

    /// Waits for the end of a headless master and its workers.
    func waitForEnd(atMost seconds: Double = 60) throws -> (master: RunningProgram.End, workers: [RunningProgram.End]) {
        guard let master else { throw RawConnectionError(what: "no master") }
        let end = try master.waitForEnd(atMost: seconds)
        return (end, try workers.map { try $0.waitForEnd(atMost: 10) })
    }

    /// A row of the master's statistics file, by column; the total's name is `Aggregated`.
    func row(_ name: String) throws -> [String: String] {
        let lines =
            try master?.text("out_stats.csv").split(whereSeparator: \.isNewline).map {
                $0.split(separator: ",", omittingEmptySubsequences: false)
            } ?? []
        guard let header = lines.first, let row = lines.first(where: { $0.count == header.count && $0[1] == name }) else {
            throw RawConnectionError(what: "no row \(name): \(lines)")
        }
        return Dictionary(zip(header, row).map { (String($0), String($1)) }, uniquingKeysWith: { first, _ in first })
    }
}

/// Throws when something is not so. On threads of their own expectations belong to no test; what is thrown there fails it.
func hold(_ isTrue: Bool, _ words: @autoclosure () -> String = "", line: Int = #line) throws {
    if !isTrue { throw RawConnectionError(what: "line \(line): not so: \(words())") }
}

/// What `GET /stats/requests` of a Locust master says.
struct LocustStatistics: Decodable {
    struct Entry: Decodable {
        var name: String
        var method: String?
        var requests: Int
        var failures: Int

        private enum CodingKeys: String, CodingKey {
            case name, method
            case requests = "num_requests"
            case failures = "num_failures"
        }
    }
    struct Failure: Decodable {
        var name: String
        var error: String
        var occurrences: Int
    }
    struct Worker: Decodable {
        var id: String
        var state: String
        var users: Int

        private enum CodingKeys: String, CodingKey {
            case id, state
            case users = "user_count"
        }
    }
    var state: String
    var users: Int
    var stats: [Entry]
    var errors: [Failure]
    var workers: [Worker]

    private enum CodingKeys: String, CodingKey {
        case state, stats, errors, workers
        case users = "user_count"
    }

    /// Over all names.
    var total: Entry? { stats.last }
}
