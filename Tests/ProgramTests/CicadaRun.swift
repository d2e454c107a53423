import Foundation
import Glibc
import TestServers

/// A folder for one test's files, removed with the value.
struct TestFolder: ~Copyable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "cicada-test-\(UUID())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and answers with its path.
    func file(_ name: String, _ content: String) throws -> String {
        try Data(content.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }

    /// The text of a file.
    func text(_ name: String) throws -> String { try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }
}

/// `cicada run` with a script of the test's own and with `--json`.
struct CicadaRun: ~Copyable {
    let program: RunningProgram
    private let folder: TestFolder

    /// Starts it. `shell` is put before the command line in `sh -c`, for limits and the like (`ulimit -n 100; exec`).
    init(script: String, _ arguments: [String], environment: [String: String] = [:], shell: String? = nil) throws {
        let folder = try TestFolder()
        let script = try folder.file("script.lua", script)
        let path = try RunningProgram.path(ofBuilt: "cicada")
        let all = ["run", script, "--json", "\(folder.path)/result.json"] + arguments
        if let shell {
            program = try RunningProgram(path: "/bin/sh", ["-c", shell + " \"$0\" \"$@\"", path] + all, environment: environment)
        } else {
            program = try RunningProgram(path: path, all, environment: environment)
        }
        self.folder = folder
    }

    /// Starts it with a script that lies where it is.
    init(path script: String, _ arguments: [String]) throws {
        let folder = try TestFolder()
        program = try RunningProgram(
            path: RunningProgram.path(ofBuilt: "cicada"), ["run", script, "--json", "\(folder.path)/result.json"] + arguments)
        self.folder = folder
    }

    /// Waits for its end, where there may be no result file.
    func end() throws -> RunningProgram.End { try program.waitForEnd() }

    /// Waits for its end and reads its result file.
    func finish(atMost seconds: Double = 20) throws -> (end: RunningProgram.End, result: ResultFile) {
        let end = try program.waitForEnd(atMost: seconds)
        guard let data = FileManager.default.contents(atPath: "\(folder.path)/result.json") else {
            throw RawConnectionError(what: "no result file; exit code \(end.exitCode): \(end.errors)")
        }
        return (end, try JSONDecoder().decode(ResultFile.self, from: data))
    }

    /// Runs it from start to end on a thread of its own.
    static func run(
        script: String, _ arguments: [String], environment: [String: String] = [:], shell: String? = nil
    ) async throws -> (end: RunningProgram.End, result: ResultFile) {
        try await onOwnThread { try CicadaRun(script: script, arguments, environment: environment, shell: shell).finish() }
    }
}

/// What the tests read of a result file (docs/result-schema.md).
struct ResultFile: Decodable, Sendable {
    struct Figures: Decodable, Sendable {
        struct Times: Decodable, Sendable {
            var max: Double?
            var average: Double?
            var percentiles: [String: Double?]
        }
        var method: String?
        var name: String?
        var requests: Int
        var failures: Int
        var interrupted: Int
        var receivedBytes: Int
        var requestsByStatus: [String: Int]
        var responseTimeMs: Times
        var serviceTimeMs: Times

        private enum CodingKeys: String, CodingKey {
            case method, name, requests, failures, interrupted
            case receivedBytes = "received_bytes"
            case requestsByStatus = "requests_by_status"
            case responseTimeMs = "response_time_ms"
            case serviceTimeMs = "service_time_ms"
        }
    }
    struct Failure: Decodable, Sendable {
        var name: String
        var reason: String
        var count: Int
    }
    struct Exception: Decodable, Sendable {
        var place: String
        var message: String
        var count: Int
    }
    struct Worker: Decodable, Sendable {
        var name: String?
        var issued: Int
        var merged: Int
        var interrupted: Int
        var unaccounted: Int
        var unaccountedAtMost: Int
        /// The most that it had.
        var users: Int?
        var clockOffsetMs: Double?
        var startErrorMs: Double?
        var state: String?
        var node: String?
        var pod: String?
        var index: Int?

