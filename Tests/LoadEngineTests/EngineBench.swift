import EventLoop
import Glibc
import HTTPTransport
import LoadEngine
import LoadModel
import Statistics
import Synchronization

/// One engine thread on a thread of its own, and the result of its reports.
final class EngineBench: Sendable {
    private let commands: Mailbox<EngineCommand>
    private let reports: Mailbox<EngineReport>
    private let thread: OSThread
    private let state = Mutex(State())
    /// What the thread shows of itself.
    let gauges: EngineGauges
    private let processorTime: ProcessorTime
    private let news: News

    /// What the thread tells beside its reports.
    private final class News: Sendable {
        let events = Mutex<[EngineEvent]>([])
    }

    /// What the thread has told beside its reports.
    var events: [EngineEvent] { news.events.withLock { $0 } }
    /// Reports so far.
    var reportCount: Int { state.withLock { $0.reports } }
    /// What reports said that was wrong.
    var faults: [String] { state.withLock { $0.faults } }
    /// Users that ended themselves, by class, in the last report.
    var endedUsers: [Int] { state.withLock { $0.endedUsers } }

    private struct State {
        var result = RunResult()
        var reports = 0
        var faults: [String] = []
        var endedUsers: [Int] = []
        var openConnections = 0
        var users = 0
    }

    /// Processor time of the engine thread, at its last report.
    private final class ProcessorTime: Sendable {
        let nanoseconds = Atomic<Int64>(0)
    }

    /// `grants`: how many of the rows that are asked for are granted, from row 0 on; then there are no more. Below 0: nobody answers.
    init(settings: EngineSettings, grants: Int = 0, users: @escaping @Sendable () -> SwiftUsers) throws {
        let commands = try Mailbox<EngineCommand>()
        let reports = try Mailbox<EngineReport>()
        self.commands = commands
        self.reports = reports
        gauges = settings.gauges
        let processorTime = ProcessorTime()
        self.processorTime = processorTime
        let news = News()
        self.news = news
        let granted = Mutex(0)
        thread = try OSThread(name: "engine") {
            let engine = try? EngineThread(
                index: 0, settings: settings, users: users(), commands: commands,
                report: { report in
                    var time = timespec()
                    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
                    processorTime.nanoseconds.store(Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec), ordering: .relaxed)
                    reports.post(report)
                },
                tell: { event in
                    news.events.withLock { $0.append(event) }
                    guard grants >= 0, case .rowsWanted(_, let source, let count) = event else { return }
                    let rows = granted.withLock { granted in
                        let rows = granted..<min(granted + count, grants)
                        granted = rows.upperBound
                        return rows
                    }
                    if !rows.isEmpty { commands.post(.rows(RowGrant(source: source, rows: rows))) }
                    if rows.count < count { commands.post(.rows(RowGrant(source: source, rows: 0..<0, isExhausted: true))) }
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
        let seconds = try stopUsers(graceMilliseconds: graceMilliseconds)
        return (end(), seconds)
    }

    /// Stops the users; answers how long that took.
    func stopUsers(graceMilliseconds: Int = 0) throws -> Double {
        let start = MonotonicClock.nanoseconds()
        commands.post(.stop(graceNanoseconds: Int64(graceMilliseconds) * 1_000_000))
        return try collect { $0.isStopped } ? Double(MonotonicClock.nanoseconds() - start) / 1e9 : .infinity
    }

    /// Ends the thread; answers the merged result.
    func end() -> RunResult {
        commands.post(.end)
        thread.join()
        return state.withLock { $0.result }
    }

    /// Runs a step once; answers how it ended, nil: not within 20 s. `awaitsReport`: one comes before.
    func runOnce(_ step: UserStep, awaitsReport: Bool = false) throws -> OnceEnd? {
        let seen = events.count
        commands.post(.runOnce(step))
        if awaitsReport { _ = try collect { _ in true } }
        return awaitEvent(after: seen) { if case .onceEnded(_, let end) = $0 { end } else { nil } }
    }

    /// Awaits something among the events after the first `seen` ones.
    func awaitEvent<T>(after seen: Int = 0, _ find: (EngineEvent) -> T?) -> T? {
        let end = MonotonicClock.nanoseconds() + 20_000_000_000
        while MonotonicClock.nanoseconds() < end {
            if let found = events.dropFirst(seen).lazy.compactMap(find).first { return found }
            usleep(500)
        }
        return nil
    }

    /// Takes the reports that come until one that `isLast`; false: none came within 20 s.
    func awaitReport(_ isLast: (EngineReport) -> Bool) throws -> Bool { try collect(until: isLast) }

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
                    state.reports += 1
                    state.faults += report.fault.map { [$0] } ?? []
                    state.endedUsers = report.endedUsers
                    state.openConnections = report.openConnections
                }
                if isLast(report) { found = true }
            }
            if found { return true }
        }
        return false
    }
}
