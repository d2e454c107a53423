import Foundation
import Glibc
import TestServers
import ZeroMQ

/// A target, a master and workers, each a process of its own, with keys of their own. Blocking: use it on a thread of your own. All
/// processes are killed with the value.
final class Fleet {
    /// How a fleet's run goes.
    struct Plan {
        var script = Scripts.steady
        var users = 20
        var spawnRate = 100.0
        var runTime = "4s"
        var expectedWorkers = 2
        /// Flags of the master beside these.
        var flags: [String] = []
        var keepsState = false
        var isPlain = false
        /// Flags of `sample-webapp`.
        var server: [String] = []
    }

    let plan: Plan
    let webapp: Webapp
    /// The master's port.
    let port = Loopback.freePort()
    var master: RunningProgram?
    /// Workers by name, the latest process of each.
    private(set) var workers: [String: RunningProgram] = [:]
    let folder: TestFolder
    private let environment: [String: String]
    private let script: String

    init(_ plan: Plan = Plan()) throws {
        self.plan = plan
        webapp = try Webapp(plan.server)
        let folder = try TestFolder()
        let key = MasterKey.new()
        environment = [
            "CICADA_HOME": "\(folder.path)/keys", "CICADA_MASTER_KEY": key.text, "CICADA_JOIN_TOKEN": key.joinToken.text,
        ]
        script = try folder.file("script.lua", plan.script)
        self.folder = folder
    }

    deinit {
        for program in Array(workers.values) + [master].compactMap(\.self) { program.signal(SIGKILL) }
        webapp.program.signal(SIGTERM)
    }

    /// Where the master writes its result at the end.
    var resultPath: String { "\(folder.path)/result.json" }

    /// The environment that makes a program know this fleet's keys.
    var keys: [String: String] { environment }

    /// Starts the master, or another one after it has ended. `shell` stands before the command line in `sh -c`.
    @discardableResult func startMaster(
        _ flags: [String] = [], target: String? = nil, environment extra: [String: String] = [:], shell: String? = nil
    ) throws -> RunningProgram {
        var arguments = [
            "master", script, "--host", target ?? webapp.url, "--port", "\(port)", "--users", "\(plan.users)", "--spawn-rate",
            "\(plan.spawnRate)", "--run-time", plan.runTime, "--expect-workers", "\(plan.expectedWorkers)", "--json",
            resultPath,
        ]
        if plan.keepsState { arguments += ["--state", "\(folder.path)/state"] }
        if plan.isPlain { arguments.append("--plain") }
        let program = try start(arguments + plan.flags + flags, extra, shell)
        master = program
        return program
    }

    /// Starts a worker. `port`: where it looks for the master, for instance a relay.
    @discardableResult func startWorker(
        _ name: String, port: Int? = nil, _ flags: [String] = [], environment extra: [String: String] = [:], shell: String? = nil
    ) throws -> RunningProgram {
        let arguments = ["worker", "--master-port", "\(port ?? self.port)", "--name", name] + (plan.isPlain ? ["--plain"] : []) + flags
        let program = try start(arguments, extra, shell)
        workers[name] = program
        return program
    }

    /// Starts a worker as a pod of an Indexed Job would be started: known by its index alone.
    @discardableResult func startPod(_ index: Int, _ flags: [String] = []) throws -> RunningProgram {
        let places = ["JOB_COMPLETION_INDEX": "\(index)", "CICADA_NODE_NAME": "node-\(index)", "CICADA_POD_NAME": "pod-\(index)"]
        let program = try start(["worker", "--master-port", "\(port)", "--master-max-wait", "30s"] + flags, places, nil)
        workers["worker-\(index)"] = program
        return program
    }

    /// Starts master and workers `a`, `b`, … and waits until users are coming.
    func start(workers count: Int) throws {
        try startMaster()
        for index in 0..<count { try startWorker(String(UnicodeScalar(UInt8(ascii: "a") + UInt8(index)))) }
        try waitForUsers()
    }

