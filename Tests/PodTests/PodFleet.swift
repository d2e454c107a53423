import Foundation
import Glibc
import TestServers
import ZeroMQ

/// A target, a master and workers as the manifests of `deploy/base` have them, each in a pod of its own. Blocking: use it on a thread of your own.
final class PodFleet {
    /// What is written into the ConfigMap, and how many workers there are.
    struct Plan {
        var runTime = 8
        var users = 24
        var workers = 4
        /// Keys of `cicada.yaml` beside these.
        var settings: [String] = []
        /// Whether the master has a volume for its state.
        var keepsState = false
        /// How large that volume is.
        var stateBytes = 64 << 20
    }

    let plan: Plan
    let network: PodNetwork
    private(set) var target: Pod
    private(set) var master: Pod?
    /// Workers by index, the latest pod of each.
    private(set) var workers: [Int: Pod] = [:]
    /// All pods of masters and workers in the order in which they came.
    private(set) var pods: [Pod] = []
    private let key = MasterKey.new()
    private var begun = monotonicSeconds()

    init(_ plan: Plan = Plan()) throws {
        self.plan = plan
        network = try PodNetwork()
        for volume in ["cicada", "results"] { try network.makeVolume(volume) }
        if plan.keepsState { try network.makeVolume("state", bytes: plan.stateBytes) }
        let path = try RunningProgram.path(ofBuilt: "sample-webapp")
        target = try Pod(.init(name: "sample-webapp", command: [path, "--host", "0.0.0.0", "--port", "8000"]), on: network)
        network.names.set("sample-webapp", to: target.address)
        try write(
            "cicada.yaml",
            ([
                "script: script.lua", "host: http://sample-webapp:8000", "users: \(plan.users)", "spawn-rate: 100",
                "run-time: \(plan.runTime)s", "exit-code-on-invalid: 0",
            ] + plan.settings).joined(separator: "\n") + "\n")
        try write("script.lua", #"user "U" { wait = constant(0.5), task { "home", function(self) self.http:get("/") end } }"#)
        guard becomesTrue({ target.program.output.contains("http://") }) else {
            throw RawConnectionError(what: "no target: \(target.program.errors)")
        }
    }

    /// Since the last pod was started, or the target was first asked for something.
    var seconds: Double { monotonicSeconds() - begun }

    /// Writes a file of the ConfigMap.
    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: network.path("cicada", name)))
    }

    /// Takes a file out of the ConfigMap.
    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: network.path("cicada", name)) }

    /// Starts the master's pod, or the next one after the one before has gone; the Service's name leads to it.
    @discardableResult func startMaster(_ flags: [String] = [], environment: [String: String] = [:]) throws -> Pod {
        var command = [
            try RunningProgram.path(ofBuilt: "cicada"), "master", "--config", "/cicada/cicada.yaml", "--bind", "0.0.0.0",
            "--web-host", "0.0.0.0", "--web-port", "8089", "--json", "/results/result.json",
        ]
        var volumes = ["/cicada": "cicada", "/results": "results"]
        if plan.keepsState {
            command += ["--state", "/state/run"]
            volumes["/state"] = "state"
        }
        let pod = try start(
            "cicada-master", command + flags, volumes: volumes,
            environment: ["CICADA_MASTER_KEY": key.text, "CICADA_EXPECT_WORKERS": "\(plan.workers)"].merging(environment) { $1 })
        network.names.set("cicada-master", to: pod.address)
        master = pod
        return pod
    }

    /// Starts the pod of an index, or the next one under it.
    @discardableResult func startWorker(
        _ index: Int, _ flags: [String] = [], environment: [String: String] = [:], descriptors: Int? = nil
    ) throws -> Pod {
        let command = [
            try RunningProgram.path(ofBuilt: "cicada"), "worker", "--master-host", "cicada-master", "--name", "worker-\(index)",
        ]
        let pod = try start(
            "cicada-worker-\(index)", command + flags,
            environment: ["CICADA_JOIN_TOKEN": key.joinToken.text, "JOB_COMPLETION_INDEX": "\(index)"].merging(environment) { $1 },
            descriptors: descriptors)
        workers[index] = pod
        return pod
    }

    /// Starts all workers.
    func startWorkers() throws { for index in 0..<plan.workers { try startWorker(index) } }

    /// Starts master and workers and waits until the target is asked for something.
    func start() throws {
        try startMaster()
        try startWorkers()
        try waitForUsers()
    }

    /// Waits until the target has been asked for something.
    func waitForUsers(atMost seconds: Double = 30) throws {
        let deadline = monotonicSeconds() + seconds
        while try count() == 0 {
            if monotonicSeconds() > deadline {
                throw RawConnectionError(what: "no request came: \(pods.map { "\($0.specification.name): \($0.program.errors)" })")
            }
            usleep(50_000)
        }
        begun = monotonicSeconds()
    }

    /// Requests that the target has answered, as its own report says.
    func count() throws -> Int {
        struct Report: Decodable { var total: Int }
        let body = try network.get("/counts", from: target.address, port: 8000).body
        return try JSONDecoder().decode(Report.self, from: Data(body.utf8)).total
    }

    /// Kills the master's container and takes its pod away, with its node or not; its name leads nowhere then.
    func removeMaster(withNode: Bool = false) throws {
        try master?.remove(withNode: withNode)
        network.names.set("cicada-master", to: nil)
    }

    /// Waits for the end of all pods, so long at most (`seconds`), and takes the target's own count.
    func finish(within bound: Double) throws -> PodEnd {
        let ends = try pods.map { pod in
            (name: pod.specification.name, end: try pod.program.waitForEnd(atMost: max(0.1, bound - seconds)), lastLine: pod.lastLine)
        }
        let took = seconds
        let data = FileManager.default.contents(atPath: network.path("results", "result.json"))
        return PodEnd(
            pods: ends.map { .init(name: $0.name, exitCode: $0.end.exitCode, lastLine: $0.lastLine, errors: $0.end.errors) },
            result: try data.map { try JSONDecoder().decode(PodResult.self, from: $0) }, counted: try count(), seconds: took)
    }

    private func start(
        _ name: String, _ command: [String], volumes: [String: String] = [:], environment: [String: String], descriptors: Int? = nil
    ) throws -> Pod {
        let variables = [
            "CICADA_HOME": "/run/cicada/keys", "CICADA_POD_NAME": "\(name)-\(pods.count)", "CICADA_NODE_NAME": "node-\(pods.count % 2)",
        ]
        let pod = try Pod(
            .init(
                name: name, command: command, environment: variables.merging(environment) { $1 }, volumes: volumes,
                descriptors: descriptors),
            on: network)
        pods.append(pod)
        begun = monotonicSeconds()
        return pod
    }
}
