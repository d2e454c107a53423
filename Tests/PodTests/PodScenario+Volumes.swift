import Glibc

extension PodScenario {
    /// What becomes of the volume.
    static let volumes = [
        PodScenario(
            name: "full disk", isShort: true, plan: .init(keepsState: true, stateBytes: 16 << 10), bound: 36,
            happens: { fleet in
                try fleet.start()
                return []
            },
            check: {
                $0.requireSuccess()
                $0.require($0.end.master, says: "the state cannot be written to")
                $0.requireAccount()
            }),
        PodScenario(
            name: "full disk, result on it", plan: .init(keepsState: true, stateBytes: 16 << 10), bound: 36,
            happens: { fleet in
                try fleet.startMaster(["--json=/state/result.json"])
                try fleet.startWorkers()
                return []
            },
            check: {
                $0.require($0.end.masters, exitCodes: [4])
                $0.require($0.end.master, says: "/state/result.json")
                for worker in $0.end.workers { $0.require([worker], exitCodes: [0]) }
                $0.require($0.end.fetched != nil, "the result was not to be had on /result")
                $0.requireAccount()
            }),
        PodScenario(
            name: "full disk for 4 s", plan: .init(runTime: 12, keepsState: true, stateBytes: 16 << 10), bound: 42,
            happens: { fleet in
                try fleet.start()
                sleep(4)
                try fleet.network.makeVolume("state", bytes: 64 << 20)
                return []
            },
            check: {
                $0.requireSuccess()
                $0.requireAccount()
            }),
        PodScenario(
            name: "disk without any room", plan: .init(keepsState: true, stateBytes: 8 << 10), bound: 30,
            happens: { fleet in
                try fleet.network.run("cat /dev/zero 2>/dev/null >/run/volumes/state/other || true")
                try fleet.startMaster()
                return []
            },
            check: {
                $0.require($0.end.masters, exitCodes: [3])
                $0.require($0.end.master, endsSaying: "--state")
            }),
    ]
}
