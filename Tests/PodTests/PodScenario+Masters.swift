import Glibc

extension PodScenario {
    /// What becomes of the master.
    static let masters = [
        PodScenario(
            name: "master told to end, no volume", isShort: true, plan: .init(runTime: 60), bound: 24,
            happens: { fleet in
                try fleet.start()
                sleep(3)
                fleet.master?.signal(SIGTERM)
                return []
            },
            check: {
                $0.require($0.end.masters, exitCodes: [130])
                for worker in $0.end.workers { $0.require([worker], exitCodes: [0]) }
                $0.requireAccount()
            }),
        PodScenario(
            name: "master killed, no volume", plan: .init(runTime: 60, workerFlags: ["--master-max-wait=20s"]), bound: 48,
            happens: { fleet in
                try fleet.start()
                sleep(3)
                try fleet.removeMaster()
                return try fleet.standsStill(after: 4.5, for: 2)
            },
            check: {
                $0.require($0.end.masters, exitCodes: [137])
                for worker in $0.end.workers {
                    $0.require([worker], exitCodes: [6])
                    $0.require(worker, says: "no master at cicada-master:5557 for 20 s")
                }
                $0.require($0.end.result == nil, "there is a result of a master that was killed")
            }),
        PodScenario(
            name: "master killed and started again, no volume", isShort: true, bound: 36,
            happens: { fleet in
                try fleet.start()
                sleep(3)
                try fleet.removeMaster()
                let seen = try fleet.standsStill(after: 4.5, for: 1.5)
                try fleet.startMaster()
                return seen
            },
            check: {
                $0.require($0.end.masters, exitCodes: [137, 0])
                for worker in $0.end.workers { $0.require([worker], exitCodes: [0]) }
                $0.require($0.end.master, says: "comes from a run whose master has gone")
                $0.requireAccount()
            }),
        PodScenario(
            name: "master killed and started again, with volume", isShort: true, plan: .init(runTime: 14, keepsState: true), bound: 42,
            happens: { fleet in
                try fleet.start()
                sleep(3)
                try fleet.removeMaster()
                sleep(2)
                try fleet.startMaster()
                return []
            },
            check: {
                $0.require($0.end.masters, exitCodes: [137, 0])
                for worker in $0.end.workers { $0.require([worker], exitCodes: [0]) }
                $0.require($0.end.master, says: "taking up the run of the master before")
                $0.requireAccount()
            }),
        PodScenario(
            name: "master's node lost, with volume", plan: .init(runTime: 14, keepsState: true), bound: 42,
            happens: { fleet in
                try fleet.start()
                sleep(3)
                try fleet.removeMaster(withNode: true)
                sleep(2)
                try fleet.startMaster()
                return []
            },
            check: {
                $0.require($0.end.masters, exitCodes: [137, 0])
                for worker in $0.end.workers { $0.require([worker], exitCodes: [0]) }
                $0.require($0.end.master, says: "taking up the run of the master before")
                $0.requireAccount()
            }),
        PodScenario(
            name: "master away for 20 s, with volume", plan: .init(runTime: 30, keepsState: true), bound: 60,
            happens: { fleet in
                try fleet.start()
                sleep(3)
                try fleet.removeMaster()
                let seen = try fleet.standsStill(after: 4.5, for: 2)
                sleep(13)
                try fleet.startMaster()
                return seen
            },
            check: {
                $0.require($0.end.masters, exitCodes: [137, 0])
                for worker in $0.end.workers { $0.require([worker], exitCodes: [0]) }
                $0.require($0.end.master, says: "taking up the run of the master before")
                $0.requireAccount()
            }),
        PodScenario(
            name: "master drained, with volume", isShort: true, plan: .init(runTime: 14, keepsState: true), bound: 42,
            happens: { fleet in
                try fleet.start()
                sleep(3)
                fleet.master?.signal(SIGTERM)
                let left = try fleet.master?.program.waitForEnd(atMost: 5)
                try fleet.removeMaster()
                sleep(1)
                try fleet.startMaster()
                return left?.exitCode == 130 ? [] : ["the drained master ended with \(left?.exitCode ?? -1)"]
            },
            check: {
                $0.require($0.end.masters, exitCodes: [130, 0])
                for worker in $0.end.workers { $0.require([worker], exitCodes: [0]) }
                $0.require($0.end.master, says: "taking up the run of the master before")
                $0.requireAccount()
            }),
        PodScenario(
            name: "master drained and started again, no volume",
            plan: .init(runTime: 60, settings: ["expect-workers-max-wait: 8s"]), bound: 32,
            happens: { fleet in
                try fleet.start()
                sleep(3)
                fleet.master?.signal(SIGTERM)
                _ = try fleet.master?.program.waitForEnd(atMost: 18)
                try fleet.removeMaster()
                try fleet.startMaster()
                return []
            },
            check: {
                // The first one has ended its run in order, so nobody looks for the second.
                $0.require($0.end.masters, exitCodes: [130, 3])
                for worker in $0.end.workers { $0.require([worker], exitCodes: [0]) }
                $0.requireAccount()
            }),
    ]
}

extension PodFleet {
    /// Waits, then looks whether the target is asked for nothing during a time. Answers with what is wrong.
    func standsStill(after wait: Double, for seconds: Double) throws -> [String] {
        usleep(UInt32(wait * 1e6))
        let before = try count()
        usleep(UInt32(seconds * 1e6))
        let after = try count()
        return before == after ? [] : ["\(after - before) requests came without a master"]
    }
}
