import EventLoop
import Glibc
import Judgement
import LoadModel
import Statistics
import Wire

/// What a master shows and hears beside its workers.
package struct MasterFace {
    /// Shows new figures; called about once a second.
    package var show: (MasterProgress) -> Void
    /// Says a line.
    package var say: (Notice) -> Void
    /// Called when the first signal has stopped the run.
    package var interrupted: () -> Void
    /// Where SIGINT and SIGTERM come in: the first one stops the run in order, the second one cuts off what is under way. With a log SIGTERM leaves the run
    /// to a master after this one.
    package var signals: SignalInbox?
    /// Readable when a key was pressed; nil: nobody presses keys.
    package var keys: Int32?
    /// Reads the keys that were pressed and answers how many users more or fewer they ask for. `rows`: the workers as they are.
    package var takeKeys: (_ rows: [WorkerRow]) -> Int
    /// Called about once a second from the beginning to the end with how the run stands; nil: nobody looks from outside.
    package var overview: ((RunOverview) -> Void)?

    package init(
        show: @escaping (MasterProgress) -> Void, say: @escaping (Notice) -> Void, interrupted: @escaping () -> Void, signals: SignalInbox?,
        keys: Int32? = nil, takeKeys: @escaping ([WorkerRow]) -> Int = { _ in 0 }, overview: ((RunOverview) -> Void)? = nil
    ) {
        self.show = show
        self.say = say
        self.interrupted = interrupted
        self.signals = signals
        self.keys = keys
        self.takeKeys = takeKeys
        self.overview = overview
    }
}

/// What there is to show while a run goes on.
package struct MasterProgress {
    package var result: RunResult
    /// When the first user was due, in nanoseconds since 1970.
    package var startNanosecondsSince1970: Int64
    package var elapsedNanoseconds: Int64
    /// Users that the run goes to.
    package var targetUsers: Int
    /// True once the stop was ordered.
    package var isStopping: Bool
}

/// What a run leaves behind.
package struct RunOutcome {
    package var result: RunResult
    package var ending: RunEnding
    /// When the first user was due, or that was given up, in nanoseconds since 1970.
    package var startNanosecondsSince1970: Int64
    /// From the first user's start to the stop.
    package var elapsedNanoseconds: Int64
    /// Each worker's greatest figures.
    package var workers: [WorkerRow]
    /// What the measurement is to be judged by.
    package var evidence: Evidence
    /// Users and rate as last set.
    package var users: Int
    package var ratePerSecond: Double
    /// What was lost with an earlier master, by worker.
    package var earlierLosses: [String: Int64]
    /// False when the worker of this process may still have running threads: end with `_exit`.
    package var areWorkersStopped: Bool
    /// What came from others than workers.
    package var turnedAway: TurnedAway
    /// What has become of the rows of data that are given out once each, by source.
    package var dataUse: [DataUse]
    /// What became of the plan's thresholds, in its order.
    package var thresholds: [ThresholdResult]
    /// What became of the starts of the open model; nil in the closed one.
    package var starts: StartAccount?
    /// How much of the elapsed time was warm-up, of which there is nothing in the result.
    package var warmUpNanoseconds: Int64
}

/// A master with a log was told to end by SIGTERM, and has left its run as it stood.
package struct RunLeft: Error {
    /// Whether the first user was due.
    package let hasBegun: Bool
}