    /// Waits until the master has begun to deal users: the target has been asked for something.
    func waitForUsers() throws {
        guard becomesTrue({ (try? webapp.count()) ?? 0 > 0 }) else {
            throw RawConnectionError(what: "no request came; master: \(master?.errors ?? ""); workers: \(workers.mapValues(\.errors))")
        }
    }

    /// An order from another terminal: `cicada scale …`, `cicada workers …`.
    func order(_ arguments: [String]) throws -> RunningProgram.End {
        try start(arguments + ["--master-port", "\(port)"] + (plan.isPlain ? ["--plain"] : []), [:], nil).waitForEnd()
    }

    /// Waits for the master's end and the workers', and takes the target's own count.
    func finish(atMost seconds: Double = 30) throws -> FleetEnd {
        guard let master else { throw RawConnectionError(what: "no master") }
        let end = try master.waitForEnd(atMost: seconds)
        var ends: [String: RunningProgram.End] = [:]
        for (name, worker) in workers {
            // A stopped process does not end by itself.
            worker.signal(SIGCONT)
            // One that came when the run was over, or was taken for lost, would look for a master for a minute.
            if !worker.errors.contains("found the master") || !becomesTrue({ worker.hasEnded }) { worker.signal(SIGTERM) }
            ends[name] = try worker.waitForEnd(atMost: 13)
        }
        let data = FileManager.default.contents(atPath: resultPath)
        return FleetEnd(
            master: end, workers: ends, result: try data.map { try JSONDecoder().decode(ResultFile.self, from: $0) },
            counted: try webapp.count())
    }

    /// Any other call of the program.
    func call(_ arguments: [String]) throws -> RunningProgram.End { try start(arguments, [:], nil).waitForEnd() }

    private func start(_ arguments: [String], _ extra: [String: String], _ shell: String?) throws -> RunningProgram {
        let path = try RunningProgram.path(ofBuilt: "cicada")
        let environment = environment.merging(extra) { $1 }
        guard let shell else { return try RunningProgram(path: path, arguments, environment: environment) }
        return try RunningProgram(path: "/bin/sh", ["-c", shell + " \"$0\" \"$@\"", path] + arguments, environment: environment)
    }
}

/// What a fleet left.
struct FleetEnd: Sendable, CustomStringConvertible {
    var master: RunningProgram.End
    var workers: [String: RunningProgram.End]
    var result: ResultFile?
    /// Requests that the target has answered.
    var counted: Int

    /// What is not explained: nil when the target's count lies within what the result says of every worker.
    var unexplained: String? {
        guard let result else { return "no result file" }
        for worker in result.workers where worker.issued != worker.merged + worker.interrupted + worker.unaccounted {
            return "the account of \(worker.name ?? "a worker") does not add up: \(worker)"
        }
        if result.total.requests != result.merged { return "the table has \(result.total.requests), the workers \(result.merged)" }
        if result.history.reduce(0, { $0 + $1.requests }) != result.merged { return "the history has another sum than the table" }
        if counted < result.merged { return "\(counted) were answered, \(result.merged) merged" }
        let most = result.merged + result.interrupted + result.unaccountedAtMost
        if counted > most { return "\(counted) were answered, \(most) at most are accounted for" }
        return nil
    }

    /// True when every request is in the table, and the target has answered just these.
    var isComplete: Bool { unexplained == nil && result?.merged == counted && result?.unaccountedAtMost == 0 }

    /// True when every request is in the table or was interrupted: users left, or were dropped, while it was under way.
    var isAccounted: Bool { unexplained == nil && result?.unaccountedAtMost == 0 }

    var description: String {
        let accounts = result?.workers.map { "\($0)" }.joined(separator: "\n") ?? "no result"
        return "counted \(counted)\n\(accounts)\nfailures \(result?.reasons ?? [:])\nmaster \(master.exitCode): \(master.errors)\n"
            + workers.sorted { $0.key < $1.key }.map { "worker \($0.key) \($0.value.exitCode): \($0.value.errors)" }.joined(separator: "\n")
    }
}
