import LoadModel
import Statistics

@testable import Wire

/// Messages at random, the same for the same seed; small and great values, empty and full lists.
struct RandomMessages {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func next() -> AnyMessage {
        switch Int.random(in: 0..<28, using: &random) {
        case 0: .worker(.hello(hello()))
        case 1: .worker(.planRequest(offset: small()))
        case 2: .worker(.ready(WorkerReady(planHash: bytes(32), capacity: small(), limit: text(60), threads: small())))
        case 3: .worker(.heartbeat(heartbeat()))
        case 4, 5, 6, 7: .worker(.delta(delta()))
        case 8: .worker(.logs((0..<Int.random(in: 0...20, using: &random)).map { _ in text(200) }))
        case 9: .worker([.stopped, .failed(text(400)), .warning(text(400)), .quit].randomElement(using: &random) ?? .quit)
        case 10: .master(.welcome(welcome()))
        case 11: .master(.planChunk(PlanChunk(offset: small(), bytes: bytes(1000))))
        case 12: .master(.targets(targets()))
        case 13: .master(.heartbeat(HeartbeatReply(sequence: large(), run: random.next(), clockNanoseconds: elapsed())))
        case 14: .master(.acknowledge(delta: small()))
        case 15: .master(.stop(StopOrder(graceNanoseconds: elapsed(), isImmediate: .random(using: &random))))
        case 16: .master(.quit(reason: maybe { $0.text(300) }))
        case 17: .operator(maybe { .scale(users: $0.maybe { $0.small() }, ratePerSecond: $0.maybe { $0.decimal() }) } ?? .workers)
        case 19: .worker(.rowRequest(RowRequest(source: Int.random(in: 0..<1000, using: &random), number: small(), count: small())))
        case 20:
            .worker(
                .onceDone(
                    OnceAnswer(step: maybe { _ in .setup } ?? .teardown, value: bytes(500), failure: maybe { $0.text(300) })))
        case 21: .worker(.endWanted(EndWish(reason: text(300), userClass: text(60), isBreach: .random(using: &random))))
        case 22: .master(.share(bytes(2000)))
        case 23: .master(.once(maybe { _ in .setup } ?? .teardown))
        case 24: .master(.rows(block()))
        case 25: .master(.arrivals(arrivals()))
        case 26: .master(.wait(reason: text(300)))
        case 18: .reply(.workers((0..<Int.random(in: 0...5, using: &random)).map { _ in row() }))
        default:
            .reply(
                maybe { .refused($0.text(300)) } ?? .scaled(users: small(), ratePerSecond: decimal(), usersBefore: small(), rateBefore: 0))
        }
    }

    private mutating func maybe<Value>(_ body: (inout RandomMessages) -> Value) -> Value? { .random(using: &random) ? body(&self) : nil }