/// A master on the calling thread: carries out what `MasterState` decides, over a link.
package struct MasterRun<Link: MasterLink> {
    private var link: Link
    private var state: MasterState
    private let face: MasterFace
    private var log: StateLog?
    private var isOver = false
    private var isInterrupted = false
    private var hasSaidLogFailure = false
    private var lastTick: Int64 = .min / 2
    private var lastOverview: Int64 = .min / 2

    /// What has come in over the link, out of its hands.
    private enum Input {
        case message(Peer, WorkerMessage)
        case delta(Peer, WorkerMessage, [UInt8])
        case operation(OperatorMessage, OperatorCaller)
        case notice(Notice)
    }

    private static var signalToken: UInt64 { 1 }
    private static var keyToken: UInt64 { 2 }
    private static var linkToken: UInt64 { 3 }
    /// What comes in is taken first for so long.
    private static var longestWithoutTick: Int64 { 100_000_000 }

    /// `log`: where deltas are written before they are acknowledged; nil: nowhere.
    package init(state: MasterState, link: Link, log: StateLog? = nil, face: MasterFace) {
        self.state = state
        self.link = link
        self.log = log
        self.face = face
    }

    /// Runs until the run is over. Throws a `RunLeft` when it is left to another master, and when the process has no descriptor left.
    package mutating func run() throws -> RunOutcome {
        let poller = try Poller()
        for descriptor in link.descriptors { poller.add(descriptor, bits: Poller.readable, token: Self.linkToken) }
        if let signals = face.signals { poller.add(signals.descriptor, bits: Poller.readable, token: Self.signalToken) }
        if let keys = face.keys { poller.add(keys, bits: Poller.readable, token: Self.keyToken) }
        while !isOver {
            // Before the time is looked at: what has come in may be just what is missed. But no flood keeps it from being looked at for long.
            let hasMore = takeFromLink()
            if isOver { break }
            let now = MonotonicClock.nanoseconds()
            showOverview(now: now)
            if !hasMore || now - lastTick > Self.longestWithoutTick {
                lastTick = now
                if let deadline = state.nextDeadline, now >= deadline {
                    handle(.tick)
                    continue
                }
            }
            for position in 0..<poller.wait(nanoseconds: hasMore ? 0 : state.nextDeadline.map { $0 - now } ?? -1) {
                switch poller.event(position).token {
                case Self.signalToken:
                    for signal in face.signals?.takeNumbers() ?? [] {
                        // Whoever moves this process elsewhere does not mean the run: another master takes it up.
                        if signal == SIGTERM, log != nil {
                            try leave()
                            continue
                        }
                        if !isInterrupted, state.hasLoad { face.interrupted() }
                        isInterrupted = true
                        handle(.interrupted)
                    }
                case Self.keyToken:
                    let change = face.takeKeys(state.rows(now: MonotonicClock.nanoseconds()))
                    guard change != 0 else { break }
                    if case .refused(let reason) = rescale(users: max(1, state.targetUsers + change), ratePerSecond: nil) {
                        face.say(Notice(reason))
                    }
                default: if link.restNanoseconds > 0 { usleep(UInt32(link.restNanoseconds / 1000)) }
                }
            }
        }
        let now = MonotonicClock.nanoseconds()
        if let failure = log?.close(elapsed: state.elapsed(now: now), because: state.ending?.words) {
            face.say(Notice(failure, isWarning: true))
        }
        return RunOutcome(
            result: state.result, ending: state.ending ?? .interrupted, startNanosecondsSince1970: start,
            elapsedNanoseconds: state.elapsed(now: now), workers: state.rows(now: now, isFinal: true),
            evidence: state.evidence(now: now), users: state.targetUsers,
            ratePerSecond: state.spawnRate, earlierLosses: state.earlierLosses,
            areWorkersStopped: state.areWorkersStopped, turnedAway: link.turnedAway, dataUse: state.dataUse,
            thresholds: state.thresholdResults(now: now), starts: state.startAccount(now: now),
            warmUpNanoseconds: state.warmUp(now: now))
    }

    // MARK: - Parts

    /// Leaves the run as it stands to a master after this one, unless it is coming to its end. Throws a `RunLeft` then.
    private mutating func leave() throws {
        if state.isEnding { return face.say(Notice("told to end (SIGTERM): the run is coming to its end anyway")) }
        log?.note(state.standings(now: MonotonicClock.nanoseconds()))
        throw RunLeft(hasBegun: state.startedAt != nil)
    }

    /// Shows how the run stands to those outside, once a second.
    private mutating func showOverview(now: Int64) {
        guard let show = face.overview, now - lastOverview >= 1_000_000_000 else { return }
        lastOverview = now
        show(
            RunOverview(
                phase: state.isWaiting ? .waiting : state.isEnding ? .ending : .running, result: state.result,
                startNanosecondsSince1970: start, elapsedNanoseconds: state.elapsed(now: now),
                wholeSeconds: state.wholeSeconds(now: now), targetUsers: state.targetUsers, users: state.users,
                usersByClass: state.usersByClass, workers: state.rows(now: now)))
    }

    /// Takes some of what has come in. Answers whether there may be more.
    private mutating func takeFromLink() -> Bool {
        var inputs: [Input] = []
        let keepsBytes = log != nil
        let hasMore = link.receive { input in
            switch input {
            case .message(let peer, let message, let bytes):
                if case .delta = message, keepsBytes {
                    inputs.append(.delta(peer, message, Array(bytes)))
                } else {
                    inputs.append(.message(peer, message))
                }
            case .operation(let message, let caller): inputs.append(.operation(message, caller))
            case .notice(let notice): inputs.append(.notice(notice))
            }
        }
        for input in inputs {
            switch input {
            case .message(let peer, let message): handle(.message(peer, message))
            case .delta(let peer, let message, let bytes): if isWritten(message, from: peer, bytes) { handle(.message(peer, message)) }
            case .operation(let message, let caller): answer(message, caller)
            case .notice(let notice): face.say(notice)
            }
        }
        return hasMore
    }

    /// Writes a new delta down before it is acknowledged. Answers false for one that could not be written: it is not acknowledged, and comes again.
    private mutating func isWritten(_ message: WorkerMessage, from peer: Peer, _ bytes: [UInt8]) -> Bool {
        guard let log, case .delta(let delta) = message, state.isNew(delta, from: peer) else { return true }
        let second = state.second(of: delta, now: MonotonicClock.nanoseconds())
        let account = state.account(of: peer) ?? peer.name
        let failure = bytes.withUnsafeBytes { log.append($0, delta, peer: peer, account: account, second: second) }
        guard let failure else {
            hasSaidLogFailure = false
            return true
        }
        sayLogFailure(failure)
        // There is no later time for what comes at the end.
        if state.stoppedAt != nil { log.take(delta, account: account, second: second) }
        return state.stoppedAt != nil
    }

    private mutating func sayLogFailure(_ failure: String) {
        if hasSaidLogFailure { return }
        hasSaidLogFailure = true
        let text =
            "\(failure). The run goes on; workers keep their figures until they can be written (at the end of the run they are taken all the same)"
        face.say(Notice(text, isWarning: true))
    }

    private mutating func handle(_ event: MasterEvent) {
        let wasStarted = state.startedAt != nil
        let onceBefore = state.onceRecord
        let horizonBefore = state.startHorizon
        let actions = state.event(event, now: MonotonicClock.nanoseconds())
        // Before anybody is told to run it.
        if state.onceRecord != onceBefore { log?.note(state.onceRecord) }
        // A later master gives none of them a second time.
        if state.startHorizon > horizonBefore, let failure = log?.note(horizon: state.startHorizon) { sayLogFailure(failure) }
        // Before anybody is told: one that has left in order is not missed by a later master.
        if let log, case .message(let peer, .quit) = event {
            log.note([state.standing(of: peer, now: MonotonicClock.nanoseconds())].compactMap(\.self))
        }
        for action in actions {
            switch action {
            case .send(.rows(let block), let peer):
                // Unless it is written down the worker does not get it, and asks again.
                if let failure = log?.note(block, of: peer) { sayLogFailure(failure) } else { link.send(.rows(block), to: peer) }
            case .send(let message, let peer):
                if let log, case .targets = message {
                    log.note([state.standing(of: peer, now: MonotonicClock.nanoseconds())].compactMap(\.self))
                }
                link.send(message, to: peer)
            case .say(let notice): face.say(notice)
            case .progress:
                if let log {
                    log.note(state.standings(now: MonotonicClock.nanoseconds()))
                    if state.stoppedAt == nil { log.turn(state.result, users: state.users, second: state.usersSecond) }
                }
                face.show(
                    MasterProgress(
                        result: state.result, startNanosecondsSince1970: start,
                        elapsedNanoseconds: state.elapsed(now: MonotonicClock.nanoseconds()),
                        targetUsers: state.targetUsers, isStopping: state.stoppedAt != nil))
            case .finish: isOver = true
            }
        }
        if !wasStarted, let startedAt = state.startedAt { log?.noteStart(startedAt, now: MonotonicClock.nanoseconds()) }
    }

    /// Other numbers from now on, if that can be; answers and says so.
    private mutating func rescale(users: Int?, ratePerSecond: Double?) -> OperatorReply {
        let (usersBefore, rateBefore) = (state.targetUsers, state.spawnRate)
        if state.isEnding { return .refused("the run is ending") }
        if let users, !(1...MasterState.mostUsers).contains(users) {
            return .refused("\(users) users are no number from 1 to \(MasterState.mostUsers)")
        }
        if let ratePerSecond, !(ratePerSecond > 0 && ratePerSecond <= 1e9) {
            return .refused("\(ratePerSecond) per second is no rate above 0 and up to 1,000,000,000")
        }
        if let users, !state.isWaiting, users > state.capacity {
            return .refused("\(users) users are more than the workers can carry, which is \(state.capacity)")
        }
        handle(.rescale(users: users, ratePerSecond: ratePerSecond))
        // It goes straight there.
        if let ramp = state.course.ramps.last { log?.note(ramp) }
        let (users, rate) = (state.targetUsers, state.spawnRate)
        let rates = rate == rateBefore ? ("", "") : (" at \(LoadText.rate(rate)) per second", " at \(LoadText.rate(rateBefore))")
        face.say(Notice("now going to \(users) users\(rates.0) (before: \(usersBefore)\(rates.1))"))
        return .scaled(users: users, ratePerSecond: rate, usersBefore: usersBefore, rateBefore: rateBefore)
    }

    /// When the first user was due, in nanoseconds since 1970; now, if none was.
    private var start: Int64 { WallClock.nanoseconds() - (state.startedAt.map { MonotonicClock.nanoseconds() - $0 } ?? 0) }

    private mutating func answer(_ message: OperatorMessage, _ caller: OperatorCaller) {
        switch message {
        case .workers: link.answer(.workers(state.rows(now: MonotonicClock.nanoseconds())), to: caller)
        case .scale(let users, let rate): link.answer(rescale(users: users, ratePerSecond: rate), to: caller)
        }
    }
}
