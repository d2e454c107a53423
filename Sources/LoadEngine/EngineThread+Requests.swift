import EventLoop
import HTTPTransport
import LoadModel
import Statistics

/// Requests of users: sent at once or when a connection is free, and counted when they have ended.
extension EngineThread {
    /// So many requests are handed over before libcurl starts them: a crowd that is due at once must not wait for its last one.
    private static var startBatch: Int { 8 }
    /// So many idle connections are closed in one turn of the loop after the cap was lowered: users must not wait for thousands.
    private static var closeBatch: Int { 64 }

    func request(_ slot: Int, due: Int64) {
        guard taskMayGoOn(slot) else { return cutShort(slot) }
        progress[slot].due = due
        let isPaced = isPaced(slot)
        // Those that wait for a connection already come first, also before users that have one: all take turns.
        if isPaced || admission.first != nil || isCapped(slot) {
            progress[slot].activity = .queued
            let entry = AdmissionQueue.Entry(slot: slot, generation: progress[slot].generation, draft: exchange.request.copy())
            if isPaced { pacing.append(entry) } else { admission.append(entry) }
            return
        }
        send(exchange.request, slot: slot)
    }

    private func send(_ draft: borrowing RequestDraft, slot: Int) {
        let now = MonotonicClock.nanoseconds()
        if now >= lease.expiryNanoseconds { return leaseHasExpired(slot) }
        let userClass = Int(progress[slot].userClass)
        let name = draft.name.isEmpty ? draft.target.bytes : draft.name.bytes
        progress[slot].request = recorder.request(method: draft.method, name: name)
        progress[slot].activity = .requesting
        bases[userClass].withUnsafeBytes { base in
            do {
                try transport.submit(draft, base: base, slot: slot, mode: modes[userClass], profile: userClass, now: now)
                countSubmitted(slot)
            } catch {
                fault = "\(error)"
                users.abandon(slot: slot)
                stepEnded(slot, failed: true, now: progress[slot].due)
            }
        }
    }

    /// A request was to be sent, and may not be.
    func leaseHasExpired(_ slot: Int) {
        // The others are dropped when the work in hand is done: it goes through lists that would change.
        mustDropAll = true
        cutOff(slot)
    }

    /// Counts a request that the transport has taken.
    @inline(__always)
    func countSubmitted(_ slot: Int) {
        spendRequest(slot)
        recorder.countIssued()
        gauges.show(requestsIssued: recorder.issued)
        submitted += 1
        if submitted % Self.startBatch == 0 { startSubmitted(now: 0) }
    }

    /// Has libcurl begin with what was handed over, and with `now` above 0 do whatever else is due by then.
    func startSubmitted(now: Int64) {
        if !mustDropAll { transport.runTimers(now: now) }
    }

    // MARK: - The rate at which connections are opened, and the cap

    /// So many connections may be opened per second from now on; nil: any number.
    func pace(_ rate: Double?) {
        let now = MonotonicClock.nanoseconds()
        guard let rate else {
            connectPacer = nil
            return
        }
        if connectPacer?.change(ratePerSecond: rate, now: now) == nil {
            connectPacer = ConnectPacer(ratePerSecond: rate, committed: transport.commitments)
        }
    }

    /// Whether the user has to wait for its turn to open a connection. Who has one goes on.
    func isPaced(_ slot: Int) -> Bool {
        guard connectPacer != nil, needsConnection(slot) else { return false }
        return pacing.first != nil || !mayOpenConnection()
    }

    private func mayOpenConnection() -> Bool {
        connectPacer?.mayOpen(now: MonotonicClock.nanoseconds(), committed: transport.commitments) ?? true
    }

    private func needsConnection(_ slot: Int) -> Bool {
        let userClass = Int(progress[slot].userClass)
        return transport.needsConnection(slot: slot, mode: modes[userClass], profile: userClass)
    }

    func isCapped(_ slot: Int) -> Bool {
        guard connectionCap > 0, transport.committedConnections >= connectionCap else { return false }
        // The cap was lowered: those that have a connection wait as well, else it would never become idle.
        if transport.committedConnections > connectionCap { return true }
        return needsConnection(slot) && !transport.closeIdleConnections()
    }

