import EventLoop
import Glibc
import HTTPTransport
import LoadEngine
import LoadModel
import Statistics
import Synchronization

/// Users written in Swift: each task makes the given commands in turn.
final class SwiftUsers: VirtualUsers {
    enum Act: Sendable {
        case get(String)
        case sleep(milliseconds: Int)
        case raise(String)
        /// Holds up the whole engine thread.
        case block(milliseconds: Int)
    }

    private let start: [Act]
    private let task: [Act]
    private var steps: [Int: ArraySlice<Act>] = [:]
    private let check: @Sendable (RequestStatus) -> String?

    /// What `check` may look at.
    struct RequestStatus: Sendable { var status: Int32 }

    init(start: [Act] = [], task: [Act], check: @escaping @Sendable (RequestStatus) -> String? = { _ in nil }) {
        self.start = start
        self.task = task
        self.check = check
    }

    func create(slot: Int, userClass: Int, number: Int) {}

    func begin(_ step: UserStep, slot: Int, exchange: UserExchange) -> UserCommand {
        steps[slot] = step == .start ? start[...] : task[...]
        return next(slot, exchange)
    }

    func resume(slot: Int, outcome: borrowing RequestOutcome, exchange: UserExchange) -> UserCommand {
        if let reason = check(RequestStatus(status: outcome.status)) { exchange.verdict.failureReason.append(reason) }
        return next(slot, exchange)
    }

    func wake(slot: Int, exchange: UserExchange) -> UserCommand { next(slot, exchange) }
    func resume(slot: Int, outcomes: [RequestOutcome], exchange: UserExchange) -> UserCommand { next(slot, exchange) }
    func pause(slot: Int, exchange: UserExchange) -> Int64? { 0 }
    func grant(_ grant: RowGrant) {}
    func share(_ value: [UInt8]) {}
    func abandon(slot: Int) { steps[slot] = nil }
    func destroy(slot: Int) { steps[slot] = nil }
    func tidy() -> Bool { false }

    private func next(_ slot: Int, _ exchange: UserExchange) -> UserCommand {
        switch steps[slot]?.popFirst() {
        case .get(let target):
            exchange.request.target.append(target)
            return .request
        case .sleep(let milliseconds): return .sleep(nanoseconds: Int64(milliseconds) * 1_000_000)
        case .raise(let message):
            exchange.exception = ScriptException(place: "test:1", message: message)
            return .exception
        case .block(let milliseconds):
            usleep(UInt32(milliseconds) * 1000)
            return next(slot, exchange)
        case nil: return .end
        }
    }
}

/// One engine thread on a thread of its own, and the result of its reports.
final class EngineBench: Sendable {
    private let commands: Mailbox<EngineCommand>
    private let reports: Mailbox<EngineReport>
    private let thread: OSThread
    private let state = Mutex(State())
    /// What the thread shows of itself.
    let gauges: EngineGauges
    private let processorTime: ProcessorTime

    private struct State {
        var result = RunResult()
        var openConnections = 0
        var users = 0
    }

    /// Processor time of the engine thread, at its last report.
    private final class ProcessorTime: Sendable {
        let nanoseconds = Atomic<Int64>(0)
    }

