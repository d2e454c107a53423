import Foundation
import Glibc
import TestServers
import ZeroMQ

/// A target, a master and workers with the commands and variables of the manifests in `deploy/base`, each in a pod of its own. Blocking: use it on a
/// thread of your own.
final class PodFleet {
    /// What is written into the ConfigMap, and how many workers there are.
    struct Plan {
        var runTime = 8
        var users = 24
        var workers = 4
        /// Keys of `cicada.yaml` beside these.
        var settings: [String] = []
        /// Flags of the workers beside those of the manifest, which they overrule.
        var workerFlags: [String] = []
        /// Whether the master has a volume for its state.
        var keepsState = false
        /// How large that volume is.
        var stateBytes = 64 << 20
    }

    let plan: Plan
    let network: PodNetwork
    let target: Pod
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
        for volume in ["cicada-script", "results"] { try network.makeVolume(volume) }
        if plan.keepsState { try network.makeVolume("state", bytes: plan.stateBytes) }
        let manifest = try PodManifest("sample-webapp.yaml", kind: "Deployment", name: "sample-webapp")
        target = try Pod(.init(name: "sample-webapp", command: manifest.builtCommand), on: network)
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
        try Data(text.utf8).write(to: URL(fileURLWithPath: network.path("cicada-script", name)))
    }

    /// Takes a file out of the ConfigMap.
    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: network.path("cicada-script", name)) }

    /// Starts the master's pod, or the next one after the one before has gone. When it is ready, the Service's name leads to it, as it does in a
    /// cluster; this waits for that, or for its end. With a volume it has the flags of the overlay `soak`, too.
    @discardableResult func startMaster(_ flags: [String] = [], environment: [String: String] = [:]) throws -> Pod {
        let manifest = try PodManifest("master.yaml", kind: "Job", name: "cicada-master")
        var command = manifest.builtCommand + ["--json=/results/result.json"]
        var volumes = manifest.configMaps
        volumes["/results"] = "results"
        if plan.keepsState {
            command += ["--state=/state/run", "--resume-within=10m"]
            volumes["/state"] = "state"
        }
        let pod = try start("cicada-master", manifest, command + flags, volumes: volumes, environment: environment)
        master = pod
        let deadline = monotonicSeconds() + 30
        while !pod.program.hasEnded, monotonicSeconds() < deadline {
            if (try? network.get("/readyz", from: pod.address, port: 8089).status) == 200 {
                network.names.set("cicada-master", to: pod.address)
                break
            }
            usleep(50_000)
        }
        return pod
    }

    /// Starts the pod of an index, or the next one under it.
    @discardableResult func startWorker(
        _ index: Int, environment: [String: String] = [:], descriptors: Int? = nil, localPorts: String? = nil
    ) throws -> Pod {
        let manifest = try PodManifest("worker.yaml", kind: "Job", name: "cicada-worker")
        let pod = try start(
            "cicada-worker-\(index)", manifest, manifest.builtCommand + plan.workerFlags, volumes: manifest.configMaps,
            environment: ["JOB_COMPLETION_INDEX": "\(index)"].merging(environment) { $1 }, descriptors: descriptors,
            localPorts: localPorts)
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
        network.names.set("cicada-master", to: nil)
        try master?.remove(withNode: withNode)
    }

    /// Waits for the run's result and the end of all pods, so long at most (`seconds`), and takes the target's own count. A master that lingers is
    /// told to end when its result has been fetched and the workers have gone.
    func finish(within bound: Double) throws -> PodEnd {
        let fetched = try fetchResult(within: bound)
        var ends: [PodEnd.Container] = []
        for pod in pods.filter({ $0 !== master }) + [master].compactMap({ $0 }) {
            if pod === master, fetched != nil { pod.signal(SIGTERM) }
            let end = try pod.program.waitForEnd(atMost: max(0.1, bound - seconds))
            ends.append(.init(name: pod.specification.name, exitCode: end.exitCode, lastLine: pod.lastLine, errors: end.errors))
        }
        let took = seconds
        let written = FileManager.default.contents(atPath: network.path("results", "result.json")).map {
            String(decoding: $0, as: UTF8.self)
        }
        return PodEnd(
            pods: ends, fetched: fetched, written: written,
            result: try (fetched ?? written).map { try JSONDecoder().decode(PodResult.self, from: Data($0.utf8)) }, counted: try count(),
            seconds: took)
    }

    /// What the master answers with on `/result`; nil: it has ended without lingering.
    private func fetchResult(within bound: Double) throws -> String? {
        while let master, !master.program.hasEnded, seconds < bound {
            if let answer = try? network.get("/result", from: master.address, port: 8089), answer.status == 200 { return answer.body }
            usleep(200_000)
        }
        return nil
    }

    private func start(
        _ name: String, _ manifest: PodManifest, _ command: [String], volumes: [String: String], environment: [String: String],
        descriptors: Int? = nil, localPorts: String? = nil
    ) throws -> Pod {
        let (id, node) = ("\(name)-\(pods.count)", "node-\(pods.count % 2)")
        var variables = manifest.environment.compactMapValues { source -> String? in
            switch source {
            case .value(let text): text
            case .secret("CICADA_MASTER_KEY"): key.text
            case .secret("CICADA_JOIN_TOKEN"): key.joinToken.text
            case .field("spec.nodeName"): node
            case .field("metadata.name"): id
            case .secret, .field: nil
            }
        }
        // kustomize fills it in.
        if variables["CICADA_EXPECT_WORKERS"] != nil { variables["CICADA_EXPECT_WORKERS"] = "\(plan.workers)" }
        let pod = try Pod(
            .init(
                name: name, command: command, environment: variables.merging(environment) { $1 }, volumes: volumes,
                descriptors: descriptors, localPorts: localPorts ?? "1024 65535"),
            on: network)
        pods.append(pod)
        begun = monotonicSeconds()
        return pod
    }
}