    /// Any size in bits, so that every form of an integer comes up.
    private mutating func number(in range: ClosedRange<Int64>) -> Int64 {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: range.upperBound
        case 1: range.lowerBound
        default: min(max(Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random), range.lowerBound), range.upperBound)
        }
    }
    private mutating func small() -> Int { Int(number(in: WireBounds.small)) }
    private mutating func large() -> Int64 { number(in: WireBounds.large) }
    private mutating func elapsed() -> Int64 { number(in: WireBounds.elapsed) }
    private mutating func decimal() -> Double { Double(large()) / 1024 }
    private mutating func bytes(_ limit: Int) -> [UInt8] {
        (0..<Int.random(in: 0...limit, using: &random)).map { _ in .random(in: 0...255, using: &random) }
    }
    private mutating func text(_ limit: Int) -> String {
        let characters: [Character] = ["a", "/", " ", "é", "世", "🙂", "\n", "\0"]
        return String((0..<Int.random(in: 0...limit / 4, using: &random)).map { _ in characters.randomElement(using: &random) ?? "a" })
    }

    private mutating func block() -> RowBlock {
        let (first, count) = (Int(large()), small())
        return RowBlock(
            source: Int.random(in: 0..<1000, using: &random), number: small(), rows: first..<(first + count),
            isExhausted: .random(using: &random))
    }

    private mutating func hello() -> WorkerHello {
        var hello = WorkerHello(
            version: text(20), protocolVersion: small(), session: random.next(), host: text(60), processIdentifier: small(), cores: 0,
            descriptors: 0, memoryBytes: 0,
            run: maybe {
                RunStanding(
                    run: $0.random.next(), planHash: $0.bytes(32), acknowledged: $0.small(), issued: $0.large(), delivered: $0.large())
            })
        hello.machine = machine()
        return hello
    }

    private mutating func machine() -> WorkerMachine {
        var machine = WorkerMachine()
        (machine.cores, machine.descriptors, machine.freeMemoryBytes) = (small(), Int(large()), large())
        (machine.quotaCores, machine.memoryLimitBytes) = (maybe { $0.decimal() }, maybe { $0.large() })
        (machine.ports, machine.index) = (maybe { $0.small() }, maybe { $0.small() })
        (machine.node, machine.pod) = (maybe { $0.text(60) }, maybe { $0.text(60) })
        return machine
    }

    private mutating func heartbeat() -> Heartbeat {
        Heartbeat(
            sequence: large(), run: random.next(), activity: WorkerActivity.allCases.randomElement(using: &random) ?? .ready,
            cpuPercent: decimal(), memoryBytes: large(), issued: large(),
            users: (0..<Int.random(in: 0...1000, using: &random)).map { _ in small() },
            endedUsers: (0..<Int.random(in: 0...50, using: &random)).map { _ in small() },
            drawnRows: (0..<Int.random(in: 0...50, using: &random)).map { _ in Int(large()) }, hasSharedValue: .random(using: &random),
            targetsVersion: large(), epoch: small(), arrivalsVersion: large(), pendingStarts: small(), openConnections: small(),
            lagNanoseconds: elapsed(), health: maybe { $0.health() },
            clock: maybe {
                ClockReading(
                    beganNanoseconds: $0.number(in: WireBounds.nanoseconds), offsetNanoseconds: $0.number(in: WireBounds.nanoseconds),
                    uncertaintyNanoseconds: $0.elapsed())
            })
    }

    private mutating func health() -> WorkerHealth {
        var health = WorkerHealth()
        health.watchedNanoseconds = elapsed()
        health.cores = decimal()
        health.cpuNanoseconds = elapsed()
        health.busyNanoseconds = elapsed()
        health.waitedNanoseconds = elapsed()
        health.pausedNanoseconds = elapsed()
        health.longestPauseNanoseconds = elapsed()
        health.quotaPeriods = large()
        health.throttledPeriods = large()
        health.stolenNanoseconds = elapsed()
        health.freeDescriptors = maybe { $0.small() }
        health.ports = small()
        health.portsInUse = small()
        return health
    }

    private mutating func welcome() -> Welcome {
        Welcome(
            index: small(), version: text(20), protocolVersion: small(), run: random.next(), planHash: bytes(64), planSize: small(),
            acknowledged: small(), leaseNanoseconds: maybe { $0.elapsed() }, workers: small(), place: small())
    }

    private mutating func targets() -> UserTargets {
        UserTargets(
            version: large(), epoch: small(),
            counts: (0..<Int.random(in: 0...40, using: &random)).map { ClassCount("\($0) \(text(20))", small()) },
            firstDueIn: number(in: WireBounds.nanoseconds), intervalNanoseconds: elapsed(), runElapsedNanoseconds: elapsed(),
            connectionCap: maybe { $0.small() }, connectRate: maybe { Double.random(in: WireBounds.rate, using: &$0.random) })
    }

    private mutating func arrivals() -> ArrivalsOrder {
        let claims = (0..<Int.random(in: 0...40, using: &random)).map { _ in
            let modulus = max(1, small())
            return ArrivalClaim(
                from: elapsed(), until: maybe { $0.elapsed() } ?? .max, modulus: modulus,
                residue: Int.random(in: 0..<modulus, using: &random))
        }
        return ArrivalsOrder(version: large(), epoch: small(), runElapsedNanoseconds: elapsed(), claims: claims)
    }

    private mutating func row() -> WorkerRow {
        var row = WorkerRow(
            name: text(60), host: text(60), state: text(20), users: small(), usersDealt: small(), capacity: small(),
            requestsPerSecond: decimal(),
            cpuPercent: decimal(), memoryBytes: large(), lagNanoseconds: elapsed(), deltaAgeNanoseconds: maybe { $0.elapsed() },
            silenceNanoseconds: elapsed(), issued: large(), merged: large(), interrupted: large())
        row.machine = machine()
        return row
    }

    private mutating func delta() -> WorkerDelta {
        WorkerDelta(
            number: small(), run: random.next(), snapshot: snapshot(), ageNanoseconds: elapsed(), users: small(), openConnections: small(),
            lagNanoseconds: elapsed())
    }

    /// What a recorder makes of random samples.
    mutating func snapshot() -> IntervalSnapshot {
        let tasks = (0..<Int.random(in: 1...5, using: &random)).map { ScenarioTask(name: "\($0)\(text(12))") }
        let recorder = IntervalRecorder(userClasses: [UserClass(name: text(20), tasks: tasks)])
        for _ in 0..<max(0, Int.random(in: -20...40, using: &random)) {
            let iteration = recorder.iteration(userClass: 0, task: Int.random(in: 0..<tasks.count, using: &random))
            let duration = elapsed() >> 1
            recorder.record(
                iteration: iteration, responseNanoseconds: duration + (elapsed() >> 2), durationNanoseconds: duration,
                failed: .random(using: &random))
            recorder.record(lag: elapsed())
            if Bool.random(using: &random) { recorder.countStart() } else { recorder.countDroppedStart() }
            recorder.countBusy(nanoseconds: elapsed() >> 10)
        }
        let methods = HTTPMethod.allCases
        let requests = (0..<Int.random(in: 0...8, using: &random)).map { _ in
            recorder.request(methods.randomElement(using: &random) ?? .get, text(40))
        }
        for _ in 0..<Int.random(in: 0...200, using: &random) {
            guard let request = requests.randomElement(using: &random) else { break }
            let service = Int64.random(in: 0...1 << 42, using: &random) >> Int64.random(in: 0...40, using: &random)
            let late = Bool.random(using: &random) ? service / 3 : 0
            var sample = RequestSample(
                request: request, serviceTimeNanoseconds: service, responseTimeNanoseconds: service + late, status: 200)
            sample.receivedBytes = large() >> 12
            sample.phases.waitMicroseconds = service / 2000
            if Bool.random(using: &random) { sample.failure = recorder.failure(of: request, reason: text(40)) }
            recorder.record(sample)
            recorder.countIssued()
            if Int.random(in: 0..<20, using: &random) == 0 { recorder.countInterrupted(request) }
            if Int.random(in: 0..<20, using: &random) == 0 {
                recorder.record(exception: ScriptException(place: text(20), message: text(40), stack: text(400)), userClass: text(20))
            }
        }
        for _ in 0..<max(0, Int.random(in: -20...20, using: &random)) {
            if Bool.random(using: &random) {
                recorder.record(.timing(name: text(12), nanoseconds: number(in: WireBounds.nanoseconds)))
            } else {
                recorder.record(.counter(name: text(12), amount: Double(number(in: -1 << 60...1 << 60)) / 1024))
            }
        }
        return recorder.takeSnapshot()
    }
}
