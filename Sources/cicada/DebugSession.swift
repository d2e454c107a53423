import EventLoop
import Glibc
import HTTPTransport
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
    private var grantedSources: Set<Int> = []
    /// The script's state can run nothing any more.
    private var isBroken = false

    /// What went wrong in it.
    struct Tally {
        var requests = 0
        var failedRequests = 0
        var exceptions = 0
    }

    /// How a step ended.
    private enum StepEnd { case done, userStopped, runStopped, broken }

    /// The user's place in users and transport.
    private static let slot = 0

    /// Throws when libcurl or the system has no memory or descriptor left.
    init(scenario: Scenario, users: LuaUsers, options: TransportOptions, output: DebugOutput) throws {
        self.scenario = scenario
        self.users = users
        self.output = output
        self.options = options
        poller = try Poller()
        transport = try CurlTransport(poller: poller, options: options, profiles: scenario.userClasses.map(\.profile))
    }

    /// Runs setup, one user of each of the classes, and teardown. Answers with what went wrong.
    func run(classes: [Int]) throws -> Tally {
        users.create(slot: Self.slot, userClass: 0, number: -1)
        if scenario.hasSetup {
            output.step("setup")
            if try run(.setup, userClass: 0) != .done { return tally }
            if !exchange.value.isEmpty {
                output.note("self.shared = \(String(decoding: exchange.value, as: UTF8.self))")
                users.share(exchange.value)
            }
        }
        users.destroy(slot: Self.slot)
        for (number, index) in classes.enumerated() where try !runUser(index, number: number) { break }
        if scenario.hasTeardown, !isBroken {
            users.create(slot: Self.slot, userClass: 0, number: -1)
            output.step("teardown")
            _ = try run(.teardown, userClass: 0)
            users.destroy(slot: Self.slot)
        }
        output.end(tally)
        return tally
    }

    /// False: the script wants the whole run to stop.
    private func runUser(_ index: Int, number: Int) throws -> Bool {
        let userClass = scenario.userClasses[index]
        output.userClass(userClass.name, host: userClass.host ?? "")
        users.create(slot: Self.slot, userClass: index, number: number)
        defer {
            users.destroy(slot: Self.slot)
            transport.forget(slot: Self.slot)
        }
        var end = StepEnd.done
        if userClass.hasOnStart {
            output.step("on_start")
            end = try run(.start, userClass: index)
        }
        let hasStarted = end == .done
        var hasEnded = !hasStarted
        for task in userClass.order.tasksInOrder where !hasEnded {
            output.step("task \"\(userClass.tasks[task].name)\"")
            end = try run(.task(task), userClass: index)
            hasEnded = end != .done
            if userClass.wait == .scripted, !hasEnded { pause() }
        }
        // Who did not get through its start does not run its end, as in a run.
        if userClass.hasOnStop, hasStarted, !isBroken {
            output.step("on_stop")
            let last = try run(.stop, userClass: index)
            if last != .done { end = last }
        }
        return end == .done || end == .userStopped
    }

    /// Runs a step to its end.
    private func run(_ step: UserStep, userClass: Int) throws -> StepEnd {
        exchange.value = []
        var command = users.begin(step, slot: Self.slot, exchange: exchange)
        while true {
            takeFigures()
            switch command {
            case .request: command = try request(userClass: userClass)
            case .batch: command = try batch(userClass: userClass)
            case .sleep(let nanoseconds):
                output.note("sleep \(DurationText.words(nanoseconds: nanoseconds))")
                wait(until: MonotonicClock.nanoseconds() + nanoseconds)
                command = users.wake(slot: Self.slot, exchange: exchange)
            case .rows(let source):
                // All rows the first time; whoever asks again has used them up.
                let isFirst = grantedSources.insert(source).inserted
                users.grant(RowGrant(source: source, rows: 0..<(isFirst ? scenario.dataSources[source].rows : 0), isExhausted: !isFirst))
                output.note("\(isFirst ? "rows" : "no further rows") of \(scenario.dataSources[source].file)")
                command = users.wake(slot: Self.slot, exchange: exchange)
            case .end: return .done
            case .leaveGroup:
                output.note("leave()")
                return .done
            case .exception:
                tally.exceptions += 1
                if let exception = exchange.exception { output.exception(exception) }
                exchange.exception = nil
                return .done
            case .stopUser:
                output.note("stop_user(): the user ends here")
                return .userStopped
            case .stopRun:
                output.note("stop_run(\(exchange.stopReason.isEmpty ? "" : "\"\(exchange.stopReason)\"")): the run would stop here")
                return .runStopped
            case .breach:
                tally.exceptions += 1
                output.note("the run cannot go on: \(exchange.stopReason)")
                isBroken = true
                return .broken
            }
        }
    }

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

    private func request(userClass: Int) throws -> UserCommand {
        output.request(exchange.request, host: scenario.userClasses[userClass].host ?? "", options: options)
        try submit(exchange.request, item: -1, userClass: userClass)
        exchange.request.reset()
        let finished = take(1)
        let outcome = finished[0].outcome()
        output.answer(outcome)
        exchange.verdict.reset()
        let command = users.resume(slot: Self.slot, outcome: outcome, exchange: exchange)
        judge(outcome, acceptsStatus: exchange.verdict.acceptsStatus, failureReason: exchange.verdict.failureReason.text)
        transport.release(finished[0])
        return command
    }

    private func batch(userClass: Int) throws -> UserCommand {
        let count = exchange.batchCount
        output.note("batch of \(count) requests, all at once")
        for item in 0..<count {
            output.request(exchange.batch[item].draft, host: scenario.userClasses[userClass].host ?? "", options: options)
            try submit(exchange.batch[item].draft, item: item, userClass: userClass)
        }
        for item in 0..<count { exchange.batch[item].draft.reset() }
        exchange.batchCount = 0
        let finished = take(count).sorted { $0.item < $1.item }
        let outcomes = finished.map { $0.outcome() }
        for (item, outcome) in outcomes.enumerated() {
            output.note("answer \(item + 1) of \(count)")
            output.answer(outcome)
            exchange.batch[item].verdict.reset()
        }
        let command = users.resume(slot: Self.slot, outcomes: outcomes, exchange: exchange)
        for (item, outcome) in outcomes.enumerated() {
            let verdict = exchange.batch[item]
            judge(outcome, acceptsStatus: verdict.verdict.acceptsStatus, failureReason: verdict.verdict.failureReason.text)
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

    /// Says how a request is counted: the order of reasons is the engine's.
    private func judge(_ outcome: RequestOutcome, acceptsStatus: Bool, failureReason: String) {
        let reason: String
        if let failure = outcome.transportFailure {
            reason = failure
        } else if outcome.status >= 400, !acceptsStatus {
            reason = "HTTP \(outcome.status)"
        } else {
            reason = failureReason
        }
        if !reason.isEmpty { tally.failedRequests += 1 }
        output.verdict(failure: reason)
    }

    private func take(_ count: Int) -> [CurlTransport.Finished] {
        var finished: [CurlTransport.Finished] = []
        while finished.count < count {
            transport.runTimers(now: MonotonicClock.nanoseconds())
            while finished.count < count, let next = transport.nextFinished() { finished.append(next) }
            if finished.count < count { turn(until: .max) }
        }
        return finished
    }

    private func wait(until deadline: Int64) { while MonotonicClock.nanoseconds() < deadline { turn(until: deadline) } }

    /// Lets the sockets move, until this time at most.
    private func turn(until deadline: Int64) {
        let now = MonotonicClock.nanoseconds()
        let next = min(deadline, transport.nextDeadline ?? .max)
        let count = poller.wait(nanoseconds: transport.hasFinished ? 0 : next == .max ? -1 : max(0, next - now))
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
