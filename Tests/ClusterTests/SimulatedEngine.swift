import LoadModel
import Statistics

@testable import LoadEngine

/// The engine threads of a simulated worker, in virtual time: users that request, wait and request again, and obey as real ones do.
struct SimulatedEngine {
    /// What really became of the requests.
    struct Truth: Equatable {
        var issued: Int64 = 0
        var finished: Int64 = 0
        var interrupted: Int64 = 0
        /// Sum over a different number for each finished request: one counted twice and one lost do not make up for each other.
        var mark: Int64 = 0

        static func + (one: Truth, other: Truth) -> Truth {
            Truth(
                issued: one.issued + other.issued, finished: one.finished + other.finished,
                interrupted: one.interrupted + other.interrupted,
                mark: one.mark + other.mark)
        }
    }

    /// The run that its figures are of.
    let run: UInt64
    let classes: Int
    private(set) var threads: [SimulatedThread]
    var leaseExpiry: Int64

    init(
        run: UInt64, classes: Int, threads: Int, name: String, leaseExpiry: Int64, seed: UInt64,
        behaviour: SimulatedThread.Behaviour = SimulatedThread.Behaviour()
    ) {
        self.run = run
        self.classes = classes
        self.leaseExpiry = leaseExpiry
        self.threads = (0..<threads).map {
            SimulatedThread(index: $0, name: name, classes: classes, seed: seed &+ UInt64($0), behaviour: behaviour)
        }
    }

    /// Lets time pass.
    mutating func advance(to now: Int64) { for index in threads.indices { threads[index].advance(to: now, lease: leaseExpiry) } }

    /// Nothing moves until then.
    mutating func stall(until time: Int64) {
        for index in threads.indices { threads[index].stalledUntil = max(time, threads[index].stalledUntil) }
    }

    mutating func obey(_ command: EngineCommand, thread: Int, now: Int64) -> EngineReport? {
        threads[thread].advance(to: now, lease: leaseExpiry)
        return threads[thread].obey(command, now: now)
    }

    /// The last report of a thread whose last user has gone after a stop.
    mutating func takeStopReport(of thread: Int) -> EngineReport? {
        threads[thread].isDoneUnreported ? threads[thread].report() : nil
    }

    /// What the threads have told since the last time, in order.
    mutating func takeOutput() -> [SimulatedThread.Output] {
        threads.indices.flatMap { index in
            defer { threads[index].output = [] }
            return threads[index].output
        }
    }

    /// Starts of the open model that were begun, by their number in the schedule.
    var begunStarts: [Int] { threads.flatMap(\.begunStarts) }
    /// Starts that were given up.
    var droppedStarts: Int { threads.reduce(0) { $0 + $1.droppedStarts } }
    var pendingStarts: Int { threads.reduce(0) { $0 + $1.pendingStarts } }

    /// Users that have ended by themselves, by thread and class.
    var ended: [[Int]] { threads.map(\.ended) }
    /// Every row that a user has got.
    var drawn: [Int] { threads.flatMap(\.drawn) }
    /// How often something was run that runs once.
    func runs(of step: UserStep) -> Int { threads.reduce(0) { $0 + $1.begun.count { $0 == step } } }

    /// Users active, by class.
    var users: [Int] {
        threads.reduce(into: Array(repeating: 0, count: classes)) { sums, thread in thread.users.forEach { sums[$0.userClass] += 1 } }
    }
    var activeUsers: Int { threads.reduce(0) { $0 + $1.users.count } }
    var truth: Truth { threads.reduce(Truth()) { $0 + $1.truth } }
}

/// One of them.
struct SimulatedThread {
    struct User {
        var userClass: Int
        /// When its request ends; nil: it waits.
        var requestEnd: Int64?
        var nextRequest: Int64
        var leaving: StopDeadlines?
        /// True: it waits for a row.
        var isParked = false
        /// True: it waits for a start of the open model.
        var isResting = false
    }

    /// What the script does beside requests.
    struct Behaviour {
        /// Chance that a user ends by itself after a request.
        var endChance = 0.0
        /// Each user draws a row when it comes.
        var drawsRows = false
        var needsSharedValue = false
        var setupFails = false
        var onceDuration: ClosedRange<Int64> = 300_000_000...2_500_000_000
        /// The open model, at a constant rate.
        var arrivals: Load.Arrivals?
    }

    /// What a thread tells unasked.
    enum Output {
        case report(EngineReport)
        case event(EngineEvent)
    }

    private static let latency: ClosedRange<Int64> = 20_000_000...400_000_000
    private static let wait: Int64 = 300_000_000