        private enum CodingKeys: String, CodingKey {
            case state, node, pod, index
            case name, users, issued, merged, interrupted, unaccounted
            case clockOffsetMs = "clock_offset_ms"
            case startErrorMs = "start_error_ms"
            case unaccountedAtMost = "unaccounted_at_most"
        }
    }
    struct EarlierRun: Decodable, Sendable {
        var worker: String
        var issued: Int
    }
    struct Point: Decodable, Sendable {
        var requests: Int
        var failures: Int
    }
    struct Verdict: Decodable, Sendable {
        struct Finding: Decodable, Sendable {
            var level: String
            var rule: String
            var cause: String
            var figures: [String: Double?]
        }
        var level: String
        var findings: [Finding]
    }
    var verdict: Verdict?
    var total: Figures
    var requests: [Figures]
    var failures: [Failure]
    var exceptions: [Exception]
    var workers: [Worker]
    var history: [Point]
    var sentForEarlierMaster: [EarlierRun]

    private enum CodingKeys: String, CodingKey {
        case verdict, total, requests, failures, exceptions, workers, history
        case sentForEarlierMaster = "sent_for_earlier_master"
    }

    /// Failures by reason, over all names.
    var reasons: [String: Int] { Dictionary(failures.map { ($0.reason, $0.count) }, uniquingKeysWith: +) }
    /// Sums over all workers.
    var issued: Int { workers.reduce(0) { $0 + $1.issued } }
    var merged: Int { workers.reduce(0) { $0 + $1.merged } }
    var interrupted: Int { workers.reduce(0) { $0 + $1.interrupted } }
    var unaccounted: Int { workers.reduce(0) { $0 + $1.unaccounted } }
    var sentBefore: Int { sentForEarlierMaster.reduce(0) { $0 + $1.issued } }
    var unaccountedAtMost: Int { workers.reduce(0) { $0 + $1.unaccountedAtMost } }

    /// Whether all parts of the file agree with each other.
    var isConsistent: Bool {
        issued == merged + interrupted && unaccounted == 0 && total.requests == merged && total.interrupted == interrupted
            && requests.reduce(0) { $0 + $1.requests } == merged && history.reduce(0) { $0 + $1.requests } == merged
            && failures.reduce(0) { $0 + $1.count } == total.failures
    }
}

/// The program `sample-webapp` on a free port.
struct Webapp {
    let program: RunningProgram

    init(_ arguments: [String] = []) throws {
        program = try RunningProgram("sample-webapp", ["--port", "0"] + arguments)
        if program.port == 0 { throw RawConnectionError(what: "sample-webapp did not start: \(program.errors)") }
    }

    /// `http://127.0.0.1:port`
    var url: String { "http://127.0.0.1:\(program.port)" }

    /// Requests that it has answered, as its own report says.
    func count() throws -> Int {
        struct Report: Decodable { var total: Int }
        var connection = try RawConnection(port: program.port)
        try connection.send("GET /counts HTTP/1.1\r\nHost: x\r\n\r\n")
        return try JSONDecoder().decode(Report.self, from: Data(connection.receive().body.utf8)).total
    }

    /// Runs blocking work against it on a thread of its own and stops it.
    static func with<Value: Sendable>(
        _ arguments: [String] = [], _ work: @escaping @Sendable (Webapp) throws -> Value
    ) async throws -> Value {
        try await onOwnThread {
            let webapp = try Webapp(arguments)
            let result = Result { try work(webapp) }
            _ = try webapp.program.stop()
            return try result.get()
        }
    }
}

/// Scripts of several tests.
enum Scripts {
    /// `GET /` every 50 ms.
    static let steady = #"user "U" { wait = constant(0.05), task { "home", function(self) self.http:get("/") end } }"#
    /// Two classes, POST and GET, uneven waits, one of them with a cookie jar of its own.
    static let two = #"""
        user "Device" { weight = 3, wait = between(0, 0.05),
          on_start = function(self) self.deviceid = uuid() self.http:post("/login", { form = { deviceid = self.deviceid } }) end,
          task { "metrics", weight = 9, function(self)
            local r = self.http:post("/metrics", { form = { deviceid = self.deviceid, timestamp = timestamp() } })
            check(r, "echoes", r.status == 500 or r.body:find(self.deviceid, 1, true))
          end },
          task { "login", function(self) self.http:post("/login", { form = { deviceid = self.deviceid } }) end },
        }
        user "Guest" { wait = constant(0.02), task { "home", function(self)
          self.http:get("/") sleep(0.01) self.http:get("/", { name = "again" }) end } }
        """#
    /// As fast as it goes.
    static let restless = #"user "U" { task { "home", function(self) self.http:get("/") end } }"#
}
