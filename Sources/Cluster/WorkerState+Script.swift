import LoadEngine
import LoadModel
import Statistics
import Wire

/// What the script wants beside its users: `setup` and `teardown`, rows of data, an end of the run.
extension WorkerState {
    /// Something that runs once, and how far it has come.
    struct OnceProgress {
        /// nil: it is running.
        var answer: OnceAnswer?
        /// When it has had enough time.
        var deadline: Int64
        /// False: figures are to be delivered before the answer.
        var isAnswerDue = false
    }

    /// True while `setup` or `teardown` runs.
    var isRunningOnce: Bool { once.values.contains { $0.answer == nil } }

    /// The master wants something run that runs once. Whatever was run is not run again; its answer is said again.
    mutating func take(_ step: OnceStep, now: Int64) -> [WorkerAction] {
        if let progress = once[step] { return progress.isAnswerDue ? progress.answer.map { [.send(.onceDone($0))] } ?? [] : [] }
        switch step {
        case .setup:
            guard phase == .running, crew != nil, targetsVersion == 0, releasing.isEmpty else { return [] }
            once[.setup] = OnceProgress(deadline: .max)
            return [.order(thread: 0, .runOnce(.setup))]
        case .teardown:
            guard phase == .stopped, let crew, crew.hasTeardown else { return [] }
            once[.teardown] = OnceProgress(deadline: now + Self.teardownNanoseconds)
            // No thread has users: whatever became of the lease before, it begins anew.
            return [.lease(until: lease.expiry, isNew: true), .order(thread: 0, .runOnce(.teardown))]
        }
    }

    /// Breaks off what has had enough time.
    mutating func breakOffOnce(now: Int64) -> [WorkerAction] {
        guard let progress = once[.teardown], progress.answer == nil, now >= progress.deadline else { return [] }
        once[.teardown]?.deadline = .max
        return [.order(thread: 0, .cutOff)]
    }

    /// What the master sent for all users.
    mutating func take(sharedValue value: [UInt8]) -> [WorkerAction] {
        guard let crew, sharedValue == nil else { return [] }
        sharedValue = value
        return (0..<crew.threads).map { .order(thread: $0, .share(value)) }
    }

    /// Rows that the master has granted.
    mutating func take(_ block: RowBlock, now: Int64) -> [WorkerAction] {
        rows.take(block).map { .order(thread: $0.thread, .rows($0.grant)) } + askForRows(now: now)
    }

    /// Asks for the rows that are wanted.
    mutating func askForRows(now: Int64) -> [WorkerAction] {
        guard phase == .running || phase == .stopping || isRunningOnce else { return [] }
        return rows.requests(now: now).map { .send(.rowRequest($0)) }
    }

    /// An engine thread tells something at once.
    mutating func take(_ event: EngineEvent, now: Int64) -> [WorkerAction] {
        guard let crew, phase == .running || phase == .stopping || phase == .stopped else { return [] }
        switch event {
        case .rowsWanted(let thread, let source, let count):
            if let none = rows.want(count, of: source, thread: thread) { return [.order(thread: thread, .rows(none))] }
            return askForRows(now: now)
        case .stopWanted(_, let userClass, let reason):
            guard wish == nil, phase == .running else { return [] }
            return send(EndWish(reason: reason, userClass: Self.name(of: userClass, in: crew), isBreach: false))
        case .breached(_, let userClass, let reason):
            guard wish?.isBreach != true else { return [] }
            return send(EndWish(reason: reason, userClass: Self.name(of: userClass, in: crew), isBreach: true))
        case .onceEnded(_, let end): return take(end, now: now)
        }
    }

    private mutating func send(_ wish: EndWish) -> [WorkerAction] {
        self.wish = wish
        return [.send(.endWanted(wish))]
    }

    private static func name(of userClass: Int, in crew: EngineCrew) -> String {
        crew.classes.indices.contains(userClass) ? crew.classes[userClass] : "?"
    }

    /// What ran once has ended.
    private mutating func take(_ end: OnceEnd, now: Int64) -> [WorkerAction] {
        guard let step = once.first(where: { $0.value.answer == nil })?.key else { return [] }
        let answer: OnceAnswer
        switch end {
        case .done(let value) where value.count > WireBounds.sharedValue:
            answer = OnceAnswer(
                step: step,
                failure: "it returned \(value.count) bytes of JSON; \(WireBounds.sharedValue) are the most that all users can be given")
        case .done(let value): answer = OnceAnswer(step: step, value: value)
        case .failed(let exception):
            snapshot.fold(exception, userClass: step.rawValue)
            answer = OnceAnswer(step: step, failure: "\(exception.place): \(exception.message)")
        case .cutOff: answer = OnceAnswer(step: step, failure: "it was broken off" + reasonOfBreakingOff(step, now: now))
        }
        once[step]?.answer = answer
        // The engine threads go on until the master's last word, or end here if nothing more is to come of them.
        if step == .teardown { closeInterval(now: now) }
        return answerOnce(now: now)
    }

    /// Why something that runs once was broken off, as far as this worker knows.
    private func reasonOfBreakingOff(_ step: OnceStep, now: Int64) -> String {
        if let wish, wish.isBreach { return ": \(wish.reason)" }
        switch departure {
        case .terminated: return ", for its worker was told to end"
        case .failed(let reason): return ": \(reason)"
        case .ordered: break
        }
        if lease.hasLapsed(at: now) { return ", for its worker had no word from the master for \((lease.length ?? 0) / 1_000_000_000) s" }
        let hadItsTime = step == .teardown && once[.teardown]?.deadline == .max
        return hadItsTime ? " after \(Self.teardownNanoseconds / 1_000_000_000) s" : ""
    }

    /// Says what became of it: of `teardown` when all its figures are delivered.
    mutating func answerOnce(now: Int64) -> [WorkerAction] {
        var actions: [WorkerAction] = []
        for step in OnceStep.allCases {
            guard let progress = once[step], let answer = progress.answer, !progress.isAnswerDue else { continue }
            if step == .teardown {
                if !outbox.isEmpty { actions += deliver(now: now) }
                guard outbox.isEmpty else { continue }
                actions += announce(now: now)
            }
            once[step]?.isAnswerDue = true
            // With `setup` comes that it wants no users: before them.
            if step == .setup, let wish { actions.append(.send(.endWanted(wish))) }
            actions.append(.send(.onceDone(answer)))
            if step == .teardown, phase == .stopped, departure == .terminated { return actions + [.send(.quit)] + over(.terminated) }
        }
        return actions
    }
}

extension IntervalSnapshot {
    /// Adds an exception that no user has raised.
    fileprivate mutating func fold(_ exception: ScriptException, userClass: String) {
        var more = IntervalSnapshot()
        more.exceptions = [ExceptionInterval(example: exception, userClass: userClass, count: 1)]
        fold(more)
    }
}