    let index: Int
    let name: String
    private(set) var users: [User] = []
    private(set) var truth = SimulatedEngine.Truth()
    private var reported = SimulatedEngine.Truth()
    private var spawns = SpawnQueue()
    private var retires = RetireQueue()
    private var stop: StopDeadlines?
    private var hasReportedStop = false
    private var random: SplitMix64
    /// A script that computes, or a process that is stopped: nothing moves until then.
    var stalledUntil: Int64 = 0
    var output: [Output] = []
    private(set) var ended: [Int]
    private(set) var drawn: [Int] = []
    private(set) var begun: [UserStep] = []
    /// Set when a user came before the value of `setup`.
    private(set) var hasMissedValue = false
    private var once: (step: UserStep, end: Int64)?
    private var pool: [Int] = []
    private var isExhausted = false
    private var hasAsked = false
    private var hasValue = false
    private let behaviour: Behaviour
    private var desk: ArrivalDesk?
    private var runStart = Int64.max
    private(set) var begunStarts: [Int] = []
    private(set) var droppedStarts = 0

    init(index: Int, name: String, classes: Int, seed: UInt64, behaviour: Behaviour) {
        self.index = index
        self.name = name
        self.behaviour = behaviour
        ended = Array(repeating: 0, count: classes)
        random = SplitMix64(seed: seed)
        desk = behaviour.arrivals.map { ArrivalDesk($0, weights: Array(repeating: 1, count: classes)) }
    }

    var pendingStarts: Int {
        guard let desk else { return 0 }
        return users.count { !$0.isResting } + desk.waitingCount + (desk.nextDeadline == nil ? 0 : 1)
    }

    var isDoneUnreported: Bool { stop != nil && users.isEmpty && !hasReportedStop }

    mutating func obey(_ command: EngineCommand, now: Int64) -> EngineReport? {
        switch command {
        case .spawn(let order): if stop == nil { spawns.append(order) }
        case .retire(let order): if stop == nil { retires.append(order) }
        case .release: dropAll()
        case .arrivals(let order):
            guard stop == nil else { break }
            runStart = min(runStart, order.runStart)
            desk?.take(order)
        case .cap, .connectRate: break
        case .share: hasValue = true
        case .rows(let grant):
            pool += grant.rows
            if grant.isExhausted { isExhausted = true }
            hasAsked = false
            serveParked(at: now)
        case .runOnce(let step):
            begun.append(step)
            truth.issued += 1
            once = (step, now + Int64.random(in: behaviour.onceDuration, using: &random))
        case .report: return report()
        case .stop(let grace): if stop == nil { begin(StopDeadlines(stoppedAt: now, graceNanoseconds: grace)) }
        case .cutOff:
            begin(StopDeadlines(cutOffAt: now), isCutOff: true)
            advance(to: now, lease: .max)
        case .end: dropAll()
        }
        return nil
    }

    mutating func report() -> EngineReport {
        var snapshot = IntervalSnapshot()
        snapshot.issued = truth.issued - reported.issued
        var figures = RequestInterval(key: RequestKey(method: .get, name: name))
        figures.requests = truth.finished - reported.finished
        figures.interrupted = truth.interrupted - reported.interrupted
        figures.receivedBytes = truth.mark - reported.mark
        if figures.requests + figures.interrupted > 0 { snapshot.requests = [figures] }
        reported = truth
        let isStopped = stop != nil && users.isEmpty
        if isStopped { hasReportedStop = true }
        return EngineReport(
            thread: index, snapshot: snapshot, users: users.count, endedUsers: ended, openConnections: users.count, lag: LoopLag(),
            isStopped: isStopped)
    }

    mutating func advance(to now: Int64, lease: Int64) {
        while let due = nextDue, max(due, stalledUntil) <= now || lease <= now {
            let time = max(due, stalledUntil)
            if lease <= time {
                // Noticed when the thread moves again.
                guard max(lease, stalledUntil) <= now else { return }
                dropAll()
                continue
            }
            step(at: time, due: due)
        }
    }

    /// When something of the users' is due next; nil: there is nobody.
    private var nextDue: Int64? {
        var next = min(spawns.nextDeadline ?? .max, retires.nextDeadline ?? .max)
        for user in users { next = min(next, due(user)) }
        if let deadline = desk?.nextDeadline { next = min(next, deadline) }
        if let once { next = min(next, once.end) }
        return next == .max ? nil : next
    }

    private func due(_ user: User) -> Int64 {
        if user.isParked || user.isResting { return .max }
        guard let end = user.requestEnd else { return user.nextRequest }
        return min(end, user.leaving?.cutOff ?? .max, stop?.cutOff ?? .max)
    }

