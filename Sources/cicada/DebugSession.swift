import EventLoop
import Glibc
import HTTPTransport
import LoadEngine
import LoadModel
import Scripting

/// `cicada run --debug`: one user of each class goes once through each of its steps, on the calling thread, and everything is told.
///
/// Uses the same users and the same transport as a run; what is missing is the engine: no load, no statistics, one request after the other.
final class DebugSession {
    private let scenario: Scenario
    private let users: LuaUsers
    private let options: TransportOptions
    private let poller: Poller
    private let transport: CurlTransport
    private let exchange = UserExchange()
    private let output: DebugOutput
    private var tally = Tally()
    private var reasons = StatusReasons()
    /// The first row of each source that nobody has had: rows are handed out once in the whole session.
    private var nextRows: [Int]
    /// The row that was told last, so that asking for it again is not told again.
    private var toldRow: (source: Int, row: Int)?
    /// Answers of the batch whose outcomes the script is judging; 0: it is a single one.
    private var batchCount = 0

    /// What went wrong in it.
    struct Tally {
        var requests = 0
        var failedRequests = 0
        var exceptions = 0
        var ending = Ending.complete
    }

    /// How all of it ended.
    enum Ending: Equatable {
        case complete
        /// `setup` raised this error: nothing else was done, as in a run.
        case setupFailed(String)
        /// The script's state can run nothing any more, for this reason.
        case broken(String)
        /// The user has asked for the end.
        case interrupted
    }

    /// How a step ended.
    private enum StepEnd { case done, failed, userStopped, runStopped, broken, interrupted }

    /// The user's place in users and transport.
    private static let slot = 0
    /// Longer the session does not wait without looking for interruptions.
    private static let longestWait: Int64 = 200_000_000

    /// Throws when libcurl or the system has no memory or descriptor left.
    init(scenario: Scenario, users: LuaUsers, options: TransportOptions, output: DebugOutput) throws {
        self.scenario = scenario
        self.users = users
        self.output = output
        self.options = options
        nextRows = scenario.dataSources.map { _ in 0 }
        poller = try Poller()
        transport = try CurlTransport(poller: poller, options: options, profiles: scenario.userClasses.map(\.profile))
        users.observe(
            StepObserver(
                judged: { [unowned self] item, judgement in output.judgement(judgement, answer: answerWords(item)) },
                drew: { [unowned self] source, row, fields in tellRow(source, row, fields) }))
    }

    /// Runs setup, one user of each of the classes, and teardown. Answers with what went wrong.
    func run(classes: [Int]) throws -> Tally {
        if scenario.hasSetup {
            let end = try runOnce(.setup, name: "setup")
            if end != .done {
                output.end(tally)
                return tally
            }
            if !exchange.value.isEmpty {
                output.note("self.shared = \(String(decoding: exchange.value, as: UTF8.self))")
                users.share(exchange.value)
            }
        }
        for (number, index) in classes.enumerated() where try !runUser(index, number: number) { break }
        if scenario.hasTeardown, !isBroken { _ = try runOnce(.teardown, name: "teardown") }
        output.end(tally)
        return tally
    }

    private var isBroken: Bool { if case .broken = tally.ending { true } else { false } }

    /// Runs `setup` or `teardown`, as somebody of whose cookies and connections nothing is left afterwards.
    private func runOnce(_ step: UserStep, name: String) throws -> StepEnd {
        users.create(slot: Self.slot, userClass: 0, number: -1)
        defer { forgetUser() }
        output.step(name)
        return try run(step, userClass: 0)
    }

    private func forgetUser() {
        users.destroy(slot: Self.slot)
        transport.forget(slot: Self.slot)
        toldRow = nil
    }

    /// False: the script wants the whole run to stop.
    private func runUser(_ index: Int, number: Int) throws -> Bool {
        let userClass = scenario.userClasses[index]
        output.userClass(userClass.name, host: userClass.host ?? "")
        users.create(slot: Self.slot, userClass: index, number: number)
        defer { forgetUser() }
        var end = StepEnd.done
        if userClass.hasOnStart {
            output.step("on_start")
            end = try run(.start, userClass: index)
        }
        let hasStarted = end == .done || end == .failed
        var hasEnded = !hasStarted
        for task in userClass.order.tasksInOrder where !hasEnded {
            output.step("task \"\(userClass.tasks[task].name)\"")
            end = try run(.task(task), userClass: index)
            hasEnded = end != .done && end != .failed
            if userClass.wait == .scripted, !hasEnded { pause() }
        }
        // Who did not get through its start does not run its end, as in a run.
        if userClass.hasOnStop, hasStarted, !isBroken {
            output.step("on_stop")
            let last = try run(.stop, userClass: index)
            if last != .done, end != .interrupted { end = last }
        }
        return end == .done || end == .failed || end == .userStopped
    }

