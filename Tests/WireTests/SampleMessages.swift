import LoadModel
import Statistics

@testable import Wire

/// A message of any kind.
enum AnyMessage: Equatable {
    case worker(WorkerMessage)
    case master(MasterMessage)
    case `operator`(OperatorMessage)
    case reply(OperatorReply)

    func encoded(nodeID: String) -> [UInt8] {
        switch self {
        case .worker(let message): message.encoded(nodeID: nodeID)
        case .master(let message): message.encoded(nodeID: nodeID)
        case .operator(let message): message.encoded(nodeID: nodeID)
        case .reply(let message): message.encoded(nodeID: nodeID)
        }
    }

    /// Decodes bytes as the kind of message that this is.
    func decoded(_ bytes: [UInt8]) throws(WireError) -> (message: AnyMessage, nodeID: String) {
        switch self {
        case .worker:
            let (message, nodeID) = try WorkerMessage.decode(bytes)
            return (.worker(message), nodeID)
        case .master:
            let (message, nodeID) = try MasterMessage.decode(bytes)
            return (.master(message), nodeID)
        case .operator:
            let (message, nodeID) = try OperatorMessage.decode(bytes)
            return (.operator(message), nodeID)
        case .reply:
            let (message, nodeID) = try OperatorReply.decode(bytes)
            return (.reply(message), nodeID)
        }
    }

    /// One of each kind, to decode with.
    static let kinds: [AnyMessage] = [.worker(.quit), .master(.quit(reason: nil)), .operator(.workers), .reply(.refused(""))]
}

/// One message of every type, and of every form of it.
enum SampleMessages {
    static let nodeID = "vm_e9fae67d4a3a47d5bcb13a314062d121"
    static let hash: [UInt8] = (0..<32).map { $0 * 7 }

