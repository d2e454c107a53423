import Cluster
import LoadModel
import Statistics
import Wire

/// What the worker says.
extension LocustWorkerTranslator {
    mutating func take(_ message: WorkerMessage, now: LocustMoment) -> [Action] {
        switch message {
        case .hello(let hello): return take(hello, now: now)
        case .planRequest(let offset):
            let end = min(plan.bytes.count, offset + PlanChunk.largest)
            guard run != nil, offset >= 0, offset <= end else { return [] }
            return [.tell(.planChunk(PlanChunk(offset: offset, bytes: Array(plan.bytes[offset..<end]))))]
        case .ready(let ready):
            guard run != nil, ready.planHash == plan.hash else { return [] }
            self.ready = ready
            return (order.map { lookAtNames($0) } ?? []) + advance(now: now)
        case .heartbeat(let heartbeat): return take(heartbeat, now: now)
        case .delta(let delta): return take(delta, now: now)
        case .rowRequest(let request): return rows.grant(request).map { [.tell(.rows($0))] } ?? []
        case .onceDone(let answer): return take(answer, now: now)
        case .endWanted(let wish):
            guard phase == .testing || phase == .idle else { return [] }
            let who = wish.userClass.isEmpty ? "the script" : "user class \(wish.userClass)"
            let words =
                "\(who) wants the test to end\(wish.reason.isEmpty ? "" : ": \(wish.reason)"); users end here, but not on other workers"
            // Locust's exit code tells of exceptions: a script that has done its work is none.
            let news: [Action] = wish.isBreach ? [.send(.exception(message: words, traceback: words))] : []
            return [say(words)] + news + end(.script, now: now)
        case .logs(let lines):
            log.add(lines)
            return []
        case .warning(let text):
            log.add([text])
            return []
        case .stopped: return stopped(now: now)
        case .failed(let reason):
            log.add([reason])
            return leave(now: now)
        case .quit: return leave(now: now)
        }
    }

    private mutating func take(_ hello: WorkerHello, now: LocustMoment) -> [Action] {
        isThere = true
        if phase == .left { (phase, isDismissed, isOrphaned, nextReady) = (.absent, false, false, now.monotonic) }
        guard isKnown else { return [] }
        if hello.run == nil, ready != nil {
            // A loop begun anew, while the master has not been heard: what was is no more.
            (phase, run, ready, beat, nextReady) = (.absent, nil, nil, nil, now.monotonic)
            return []
        }
        // One that is on its way to a new run asks for it when its users are gone.
        if let standing = hello.run, standing.run != run, run != nil { return [welcome()] }
        return []
    }

    private mutating func take(_ heartbeat: Heartbeat, now: LocustMoment) -> [Action] {
        beat = heartbeat
        guard heartbeat.run == run else { return [] }
        // Users whose lease has ended are not called back before the master is.
        let actions = now.monotonic < lastWord + leaseNanoseconds ? advance(now: now) : []
        if !isComplete, phase == .testing, let targets, heartbeat.targetsVersion == targets.version, heartbeat.activity == .running {
            isComplete = true
            return actions + [.send(.spawningComplete(users))]
        }
        return actions
    }

    private mutating func take(_ delta: WorkerDelta, now: LocustMoment) -> [Action] {
        guard delta.run == run else { return [] }
        var actions: [Action] = [.tell(.acknowledge(delta: delta.number))]
        guard delta.number > lastDelta else { return actions }
        lastDelta = delta.number
        tally.add(delta.snapshot, end: now.wall - Double(delta.ageNanoseconds) / 1e9)
        for exception in delta.snapshot.exceptions { actions += send(exception) }
        // There is no time for the next regular one.
        if phase == .stopping, ending == .quit { actions.append(report(now: now)) }
        return actions
    }

    /// Exceptions at one place, one message each.
    private mutating func send(_ exception: ExceptionInterval) -> [Action] {
        let example = exception.example
        let traceback = example.stack.isEmpty ? example.place : "\(example.place)\n\(example.stack)"
        let sent = min(exception.count, Self.mostExceptions)
        var actions: [Action] = Array(
            repeating: .send(.exception(message: example.message, traceback: traceback)), count: Int(sent))
        if exception.count > sent {
            log.add(["\(exception.count - sent) more exceptions at \(example.place): \(example.message)"])
            actions += sayOnce(
                "more than \(Self.mostExceptions) exceptions a second at \(example.place): the Locust master is told of so many")
        }
        return actions
    }

    private mutating func take(_ answer: OnceAnswer, now: LocustMoment) -> [Action] {
        var actions: [Action] = []
        if let failure = answer.failure {
            let words = "\(answer.step.rawValue) failed: \(failure)"
            actions += [say(words), .send(.exception(message: words, traceback: words))]
        }
        switch answer.step {
        case .setup:
            guard setup == .due else { return [] }
            setup = answer.failure == nil ? .done(answer.value) : .failed
            if setup == .failed { actions.append(say("no user is started on this worker")) }
            return actions + advance(now: now)
        case .teardown:
            if isTeardownDone { return [] }
            isTeardownDone = true
            return actions + stopped(now: now)
        }
    }

    /// The users have ended and their figures are here.
    private mutating func stopped(now: LocustMoment) -> [Action] {
        guard phase == .stopping else { return [] }
        if plan.hasTeardown, !isTeardownDone, setup != .due || !plan.hasSetup { return [.tell(.once(.teardown))] }
        return finish(now: now)
    }

    /// The worker leaves by itself: somebody has told it to, or it cannot go on.
    private mutating func leave(now: LocustMoment) -> [Action] {
        guard isKnown else { return [] }
        beat?.users = []
        phase = .left
        return lastWords(now: now) + [.send(.quit)]
    }
}
