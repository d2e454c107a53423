import EventLoop
import LoadModel
import Statistics
import Wire

@testable import Cluster

/// A master's log and what it stands for, in a run of made-up deltas: each call does to the log what a master does, and keeps what must come back.
struct SimulatedRun {
    static let start: Int64 = 1_700_000_000_000_000_000
    let plan: RunPlan
    var log: StateLog
    /// What the deltas come to.
    var result = RunResult()
    var sessions: [String: Resumption.SessionProgress] = [:]
    var ledger: RowLedger
    var standings: [String: WorkerStanding] = [:]
    var once = OnceRecord()
    var horizon: Int64 = 0
    /// Every delta, to be added up by parts of the run.
    var deltas: [(snapshot: IntervalSnapshot, account: String, second: Int)] = []
    private var numbers: [Int] = []
    private var blocks: [Int] = []
    private var random: SplitMix64

    init(folder: TemporaryFolder, seed: UInt64, growth: Int64 = 20_000) throws {
        var plan = try SamplePlan.make(users: 9, rate: 2)
        plan.scenario.dataSources = [DataSource(file: "a.csv", atEnd: .cyclic, rows: 100)]
        plan.warmUpNanoseconds = 3_000_000_000
        self.plan = plan
        random = SplitMix64(seed: seed)
        ledger = RowLedger(sources: plan.leased)
        log = try Self.opened(folder, plan)
        log.growth = growth
        try log.begin(run: 5, planBytes: plan.encoded())
        let now = MonotonicClock.nanoseconds()
        log.noteStart(now, now: now, wall: Self.start)
    }

    private static func opened(_ folder: TemporaryFolder, _ plan: RunPlan) throws -> StateLog {
        switch try StateLog.open(folder: folder.path, plan: plan) {
        case .new(let log, _): log
        case .takenUp(let log, _, _): log
        }
    }

    /// As after a kill and a restart, which comes at once by the clock.
    mutating func reopen(_ folder: TemporaryFolder, growth: Int64 = 20_000) throws -> Resumption? {
        guard case .takenUp(let log, _, let resumption) = try StateLog.open(folder: folder.path, plan: plan) else { return nil }
        log.growth = growth
        self.log = log
        return resumption
    }

    private func peer(_ worker: Int) -> Peer { Peer(name: "w\(worker)", session: 7) }

    /// A delta of one of some workers.
    mutating func deliver(worker: Int, second: Int, snapshot: IntervalSnapshot) -> String? {
        while numbers.count <= worker { numbers.append(0) }
        numbers[worker] += 1
        let name = "w\(worker)"
        let delta = WorkerDelta(number: numbers[worker], run: 5, snapshot: snapshot, users: 1, openConnections: 1, lagNanoseconds: 0)
        let bytes = WorkerMessage.delta(delta).encoded(nodeID: name)
        if let failure = bytes.withUnsafeBytes({ log.append($0, delta, peer: peer(worker), account: name, second: second) }) {
            numbers[worker] -= 1
            return failure
        }
        if second < plan.warmUpSeconds {
            result.mergeWarmUp(snapshot, fromWorker: name, second: second)
        } else {
            result.merge(snapshot, fromWorker: name, second: second)
        }
        sessions[name] = Resumption.SessionProgress(session: 7, account: name, lastDelta: numbers[worker])
        return nil
    }

    /// A second of the run: some deltas, rows, what else there is to note, and the turn at its end.
    mutating func second(_ second: Int, workers: Int = 3, keeping: Bool = true) {
        for worker in 0..<workers where Int.random(in: 0..<4, using: &random) > 0 {
            let snapshot = SampleSnapshot.make(using: &random)
            // Some come late, by whole intervals.
            let late = Int.random(in: 0..<10, using: &random) == 0 ? Int.random(in: 0...30, using: &random) : 0
            let told = max(0, second - late)
            _ = deliver(worker: worker, second: told, snapshot: snapshot)
            if keeping { deltas.append((snapshot, "w\(worker)", told)) }
        }
        if Bool.random(using: &random) { grant(to: Int.random(in: 0..<workers, using: &random)) }
        horizon = Int64(second) * 1_000_000_000
        _ = log.note(horizon: horizon)
        if second == 4 {
            once.value = [49]
            log.note(once)
        }
        turn(second: second, workers: workers)
    }