    /// Runs a step to its end.
    private func run(_ step: UserStep, userClass: Int) throws -> StepEnd {
        exchange.value = []
        toldRow = nil
        // Who interrupts sees the ends of user and run, which may be interrupted in turn.
        let mayBeInterrupted = tally.ending != .interrupted
        func isInterrupted() -> Bool { mayBeInterrupted && InterruptCount.isInterrupted }
        var command = users.begin(step, slot: Self.slot, exchange: exchange)
        while true {
            takeFigures()
            if isInterrupted() { return interrupt() }
            switch command {
            case .request:
                guard let next = try request(userClass: userClass, isInterrupted) else { return interrupt() }
                command = next
            case .batch:
                guard let next = try batch(userClass: userClass, isInterrupted) else { return interrupt() }
                command = next
            case .sleep(let nanoseconds):
                output.note("sleep \(DurationText.words(nanoseconds: nanoseconds))")
                let deadline = MonotonicClock.nanoseconds() + nanoseconds
                while MonotonicClock.nanoseconds() < deadline, !isInterrupted() { turn(until: deadline) }
                if isInterrupted() { return interrupt() }
                command = users.wake(slot: Self.slot, exchange: exchange)
            case .rows(let source):
                grantRow(of: source)
                command = users.wake(slot: Self.slot, exchange: exchange)
            case .end: return .done
            case .leaveGroup:
                output.note("leave()")
                return .done
            case .exception:
                tally.exceptions += 1
                if let exception = exchange.exception {
                    output.exception(exception)
                    if step == .setup { tally.ending = .setupFailed("\(exception.place): \(exception.message)") }
                }
                exchange.exception = nil
                return .failed
            case .stopUser:
                output.note("stop_user(): the user ends here")
                return .userStopped
            case .stopRun:
                output.note("stop_run(\(exchange.stopReason.isEmpty ? "" : "\"\(exchange.stopReason)\"")): the run would stop here")
                return .runStopped
            case .breach:
                tally.exceptions += 1
                output.note("the run cannot go on: \(exchange.stopReason)")
                tally.ending = .broken(exchange.stopReason)
                return .broken
            }
        }
    }

    /// The user's step is broken off: somebody has interrupted the program.
    private func interrupt() -> StepEnd {
        transport.cancel(slot: Self.slot)
        users.abandon(slot: Self.slot)
        exchange.request.reset()
        exchange.batchCount = 0
        tally.ending = .interrupted
        output.note("interrupted: on_stop and teardown follow; a second Ctrl-C ends at once")
        return .interrupted
    }

    /// Gives the next row, or says that there is none; each is given once, as in a run.
    private func grantRow(of source: Int) {
        let declared = scenario.dataSources[source]
        let isEndless = declared.atEnd == .cyclic
        let first = nextRows[source]
        let count = isEndless || first < declared.rows ? 1 : 0
        nextRows[source] += count
        users.grant(RowGrant(source: source, rows: first..<(first + count), isExhausted: count == 0))
        if count == 0 { output.note("no further rows of \(declared.file)") }
    }

    private func tellRow(_ source: Int, _ row: Int, _ fields: [(name: String, value: String)]) {
        if let toldRow, toldRow == (source, row) { return }
        toldRow = (source, row)
        output.row(row, of: scenario.dataSources[source], fields: fields)
    }

    /// Which answer of a batch it is, where there is one.
    private func answerWords(_ item: Int?) -> String { item.map { "answer \($0 + 1) of \(batchCount): " } ?? "" }

    /// The script's own wait, which is told but not waited for.
    private func pause() {
        if let nanoseconds = users.pause(slot: Self.slot, exchange: exchange) {
            output.note("wait: \(DurationText.words(nanoseconds: nanoseconds)) (not waited for)")
        } else if let exception = exchange.exception {
            tally.exceptions += 1
            output.exception(exception)
            exchange.exception = nil
        }
    }

    // MARK: - Requests

    /// Nil: interrupted.
    private func request(userClass: Int, _ isInterrupted: () -> Bool) throws -> UserCommand? {
        output.request(exchange.request, host: scenario.userClasses[userClass].host ?? "", options: options)
        try submit(exchange.request, item: -1, userClass: userClass)
        exchange.request.reset()
        guard let finished = take(1, isInterrupted) else { return nil }
        let outcome = finished[0].outcome()
        output.answer(outcome)
        exchange.verdict.reset()
        let command = users.resume(slot: Self.slot, outcome: outcome, exchange: exchange)
        judge(outcome, exchange.verdict, item: nil)
        transport.release(finished[0])
        return command
    }

    /// Nil: interrupted.
    private func batch(userClass: Int, _ isInterrupted: () -> Bool) throws -> UserCommand? {
        let count = exchange.batchCount
        output.note("batch of \(count) requests, all at once")
        for item in 0..<count {
            output.request(exchange.batch[item].draft, host: scenario.userClasses[userClass].host ?? "", options: options)
            try submit(exchange.batch[item].draft, item: item, userClass: userClass)
        }
        for item in 0..<count { exchange.batch[item].draft.reset() }
        exchange.batchCount = 0
        guard let finished = take(count, isInterrupted)?.sorted(by: { $0.item < $1.item }) else { return nil }
        batchCount = count
        let outcomes = finished.map { $0.outcome() }
        for (item, outcome) in outcomes.enumerated() {
            output.note("answer \(item + 1) of \(count)")
            output.answer(outcome)
            exchange.batch[item].verdict.reset()
        }
        let command = users.resume(slot: Self.slot, outcomes: outcomes, exchange: exchange)
        for (item, outcome) in outcomes.enumerated() {
            judge(outcome, exchange.batch[item].verdict, item: item)
        }
        for request in finished { transport.release(request) }
        return command
    }

    private func submit(_ draft: borrowing RequestDraft, item: Int, userClass: Int) throws {
        tally.requests += 1
        let definition = scenario.userClasses[userClass]
        let base = Array((definition.host ?? "").utf8)
        try base.withUnsafeBytes {
            try transport.submit(
                draft, base: $0, slot: Self.slot, item: item, mode: definition.connections ?? .user, profile: userClass,
                now: MonotonicClock.nanoseconds())
        }
    }

    /// Says how a request is counted.
    private func judge(_ outcome: RequestOutcome, _ verdict: borrowing RequestVerdict, item: Int?) {
        let reason =
            switch verdict.failure(of: outcome) {
            case nil: ""
            case .transport: outcome.transportFailure ?? ""
            case .status: reasons.text(for: outcome.status)
            case .script: verdict.failureReason.text
            }
        if !reason.isEmpty { tally.failedRequests += 1 }
        output.verdict(failure: reason, answer: answerWords(item))
    }

    /// Nil: interrupted.
    private func take(_ count: Int, _ isInterrupted: () -> Bool) -> [CurlTransport.Finished]? {
        var finished: [CurlTransport.Finished] = []
        while finished.count < count {
            if isInterrupted() {
                for request in finished { transport.release(request) }
                return nil
            }
            transport.runTimers(now: MonotonicClock.nanoseconds())
            while finished.count < count, let next = transport.nextFinished() { finished.append(next) }
            if finished.count < count { turn(until: .max) }
        }
        return finished
    }

    /// Lets the sockets move, until this time at most.
    private func turn(until deadline: Int64) {
        let now = MonotonicClock.nanoseconds()
        // A signal may come between the look for it and the wait.
        let next = min(deadline, transport.nextDeadline ?? .max, now + Self.longestWait)
        let count = poller.wait(nanoseconds: transport.hasFinished ? 0 : max(0, next - now))
        for position in 0..<count { transport.handle(poller.event(position)) }
        transport.runTimers(now: MonotonicClock.nanoseconds())
    }

    private func takeFigures() {
        for measurement in exchange.measurements {
            switch measurement {
            case .timing(let name, let nanoseconds): output.note("timing \"\(name)\": \(DurationText.words(nanoseconds: nanoseconds))")
            case .counter(let name, let amount): output.note("counter \"\(name)\": \(amount >= 0 ? "+" : "")\(amount)")
            }
        }
        exchange.measurements.removeAll()
        exchange.rowsWanted.removeAll()
    }
}

extension TaskGroup {
    /// Every task of the group and those inside it, once, in the order in which they stand.
    var tasksInOrder: [Int] {
        var seen: Set<Int> = []
        return items.flatMap { item in
            switch item {
            case .task(let index): [index]
            case .group(let group): group.tasksInOrder
            }
        }.filter { seen.insert($0).inserted }
    }
}