    /// Closes idle connections above the cap, a few at a time. True: there may be more to close.
    func closeConnectionsAboveCap() -> Bool {
        guard connectionCap > 0 else { return false }
        var closed = 0
        while transport.committedConnections > connectionCap {
            if closed == Self.closeBatch { return true }
            if !transport.closeIdleConnections() { return false }
            closed += 1
        }
        return false
    }

    /// Sends the requests and batches that waited: first those whose turn to open a connection has come, then, as far as the cap allows, those that wait
    /// for one to become free; the oldest first.
    func admitQueued() {
        while let next = pacing.first {
            if isWaiting(next) {
                if needsConnection(next.slot), !mayOpenConnection() { break }
                if admission.first != nil || !admit(next) { admission.append(next) }
            }
            pacing.removeFirst()
        }
        while let next = admission.first {
            if isWaiting(next), !admit(next) { break }
            admission.removeFirst()
        }
    }

    /// False: the user was cut off, or its slot has another one, and no request waits. A batch may have begun.
    private func isWaiting(_ entry: AdmissionQueue.Entry) -> Bool {
        progress[entry.slot].generation == entry.generation && (entry.isBatch || progress[entry.slot].activity == .queued)
    }

    /// Sends what has waited, or ends its task when there is no time left for it. False: it has to wait on.
    private func admit(_ entry: AdmissionQueue.Entry) -> Bool {
        if entry.isBatch {
            if !admitBatch(entry.slot) { return false }
            startSubmitted(now: 0)
        } else if !taskMayGoOn(entry.slot) {
            cutShort(entry.slot)
        } else if isCapped(entry.slot) {
            return false
        } else {
            send(entry.draft, slot: entry.slot)
            startSubmitted(now: 0)
        }
        return true
    }

    // MARK: - Outcomes

    func takeFinished() {
        var hasSubmitted = false
        while let finished = transport.nextFinished() {
            hasSubmitted = true
            if finished.item >= 0 {
                take(finished)
                continue
            }
            let slot = finished.slot
            let outcome = finished.outcome()
            let end = finished.finishedNanoseconds
            exchange.request.reset()
            enterScript(slot)
            let command = users.resume(slot: slot, outcome: outcome, exchange: exchange)
            leaveScript()
            if let request = progress[slot].request {
                record(outcome, of: request, verdict: &exchange.verdict, due: intendedStart(slot), end: end)
            }
            transport.release(finished)
            carryOut(command, slot: slot, due: end)
        }
        // What was submitted goes out now, not after the sockets that are still to be looked at.
        if hasSubmitted { startSubmitted(now: 0) }
    }

    /// From when the response time of a user's request counts; `Int64.max`: it has none but the service time.
    func intendedStart(_ slot: Int) -> Int64 { offersResponseTime[Int(progress[slot].userClass)] ? progress[slot].due : .max }

    /// Counts a request that has ended; the verdict is empty afterwards.
    func record(_ outcome: borrowing RequestOutcome, of request: RequestID, verdict: inout RequestVerdict, due: Int64, end: Int64) {
        let failure =
            switch verdict.failure(of: outcome) {
            case nil: FailureID.none
            case .transport: recorder.failure(of: request, reason: outcome.transportFailure ?? "")
            case .status: recorder.failure(of: request, reason: reasons.text(for: outcome.status))
            case .script: recorder.failure(of: request, reason: verdict.failureReason.bytes)
            }
        verdict.reset()
        if !outcome.earlierHops.isEmpty {
            for phases in outcome.earlierHops { recorder.record(earlierHop: phases, of: request) }
        }
        recorder.record(
            RequestSample(
                request: request, serviceTimeNanoseconds: outcome.serviceTimeNanoseconds,
                responseTimeNanoseconds: max(end - due, outcome.serviceTimeNanoseconds), phases: outcome.phases,
                receivedBytes: outcome.receivedBytes, failure: failure, status: outcome.status))
    }
}
