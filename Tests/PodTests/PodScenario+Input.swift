import Glibc
import ZeroMQ

extension PodScenario {
    /// What is missing or wrong in the Secret, the ConfigMap and the volume. Whoever is told so ends at once.
    static let input = [
        PodScenario(
            name: "no join token", isShort: true, bound: 30,
            happens: { fleet in
                try fleet.startWorker(0, environment: ["CICADA_JOIN_TOKEN": ""])
                try fleet.startWorker(1, environment: ["CICADA_JOIN_TOKEN": "garbage"])
                return []
            },
            check: {
                for worker in $0.end.workers {
                    $0.require([worker], exitCodes: [2])
                    $0.require(worker, endsSaying: "join token")
                }
            }),
        PodScenario(
            name: "another master's join token", plan: .init(workers: 1, workerFlags: ["--master-max-wait=8s"]), bound: 32,
            happens: { fleet in
                try fleet.startMaster(["--expect-workers-max-wait=10s"])
                try fleet.startWorker(0, environment: ["CICADA_JOIN_TOKEN": MasterKey.new().joinToken.text])
                return []
            },
            check: {
                $0.require($0.end.masters, exitCodes: [3])
                $0.require($0.end.workers(0), exitCodes: [6])
                $0.require($0.end.workers(0).first, endsSaying: "no master at cicada-master:5557")
            }),
        PodScenario(
            name: "wrong index", isShort: true, plan: .init(runTime: 4), bound: 32,
            happens: { fleet in
                try fleet.startMaster()
                try fleet.startWorkers()
                try fleet.startWorker(7)
                try fleet.startWorker(8, environment: ["JOB_COMPLETION_INDEX": "eight"])
                return []
            },
            check: {
                $0.require($0.end.workers(7), exitCodes: [3])
                $0.require($0.end.workers(7).first, endsSaying: "refused by the master")
                $0.require($0.end.workers(8), exitCodes: [2])
                $0.require($0.end.workers(8).first, endsSaying: "JOB_COMPLETION_INDEX is")
                for index in 0..<4 { $0.require($0.end.workers(index), exitCodes: [0]) }
                $0.require($0.end.masters, exitCodes: [0])
            }),
        master("no master key", exitCode: 2, saying: "CICADA_MASTER_KEY is not set", environment: ["CICADA_MASTER_KEY": ""]) { _ in },
        master("no cicada.yaml", exitCode: 2, saying: "cicada.yaml") { try $0.remove("cicada.yaml") },
        master("no script", exitCode: 2, saying: "script.lua") { try $0.remove("script.lua") },
        master("script that is a folder", exitCode: 2, saying: "script.lua") {
            try $0.remove("script.lua")
            try $0.network.run("mkdir /run/volumes/cicada-script/script.lua")
        },
        master("script with a mistake", exitCode: 2, saying: "script.lua:1") { try $0.write("script.lua", "user {") },
        master("volume that may not be written", exitCode: 3, saying: "--state") {
            try $0.network.run("mount -o remount,ro /run/volumes/state")
        },
        PodScenario(
            name: "volume of another run", plan: .init(workers: 1, keepsState: true), bound: 36,
            happens: { fleet in
                try fleet.start()
                try fleet.removeMaster()
                try fleet.workers[0]?.remove()
                try fleet.write("script.lua", #"user "Other" { task { "home", function(self) self.http:get("/") sleep(1) end } }"#)
                try fleet.startMaster()
                try fleet.startWorker(0)
                return []
            },
            check: {
                $0.require($0.end.masters, exitCodes: [137, 0])
                $0.require($0.end.workers(0), exitCodes: [137, 0])
                $0.require($0.end.master, says: "is not taken up, since its plan is another one")
            }),
    ]

    /// A master that cannot begin.
    private static func master(
        _ name: String, exitCode: Int32, saying text: String, environment: [String: String] = [:],
        _ prepare: @escaping @Sendable (PodFleet) throws -> Void
    ) -> PodScenario {
        PodScenario(
            name: name, plan: .init(keepsState: true), bound: 30,
            happens: { fleet in
                try prepare(fleet)
                try fleet.startMaster(environment: environment)
                return []
            },
            check: {
                $0.require($0.end.masters, exitCodes: [exitCode])
                $0.require($0.end.master, endsSaying: text)
            })
    }
}