    init(settings: EngineSettings, users: @escaping @Sendable () -> SwiftUsers) throws {
        let commands = try Mailbox<EngineCommand>()
        let reports = try Mailbox<EngineReport>()
        self.commands = commands
        self.reports = reports
        gauges = settings.gauges
        let processorTime = ProcessorTime()
        self.processorTime = processorTime
        thread = try OSThread(name: "engine") {
            let engine = try? EngineThread(
                index: 0, settings: settings, users: users(), commands: commands,
                report: { report in
                    var time = timespec()
                    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
                    processorTime.nanoseconds.store(Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec), ordering: .relaxed)
                    reports.post(report)
                })
            engine?.run()
        }
    }

    static func settings(_ url: String, wait: Int64 = 0, hasOnStart: Bool = false, mode: ConnectionMode = .user, classes: Int = 1)
        -> EngineSettings
    {
        EngineSettings(
            userClasses: (0..<classes).map {
                UserClass(
                    name: "Test \($0)", host: url, wait: .constant(nanoseconds: wait), hasOnStart: hasOnStart, connections: mode,
                    tasks: [ScenarioTask(name: "task")])
            }, seed: 1)
    }

    func post(_ command: EngineCommand) { commands.post(command) }

    func spawn(_ count: Int, interval: Int64 = 0, userClass: UInt16 = 0) {
        commands.post(
            .spawn(
                SpawnOrder(
                    firstDue: MonotonicClock.nanoseconds(), intervalNanoseconds: interval,
                    userClasses: Array(repeating: userClass, count: count), firstNumber: 0, numberStride: 1)))
    }

    /// Answers when the first of them is due.
    @discardableResult
    func retire(_ count: Int, interval: Int64 = 0, userClass: UInt16 = 0, graceMilliseconds: Int64 = 0) -> Int64 {
        let firstDue = MonotonicClock.nanoseconds() + interval
        commands.post(
            .retire(
                RetireOrder(
                    firstDue: firstDue, intervalNanoseconds: interval, userClasses: Array(repeating: userClass, count: count),
                    graceNanoseconds: graceMilliseconds * 1_000_000)))
        return firstDue
    }

    /// Looks at the gauges every half millisecond until `condition` holds; answers when it did, nil: not in that time.
    func awaitGauges(milliseconds: Int, _ condition: (EngineGauges) -> Bool) -> Int64? {
        let end = MonotonicClock.nanoseconds() + Int64(milliseconds) * 1_000_000
        while true {
            let now = MonotonicClock.nanoseconds()
            if condition(gauges) { return now }
            if now > end { return nil }
            usleep(500)
        }
    }

    /// Processor time that the engine thread spends while the load goes on for so long.
    func processorMilliseconds(during milliseconds: Int) throws -> Double {
        try run(milliseconds: 20)
        let before = processorTime.nanoseconds.load(ordering: .relaxed)
        try run(milliseconds: milliseconds)
        return Double(processorTime.nanoseconds.load(ordering: .relaxed) - before) / 1e6
    }

    /// Lets the load run, then reports; answers users and connections at that time.
    @discardableResult
    func run(milliseconds: Int) throws -> (users: Int, openConnections: Int) {
        _ = try Poller().wait(nanoseconds: Int64(milliseconds) * 1_000_000)
        commands.post(.report)
        _ = try collect { _ in true }
        return state.withLock { ($0.users, $0.openConnections) }
    }

    /// Stops the users and the thread; answers the merged result and how long the stop took.
    func stop(graceMilliseconds: Int = 0) throws -> (result: RunResult, seconds: Double) {
        let start = MonotonicClock.nanoseconds()
        commands.post(.stop(graceNanoseconds: Int64(graceMilliseconds) * 1_000_000))
        let isStopped = try collect { $0.isStopped }
        let seconds = Double(MonotonicClock.nanoseconds() - start) / 1e9
        commands.post(.end)
        thread.join()
        return (state.withLock { $0.result }, isStopped ? seconds : .infinity)
    }

    private func collect(until isLast: (EngineReport) -> Bool) throws -> Bool {
        let poller = try Poller()
        poller.add(reports.descriptor, bits: Poller.readable, token: 0)
        let end = MonotonicClock.nanoseconds() + 20_000_000_000
        while MonotonicClock.nanoseconds() < end {
            guard poller.wait(nanoseconds: 20_000_000_000) > 0 else { continue }
            var found = false
            for report in reports.drain() {
                state.withLock { state in
                    state.result.merge(report.snapshot, fromWorker: "test", second: 0)
                    state.users = report.users
                    state.openConnections = report.openConnections
                }
                if isLast(report) { found = true }
            }
            if found { return true }
        }
        return false
    }
}
