import Glibc

extension PodScenario {
    /// What is missing or wrong in the Secret, the ConfigMap and the volume. Whoever is told so ends at once.
    static let input = [
        PodScenario(
            name: "no join token", isShort: true, bound: 12,
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
        master("no cicada.yaml", exitCode: 2, saying: "cicada.yaml") { try $0.remove("cicada.yaml") },
        master("no script", exitCode: 2, saying: "script.lua") { try $0.remove("script.lua") },
        master("script that is a folder", exitCode: 2, saying: "check the path") {
            try $0.remove("script.lua")
            try $0.network.run("mkdir /run/volumes/cicada/script.lua")
        },
        master("script with a mistake", exitCode: 2, saying: "the script ends too early") { try $0.write("script.lua", "user {") },
        master("volume that may not be written", exitCode: 3, saying: "--state") {
            try $0.network.run("mount -o remount,ro /run/volumes/state")
        },
        PodScenario(
            name: "volume of another run", plan: .init(workers: 1, keepsState: true), bound: 28,
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
        _ name: String, exitCode: Int32, saying text: String, _ prepare: @escaping @Sendable (PodFleet) throws -> Void
    ) -> PodScenario {
        PodScenario(
            name: name, plan: .init(keepsState: true), bound: 12,
            happens: { fleet in
                try prepare(fleet)
                try fleet.startMaster()
                return []
            },
            check: {
                $0.require($0.end.masters, exitCodes: [exitCode])
                $0.require($0.end.master, endsSaying: text)
            })
    }
}