    private mutating func grant(to worker: Int) {
        while blocks.count <= worker { blocks.append(0) }
        blocks[worker] += 1
        let request = RowRequest(source: 0, number: blocks[worker], count: Int.random(in: 1...5, using: &random))
        guard let block = ledger.grant(request, to: peer(worker), workers: 3) else { return }
        _ = log.note(block, of: peer(worker))
    }

    /// What a master does once a second.
    mutating func turn(second: Int, workers: Int = 3) {
        let wall = Self.start + Int64(second) * 1_000_000_000
        let all = (0..<workers).map { worker in
            WorkerStanding(
                peer: peer(worker), account: "w\(worker)", issued: Int64(second * 3), users: 3, rate: 10, userRate: 2, unheard: 4)
        }
        for standing in all {
            standings[standing.account] = standing
            result.noteIssued(standing.issued, byWorker: standing.account)
        }
        log.note(all, wall: wall)
        result.noteUsers(second % 40, second: second)
        log.turn(result, users: second % 40, second: second)
    }

    /// What is wrong with what came back; nil: nothing.
    func difference(from resumption: Resumption) -> String? {
        if resumption.result != result { return "the result is another one" }
        if resumption.lastDeltas != sessions { return "sessions: \(resumption.lastDeltas)" }
        if resumption.standings != standings { return "standings: \(resumption.standings)" }
        if resumption.once != once || resumption.horizon != horizon { return "once or horizon" }
        var other = RowLedger(sources: plan.leased)
        for (peer, block) in resumption.rows { other.note(block, of: peer) }
        if other.use(isGone: { _ in false }) != ledger.use(isGone: { _ in false }) { return "rows" }
        for worker in blocks.indices {
            // The latest block is answered again, and no row is given twice.
            var (one, two) = (ledger, other)
            for request in [
                RowRequest(source: 0, number: blocks[worker], count: 1), RowRequest(source: 0, number: blocks[worker] + 1, count: 2),
            ] {
                if one.grant(request, to: peer(worker), workers: 3) != two.grant(request, to: peer(worker), workers: 3) { return "a block" }
            }
        }
        return nil
    }

    /// What the deltas between two seconds come to.
    func part(from: Int, to: Int) -> RunResult {
        var sum = RunResult()
        for delta in deltas where delta.second >= from && delta.second < to {
            if delta.second < plan.warmUpSeconds {
                sum.mergeWarmUp(delta.snapshot, fromWorker: delta.account, second: delta.second)
            } else {
                sum.merge(delta.snapshot, fromWorker: delta.account, second: delta.second)
            }
        }
        return sum
    }
}

/// What a worker measures in a second, made up.
enum SampleSnapshot {
    static func make(using random: inout SplitMix64, names: Int = 4, samples: ClosedRange<Int> = 0...6) -> IntervalSnapshot {
        let recorder = IntervalRecorder(userClasses: [UserClass(name: "A", tasks: [ScenarioTask(name: "t")])])
        for _ in 0..<Int.random(in: samples, using: &random) {
            var path = "/page/\(Int.random(in: 0..<names, using: &random))"
            let request = path.withUTF8 { recorder.request(method: .get, name: UnsafeRawBufferPointer($0)) }
            recorder.countIssued()
            let service = Int64.random(in: 1_000_000...30_000_000, using: &random)
            recorder.record(
                RequestSample(request: request, serviceTimeNanoseconds: service, responseTimeNanoseconds: service + 90, status: 200))
            recorder.record(
                iteration: recorder.iteration(userClass: 0, task: 0), responseNanoseconds: service, durationNanoseconds: service,
                failed: false)
        }
        return recorder.takeSnapshot()
    }
}