    /// By the name of their golden files.
    static let all: [(name: String, message: AnyMessage)] = [
        ("worker-client_ready", .worker(.hello(hello()))),
        (
            "worker-client_ready-in-a-run",
            .worker(.hello(hello(RunStanding(run: .max, planHash: hash, acknowledged: 17, issued: 90_000, delivered: 80_000))))
        ),
        ("worker-plan", .worker(.planRequest(offset: 262_144))),
        ("worker-plan_ready", .worker(.ready(WorkerReady(planHash: hash, capacity: 900, limit: "1,024 descriptors", threads: 2)))),
        ("worker-heartbeat", .worker(.heartbeat(heartbeat))),
        ("worker-stats", .worker(.delta(delta(snapshot())))),
        ("worker-stats-custom", .worker(.delta(delta(customSnapshot())))),
        ("worker-stats-iterations", .worker(.delta(delta(iterationSnapshot())))),
        ("worker-stats-empty", .worker(.delta(delta(IntervalSnapshot())))),
        ("worker-heartbeat-with-health", .worker(.heartbeat(heartbeatWithHealth))),
        ("worker-logs", .worker(.logs(["first line", "zweite Zeile: Grüße", ""]))),
        ("worker-client_stopped", .worker(.stopped)),
        ("worker-warning", .worker(.warning("user class \"X\" has kept engine thread 0 busy for 1.2 s"))),
        ("worker-failed", .worker(.failed("plan: demo.lua:3: unexpected symbol"))),
        ("worker-quit", .worker(.quit)),
        ("worker-rows", .worker(.rowRequest(RowRequest(source: 1, number: 3, count: 250)))),
        ("worker-once_done", .worker(.onceDone(OnceAnswer(step: .setup, value: Array(#"{"token":"é"}"#.utf8))))),
        ("worker-once_done-failed", .worker(.onceDone(OnceAnswer(step: .teardown, failure: "shop.lua:9: boom")))),
        ("worker-end_wanted", .worker(.endWanted(EndWish(reason: "basket is empty", userClass: "Buyer", isBreach: false)))),
        ("worker-end_wanted-breach", .worker(.endWanted(EndWish(reason: "256 MiB", userClass: "Buyer", isBreach: true)))),
        ("worker-client_ready-in-a-pod", .worker(.hello(helloOfPod))),
        ("master-ack", .master(.welcome(welcome(lease: 2_000_000_000)))),
        ("master-ack-without-lease", .master(.welcome(welcome(lease: nil)))),
        ("master-ack-of-a-successor", .master(.welcome(welcome(lease: 2_000_000_000, place: 0)))),
        ("master-wait", .master(.wait(reason: "worker-1 was last heard of 1.2 s ago"))),
        ("master-plan", .master(.planChunk(PlanChunk(offset: 0, bytes: Array("the plan".utf8) + [0, 255])))),
        ("master-spawn", .master(.targets(targets(cap: 500)))),
        ("master-spawn-without-cap", .master(.targets(targets(cap: nil)))),
        (
            "master-arrivals",
            .master(
                .arrivals(
                    ArrivalsOrder(
                        version: 1_795_463_335_939_001, epoch: 2, runElapsedNanoseconds: 3_000_000_000,
                        claims: [
                            ArrivalClaim(from: 0, until: 8_500_000_000, modulus: 3, residue: 2),
                            ArrivalClaim(from: 8_500_000_000, modulus: 12, residue: 5),
                        ])))
        ),
        ("master-share", .master(.share(Array(#"{"token":"é"}"#.utf8)))),
        ("master-once", .master(.once(.setup))),
        ("master-rows", .master(.rows(RowBlock(source: 1, number: 3, rows: 1_000_250..<1_000_500, isExhausted: false)))),
        ("master-rows-none", .master(.rows(RowBlock(source: 0, number: 4, rows: 9..<9, isExhausted: true)))),
        (
            "master-heartbeat",
            .master(.heartbeat(HeartbeatReply(sequence: 240, run: 0x1234_5678_9ABC_DEF0, clockNanoseconds: 86_400_123_456_789)))
        ),
        ("master-stats_ack", .master(.acknowledge(delta: 61))),
        ("master-stop", .master(.stop(StopOrder(graceNanoseconds: 30_000_000_000)))),
        ("master-stop-at-once", .master(.stop(StopOrder(graceNanoseconds: 0, isImmediate: true)))),
        ("master-quit", .master(.quit(reason: nil))),
        ("master-quit-with-reason", .master(.quit(reason: "version 0.1.0 here, 0.2.0 there"))),
        ("operator-scale", .operator(.scale(users: 2000, ratePerSecond: 12.5))),
        ("operator-scale-as-it-is", .operator(.scale(users: nil, ratePerSecond: nil))),
        ("operator-workers", .operator(.workers)),
        ("reply-scaled", .reply(.scaled(users: 2000, ratePerSecond: 12.5, usersBefore: 1000, rateBefore: 100))),
        ("reply-workers", .reply(.workers([row("a", age: 950_000_000), row("b", age: nil)]))),
        ("reply-refused", .reply(.refused("the run is stopping"))),
    ]

    static func hello(_ run: RunStanding? = nil) -> WorkerHello {
        WorkerHello(
            version: "0.1.0", protocolVersion: 1, session: 0xFEDC_BA98_7654_3210, host: "vm", processIdentifier: 4242, cores: 2,
            descriptors: 20_000, memoryBytes: 8 << 30, run: run)
    }

    static var helloOfPod: WorkerHello {
        var hello = hello()
        (hello.machine.node, hello.machine.pod, hello.machine.index) = ("node-7", "cicada-worker-3-x2b8q", 3)
        (hello.machine.quotaCores, hello.machine.memoryLimitBytes, hello.machine.ports) = (1.5, 512 << 20, 28_232)
        return hello
    }

    static let heartbeat = Heartbeat(
        sequence: 240, run: 0x1234_5678_9ABC_DEF0, activity: .ready, cpuPercent: 12.5, memoryBytes: 52_428_800, issued: 123_456,
        users: [3, 0, 1000], endedUsers: [0, 2, 300], drawnRows: [70_000], hasSharedValue: true, targetsVersion: 1_795_463_335_939_000,
        epoch: 1, openConnections: 950, lagNanoseconds: 1_200_000)

    static var heartbeatWithHealth: Heartbeat {
        var heartbeat = heartbeat
        var health = WorkerHealth()
        health.watchedNanoseconds = 60_000_000_000
        health.cores = 0.2
        health.cpuNanoseconds = 11_500_000_000
        health.busyNanoseconds = 58_000_000_000
        health.waitedNanoseconds = 3_000_000_000
        health.pausedNanoseconds = 41_000_000_000
        health.longestPauseNanoseconds = 83_000_000
        health.quotaPeriods = 600
        health.throttledPeriods = 590
        health.stolenNanoseconds = 120_000_000
        health.freeDescriptors = 19_000
        health.ports = 28_232
        health.portsInUse = 960
        heartbeat.health = health
        heartbeat.clock = ClockReading(
            beganNanoseconds: 1_000_600_000_000, offsetNanoseconds: -999_999_700_000, uncertaintyNanoseconds: 85_000)
        return heartbeat
    }

    static func delta(_ snapshot: IntervalSnapshot) -> WorkerDelta {
        WorkerDelta(
            number: 61, run: 0x1234_5678_9ABC_DEF0, snapshot: snapshot, ageNanoseconds: 3_000_000, users: 1003, openConnections: 950,
            lagNanoseconds: 1_200_000)
    }

    static func welcome(lease: Int64?, place: Int? = nil) -> Welcome {
        Welcome(
            index: 1, version: "0.1.0", protocolVersion: 1, run: 0x1234_5678_9ABC_DEF0, planHash: hash, planSize: 300_000, acknowledged: 60,
            leaseNanoseconds: lease, place: place)
    }

    static func targets(cap: Int?) -> UserTargets {
        UserTargets(
            version: 1_795_463_335_939_000, epoch: 1, counts: [ClassCount("Alpha", 3), ClassCount("Beta", 0)], firstDueIn: -5_000_000,
            intervalNanoseconds: 10_000_000, runElapsedNanoseconds: 1_500_000_000, connectionCap: cap)
    }

    static func row(_ name: String, age: Int64?) -> WorkerRow {
        var row = WorkerRow(
            name: name, host: "vm", state: "running", users: 500, usersDealt: 501, capacity: 900, requestsPerSecond: 1234.5,
            cpuPercent: 87.5,
            memoryBytes: 52_428_800, lagNanoseconds: 1_200_000, deltaAgeNanoseconds: age, silenceNanoseconds: 120_000_000, issued: 10_000,
            merged: 9000, interrupted: 10)
        row.machine.cores = 2
        row.machine.descriptors = 20_000
        row.machine.freeMemoryBytes = 1 << 30
        if age == nil { (row.machine.node, row.machine.pod, row.machine.index) = ("node-7", "cicada-worker-3-x2b8q", 3) }
        return row
    }

    /// A snapshot of what a script measured itself.
    static func customSnapshot() -> IntervalSnapshot {
        let recorder = IntervalRecorder()
        for time: Int64 in [1_000_000, 1_000_400, 250_000_000, -5, 7_200_000_000_000] {
            recorder.record(.timing(name: "checkout", nanoseconds: time))
        }
        for amount in [1, 0.1, 0.2, -2.5e14] { recorder.record(.counter(name: "Größe", amount: amount)) }
        recorder.record(.counter(name: "coins", amount: 3))
        var snapshot = recorder.takeSnapshot()
        snapshot.examples.custom = "another"
        return snapshot
    }

    /// A snapshot of iterations, and of what the generator says of itself.
    static func iterationSnapshot() -> IntervalSnapshot {
        let recorder = IntervalRecorder(userClasses: [
            UserClass(name: "Käufer", tasks: [ScenarioTask(name: "browse"), ScenarioTask(name: "pay")])
        ])
        for (task, response, duration) in [(0, 4000, 4000), (1, 1_400_000_000, 2_000_000), (1, 3_000_000, 3_000_000)]
            as [(Int, Int64, Int64)]
        {
            recorder.record(
                iteration: recorder.iteration(userClass: 0, task: task), responseNanoseconds: response, durationNanoseconds: duration,
                failed: task == 0)
        }
        for lag in [900, 60_000, 60_100, 1_200_000] as [Int64] { recorder.record(lag: lag) }
        recorder.countBusy(nanoseconds: 5_004_000)
        for _ in 0..<3 { recorder.countStart() }
        recorder.countDroppedStart()
        return recorder.takeSnapshot()
    }

    /// A snapshot with everything that a snapshot can have, but for what scripts measure themselves, and iterations.
    static func snapshot() -> IntervalSnapshot {
        let recorder = IntervalRecorder()
        let root = recorder.request(.get, "/")
        let post = recorder.request(.post, "/päges")
        for time: Int64 in [900, 1_000_000, 1_000_400, 250_000_000, 7_200_000_000_000] {
            var sample = RequestSample(request: root, serviceTimeNanoseconds: time, responseTimeNanoseconds: time, status: 200)
            sample.receivedBytes = 1000
            recorder.record(sample)
            recorder.countIssued()
        }
        var late = RequestSample(request: post, serviceTimeNanoseconds: 3_000_000, responseTimeNanoseconds: 4_500_000, status: 503)
        late.failure = recorder.failure(of: post, reason: "503 Service Unavailable")
        late.phases.lookupMicroseconds = 40
        late.phases.connectMicroseconds = 60
        late.phases.tlsMicroseconds = 900
        late.phases.waitMicroseconds = 1500
        late.phases.receiveMicroseconds = 12
        recorder.record(late)
        recorder.countIssued()
        recorder.countIssued()
        recorder.countInterrupted(recorder.request(.delete, "/slow"))
        recorder.countConnectionsOpened(3)
        recorder.record(
            exception: ScriptException(place: "demo.lua:12", message: "boom", stack: "in task 'a'\nin main"), userClass: "Alpha")
        var snapshot = recorder.takeSnapshot()
        snapshot.examples.request = "GET /päges/1001"
        snapshot.examples.exception = "demo.lua:99"
        let absent = FailureKey(request: RequestKey(method: .put, name: "/zzz"), reason: "no answer")
        snapshot.failures.append(FailureInterval(key: absent, count: 2))
        return snapshot
    }
}

extension IntervalRecorder {
    func request(_ method: HTTPMethod, _ name: String) -> RequestID {
        var name = name
        return name.withUTF8 { request(method: method, name: UnsafeRawBufferPointer($0)) }
    }
}
