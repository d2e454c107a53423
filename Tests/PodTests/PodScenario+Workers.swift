import Glibc

extension PodScenario {
    /// What becomes of workers.
    static let workers = [
        PodScenario(
            name: "master 20 s late", isShort: true, bound: 36,
            happens: { fleet in
                try fleet.startWorkers()
                sleep(20)
                try fleet.startMaster()
                return []
            },
            check: {
                $0.requireSuccess()
                $0.requireAccount()
            }),
        PodScenario(
            name: "master first", bound: 36,
            happens: { fleet in
                try fleet.startMaster()
                for index in 0..<fleet.plan.workers {
                    sleep(1)
                    try fleet.startWorker(index)
                }
                return []
            },
            check: {
                $0.requireSuccess()
                $0.requireAccount()
            }),
        PodScenario(
            name: "worker killed, replaced", isShort: true, plan: .init(runTime: 14), bound: 42,
            happens: { fleet in
                try fleet.start()
                sleep(2)
                try fleet.workers[2]?.remove()
                try fleet.startWorker(2)
                return []
            },
            check: {
                $0.require($0.end.workers(2), exitCodes: [137, 0])
                for index in [0, 1, 3] { $0.require($0.end.workers(index), exitCodes: [0]) }
                $0.require($0.end.masters, exitCodes: [0])
                $0.requireConservation()
            }),
        PodScenario(
            name: "worker's node lost, replaced", plan: .init(runTime: 14), bound: 42,
            happens: { fleet in
                try fleet.start()
                sleep(2)
                try fleet.workers[2]?.remove(withNode: true)
                try fleet.startWorker(2)
                return []
            },
            check: {
                $0.require($0.end.workers(2), exitCodes: [137, 0])
                for index in [0, 1, 3] { $0.require($0.end.workers(index), exitCodes: [0]) }
                $0.require($0.end.masters, exitCodes: [0])
                $0.requireConservation()
            }),
        PodScenario(
            name: "worker drained, replaced", plan: .init(runTime: 10), bound: 36,
            happens: { fleet in
                try fleet.start()
                sleep(2)
                fleet.workers[2]?.signal(SIGTERM)
                guard let ended = fleet.workers[2]?.program, try ended.waitForEnd(atMost: 12).exitCode == 130 else {
                    return ["the drained worker did not end with 130"]
                }
                try fleet.startWorker(2)
                return []
            },
            check: {
                $0.require($0.end.workers(2), exitCodes: [130, 0])
                $0.require($0.end.workers(2).first, endsSaying: "left")
                for index in [0, 1, 3] { $0.require($0.end.workers(index), exitCodes: [0]) }
                $0.require($0.end.masters, exitCodes: [0])
                $0.requireAccount()
            }),
        PodScenario(
            name: "link cut for 10 s", isShort: true, plan: .init(runTime: 20), bound: 48,
            happens: { fleet in
                try fleet.start()
                sleep(2)
                try fleet.workers[1]?.cut(true)
                sleep(10)
                try fleet.workers[1]?.cut(false)
                return []
            },
            check: {
                $0.requireSuccess()
                $0.require($0.end.master, says: "is back")
                $0.requireAccount()
            }),
        PodScenario(
            name: "link cut for 90 s, worker gone", plan: .init(runTime: 75, workerFlags: ["--master-max-wait=1m"]), bound: 116,
            happens: { fleet in
                try fleet.start()
                sleep(2)
                try fleet.workers[1]?.cut(true)
                sleep(90)
                try fleet.workers[1]?.cut(false)
                return []
            },
            check: {
                $0.require($0.end.workers(1), exitCodes: [6])
                $0.require($0.end.workers(1).first, says: "no master at cicada-master:5557 for 1 m")
                for index in [0, 2, 3] { $0.require($0.end.workers(index), exitCodes: [0]) }
                $0.require($0.end.masters, exitCodes: [0])
                $0.require($0.end.master, says: "worker-1 has been silent for")
                $0.requireConservation()
                // The others have its users.
                let short = $0.end.result?.history.filter { $0.second > 12 && $0.second < 70 && $0.users != 24 } ?? []
                $0.require(short.isEmpty, "the users were not dealt to others: \(short)")
            }),
        PodScenario(
            name: "link cut for 90 s, worker back", plan: .init(runTime: 105), bound: 136,
            happens: { fleet in
                try fleet.start()
                sleep(2)
                try fleet.workers[1]?.cut(true)
                sleep(90)
                try fleet.workers[1]?.cut(false)
                return []
            },
            check: {
                $0.requireSuccess()
                $0.require($0.end.master, says: "worker-1 is back")
                $0.requireAccount()
            }),
        PodScenario(
            name: "link cut over the end", plan: .init(runTime: 12), bound: 60,
            happens: { fleet in
                try fleet.start()
                sleep(2)
                try fleet.workers[1]?.cut(true)
                sleep(40)
                try fleet.workers[1]?.cut(false)
                return []
            },
            check: {
                // The master has its result, and only lingers.
                $0.require($0.end.workers(1), exitCodes: [4])
                $0.require($0.end.workers(1).first, endsSaying: "too late")
                for index in [0, 2, 3] { $0.require($0.end.workers(index), exitCodes: [0]) }
                $0.require($0.end.masters, exitCodes: [0])
                $0.requireConservation()
            }),
        PodScenario(
            name: "two pods under one index", plan: .init(runTime: 30), bound: 58,
            happens: { fleet in
                try fleet.start()
                try fleet.startWorker(1)
                return []
            },
            check: {
                $0.require($0.end.workers(1), exitCodes: [0, 3])
                $0.require($0.end.workers(1).last, endsSaying: "refused by the master")
                for index in [0, 2, 3] { $0.require($0.end.workers(index), exitCodes: [0]) }
                $0.require($0.end.masters, exitCodes: [0])
                $0.requireAccount()
            }),
        PodScenario(
            name: "worker with few ports", plan: .init(users: 240), bound: 36,
            happens: { fleet in
                try fleet.startMaster()
                for index in 0..<fleet.plan.workers { try fleet.startWorker(index, localPorts: index == 3 ? "40000 40029" : nil) }
                return []
            },
            check: { check in
                check.requireSuccess()
                check.requireAccount()
                let users = check.end.result?.workers.first { $0.name == "worker-3" }?.users ?? 0
                check.require(users > 0 && users <= 30, "worker-3 had \(users) users with 30 ports")
            }),
        PodScenario(
            name: "worker with few descriptors", plan: .init(users: 240), bound: 36,
            happens: { fleet in
                try fleet.startMaster()
                for index in 0..<fleet.plan.workers { try fleet.startWorker(index, descriptors: index == 3 ? 80 : nil) }
                return []
            },
            check: { check in
                check.requireSuccess()
                check.requireAccount()
                let users = check.end.result?.workers.first { $0.name == "worker-3" }?.users ?? 0
                check.require(users > 0 && users < 50, "worker-3 had \(users) users with 80 descriptors")
            }),
        PodScenario(
            name: "workers with too few descriptors", plan: .init(users: 240), bound: 36,
            happens: { fleet in
                try fleet.startMaster()
                for index in 0..<fleet.plan.workers { try fleet.startWorker(index, descriptors: 80) }
                return []
            },
            check: { check in
                check.require(check.end.masters, exitCodes: [3])
                check.require(check.end.master, endsSaying: "descriptors")
                for index in 0..<4 { check.require(check.end.workers(index), exitCodes: [3]) }
                check.require(check.end.counted == 0, "\(check.end.counted) requests were made")
            }),
    ]
}