    private mutating func step(at time: Int64, due next: Int64) {
        if let start = spawns.nextDeadline, start == next, let start = spawns.popDue(now: time) {
            if behaviour.needsSharedValue, !hasValue { hasMissedValue = true }
            users.append(User(userClass: start.userClass, requestEnd: nil, nextRequest: time))
            if desk != nil { rest(users.count - 1, at: time) }
            if behaviour.drawsRows { park(at: time) }
        } else if let due = desk?.nextDeadline, due == next, let start = desk?.popDue(now: time) {
            if let position = users.lastIndex(where: { $0.isResting && $0.userClass == start.userClass }) {
                begin(start: start.due, position, at: time)
            } else {
                desk?.wait(start)
            }
        } else if let once, once.end == next {
            endOnce(once.step)
        } else if let leave = retires.nextDeadline, leave == next, let leave = retires.popDue(now: time) {
            letLeave(leave, at: time)
        } else if let position = users.firstIndex(where: { due($0) == next }) {
            goOn(position, at: time)
        }
    }

    private mutating func letLeave(_ leave: RetireQueue.Leave, at time: Int64) {
        if spawns.cancelLatest(of: leave.userClass) { return }
        guard let position = users.lastIndex(where: { $0.userClass == leave.userClass && $0.leaving == nil }) else { return }
        if users[position].requestEnd == nil {
            users.remove(at: position)
        } else {
            users[position].leaving = StopDeadlines(stoppedAt: time, graceNanoseconds: leave.graceNanoseconds)
        }
    }

    private mutating func goOn(_ position: Int, at time: Int64) {
        guard let end = users[position].requestEnd else {
            truth.issued += 1
            users[position].requestEnd = time + Int64.random(in: Self.latency, using: &random)
            return
        }
        if time < end {
            truth.interrupted += 1
            users.remove(at: position)
            return
        }
        truth.finished += 1
        truth.mark += Int64(random.next() >> 32)
        if stop != nil || users[position].leaving != nil {
            users.remove(at: position)
        } else if behaviour.endChance > 0, Double.random(in: 0..<1, using: &random) < behaviour.endChance {
            endUser(position)
        } else {
            users[position].requestEnd = nil
            users[position].nextRequest = time + Self.wait
            if desk != nil { rest(position, at: time) }
        }
    }

    private mutating func rest(_ position: Int, at time: Int64) {
        users[position].isResting = true
        if let due = desk?.popWaiting(of: users[position].userClass) { begin(start: due, position, at: time) }
    }

    private mutating func begin(start due: Int64, _ position: Int, at time: Int64) {
        let rate = behaviour.arrivals?.schedule.rate.finalLevel ?? 0
        begunStarts.append(Int((Double(due - runStart) / 1e9 * rate).rounded()))
        users[position].isResting = false
        users[position].nextRequest = time
    }

    /// A user ends by itself.
    private mutating func endUser(_ position: Int) {
        ended[users[position].userClass] += 1
        users.remove(at: position)
    }

    private mutating func park(at time: Int64) {
        users[users.count - 1].isParked = true
        serveParked(at: time)
    }

    private mutating func serveParked(at time: Int64) {
        while let position = users.firstIndex(where: \.isParked) {
            if !pool.isEmpty {
                drawn.append(pool.removeFirst())
                users[position].isParked = false
                users[position].nextRequest = time
            } else if isExhausted {
                endUser(position)
            } else {
                if !hasAsked { output.append(.event(.rowsWanted(thread: index, source: 0, count: 4))) }
                hasAsked = true
                return
            }
        }
    }

    private mutating func endOnce(_ step: UserStep) {
        once = nil
        truth.finished += 1
        truth.mark += Int64(random.next() >> 32)
        if stop != nil { output.append(.report(report())) }
        let fails = step == .setup && behaviour.setupFails
        let failure = OnceEnd.failed(ScriptException(place: "a.lua:1", message: "no"))
        output.append(.event(.onceEnded(thread: index, fails ? failure : .done(value: Array("1".utf8)))))
    }

    private mutating func cutOffOnce() {
        guard once != nil else { return }
        once = nil
        truth.interrupted += 1
        if hasReportedStop { output.append(.report(report())) }
        output.append(.event(.onceEnded(thread: index, .cutOff)))
    }

    private mutating func begin(_ deadlines: StopDeadlines, isCutOff: Bool = false) {
        if stop == nil || isCutOff { cutOffOnce() }
        droppedStarts += desk?.removeAll(now: deadlines.graceEnd) ?? 0
        stop = deadlines
        spawns.removeAll()
        retires.removeAll()
        users.removeAll { $0.requestEnd == nil }
    }

    private mutating func dropAll() {
        _ = desk?.removeAll(now: .min)
        spawns.removeAll()
        retires.removeAll()
        truth.interrupted += Int64(users.count { $0.requestEnd != nil })
        users.removeAll()
        cutOffOnce()
    }
}
