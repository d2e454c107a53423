import EventLoop
import Glibc
import LoadEngine
import LoadModel
import Synchronization

/// Users written in Swift: each step makes the given acts in turn.
final class SwiftUsers: VirtualUsers {
    enum Act: Sendable {
        case get(String)
        /// Requests that are sent at once.
        case batch([String])
        case sleep(milliseconds: Int)
        case raise(String)
        /// Holds up the whole engine thread.
        case block(milliseconds: Int)
        /// Takes a row of data source 0, and asks for more when there is none; a GET of `/row/N` follows.
        case row
        case measure(Measurement)
        /// What `setup` returns.
        case value(String)
        case stopUser
        case stopRun(String)
        case breach(String)
        case leaveGroup
    }

    /// What `check` may look at.
    struct RequestStatus: Sendable { var status: Int32 }

    /// What the users did, for the test to read.
    struct Journal: Sendable {
        var shared: [String] = []
        /// Numbers of users in the order in which they got a row.
        var served: [Int] = []
        /// Statuses of each batch.
        var batches: [[Int32]] = []
        /// When each task began, by user number.
        var begins: [Int: [Int64]] = [:]
    }

    private let start: [Act]
    private let stop: [Act]
    private let setup: [Act]
    private let teardown: [Act]
    private let tasks: [[Act]]
    private let pauses: (@Sendable () -> Int64?)?
    private let check: @Sendable (RequestStatus) -> String?
    private let journal: SharedJournal?
    private var steps: [Int: ArraySlice<Act>] = [:]
    private var numbers: [Int: Int] = [:]
    private var rows: [Int] = []
    private var isExhausted = false

    /// A journal that the test and the users have in common.
    final class SharedJournal: Sendable {
        private let entries = Mutex(Journal())
        var read: Journal { entries.withLock { $0 } }
        func write(_ body: (inout Journal) -> Void) { entries.withLock { body(&$0) } }
    }

    init(
        start: [Act] = [], tasks: [[Act]], stop: [Act] = [], setup: [Act] = [], teardown: [Act] = [],
        pause: (@Sendable () -> Int64?)? = nil, journal: SharedJournal? = nil,
        check: @escaping @Sendable (RequestStatus) -> String? = { _ in nil }
    ) {
        self.start = start
        self.tasks = tasks
        self.stop = stop
        self.setup = setup
        self.teardown = teardown
        self.pauses = pause
        self.journal = journal
        self.check = check
    }

    convenience init(
        start: [Act] = [], task: [Act], stop: [Act] = [], pause: (@Sendable () -> Int64?)? = nil, journal: SharedJournal? = nil,
        check: @escaping @Sendable (RequestStatus) -> String? = { _ in nil }
    ) {
        self.init(start: start, tasks: [task], stop: stop, pause: pause, journal: journal, check: check)
    }

    func create(slot: Int, userClass: Int, number: Int) { numbers[slot] = number }

    func begin(_ step: UserStep, slot: Int, exchange: UserExchange) -> UserCommand {
        precondition(numbers[slot] != nil && steps[slot] == nil, "a step of nobody, or within a step")
        switch step {
        case .start: steps[slot] = start[...]
        case .task(let index):
            if let number = numbers[slot] { journal?.write { $0.begins[number, default: []].append(MonotonicClock.nanoseconds()) } }
            steps[slot] = tasks[index][...]
        case .stop: steps[slot] = stop[...]
        case .setup: steps[slot] = setup[...]
        case .teardown: steps[slot] = teardown[...]
        }
        return next(slot, exchange)
    }

    func resume(slot: Int, outcome: borrowing RequestOutcome, exchange: UserExchange) -> UserCommand {
        if let reason = check(RequestStatus(status: outcome.status)) {
            if reason.isEmpty { exchange.verdict.acceptsStatus = true } else { exchange.verdict.failureReason.append(reason) }
        }
        return next(slot, exchange)
    }

    func wake(slot: Int, exchange: UserExchange) -> UserCommand { next(slot, exchange) }

    func resume(slot: Int, outcomes: [RequestOutcome], exchange: UserExchange) -> UserCommand {
        for (position, outcome) in outcomes.enumerated() {
            if let reason = check(RequestStatus(status: outcome.status)) { exchange.batch[position].verdict.failureReason.append(reason) }
        }
        journal?.write { $0.batches.append(outcomes.map(\.status)) }
        return next(slot, exchange)
    }

    func pause(slot: Int, exchange: UserExchange) -> Int64? {
        let pause = pauses?()
        if pause == nil { exchange.exception = ScriptException(place: "test:2", message: "no pause") }
        return pause
    }

    func grant(_ grant: RowGrant) {
        rows += grant.rows
        isExhausted = grant.isExhausted
    }

    func share(_ value: [UInt8]) { journal?.write { $0.shared.append(String(decoding: value, as: UTF8.self)) } }
    func abandon(slot: Int) { steps[slot] = nil }

    func destroy(slot: Int) {
        precondition(numbers[slot] != nil, "nobody to be destroyed")
        steps[slot] = nil
        numbers[slot] = nil
    }

    func tidy() -> Bool { false }

    private func next(_ slot: Int, _ exchange: UserExchange) -> UserCommand {
        guard let act = steps[slot]?.popFirst() else { return ended(slot, .end) }
        switch act {
        case .get(let target):
            exchange.request.target.append(target)
            return .request
        case .batch(let targets):
            while exchange.batch.count < targets.count { exchange.batch.append(BatchRequest()) }
            for (position, target) in targets.enumerated() { exchange.batch[position].draft.target.append(target) }
            exchange.batchCount = targets.count
            return .batch
        case .sleep(let milliseconds): return .sleep(nanoseconds: Int64(milliseconds) * 1_000_000)
        case .raise(let message):
            exchange.exception = ScriptException(place: "test:1", message: message)
            return ended(slot, .exception)
        case .block(let milliseconds):
            usleep(UInt32(milliseconds) * 1000)
            return next(slot, exchange)
        case .row:
            if let row = rows.first, let number = numbers[slot] {
                rows.removeFirst()
                exchange.rowsDrawn.append((0, 1))
                journal?.write { $0.served.append(number) }
                exchange.request.target.append("/row/\(row)")
                return .request
            }
            if isExhausted { return ended(slot, .stopUser) }
            exchange.rowsWanted.append((0, 1))
            steps[slot] = [.row] + (steps[slot] ?? [])
            return .rows(source: 0)
        case .measure(let measurement):
            exchange.measurements.append(measurement)
            return next(slot, exchange)
        case .value(let value):
            exchange.value = Array(value.utf8)
            return next(slot, exchange)
        case .stopUser: return ended(slot, .stopUser)
        case .stopRun(let reason):
            exchange.stopReason = reason
            return ended(slot, .stopRun)
        case .breach(let reason):
            exchange.stopReason = reason
            return ended(slot, .breach)
        case .leaveGroup: return ended(slot, .leaveGroup)
        }
    }

    private func ended(_ slot: Int, _ command: UserCommand) -> UserCommand {
        steps[slot] = nil
        return command
    }
}
