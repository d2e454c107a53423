import EventLoop
import HTTPTransport
import LoadModel
import Statistics

/// Several requests of one user at once: all are sent together, each is counted for itself, and the user goes on with the last.
///
/// Under a cap of connections a batch waits until it fits as a whole; one that never will sends its requests as connections become free.
extension EngineThread {
    /// Sends what is in `UserExchange.batch`, or lets it wait its turn.
    func batch(_ slot: Int, due: Int64) {
        let count = exchange.batchCount
        precondition((1...CurlTransport.mostItems).contains(count), "a batch has 1 to \(CurlTransport.mostItems) requests")
        exchange.batchCount = 0
        guard taskMayGoOn(slot) else {
            for position in 0..<count { exchange.batch[position].draft.reset() }
            return cutShort(slot)
        }
        progress[slot].due = due
        let batch = RunningBatch(count: count, due: due)
        batches[slot] = batch
        let isPaced = isPaced(slot)
        if isPaced || admission.first != nil || !fits(slot, count: count) {
            for position in 0..<count {
                batch.waiting.append(exchange.batch[position])
                exchange.batch[position] = BatchRequest()
            }
            progress[slot].activity = .queued
            let entry = AdmissionQueue.Entry(slot: slot, generation: progress[slot].generation, draft: RequestDraft(), isBatch: true)
            if isPaced { pacing.append(entry) } else { admission.append(entry) }
            return
        }
        for position in 0..<count {
            let goesOn = send(exchange.batch[position].draft, item: position, of: batch, slot: slot)
            exchange.batch[position].draft.reset()
            if goesOn { continue }
            for rest in position..<count { exchange.batch[rest].draft.reset() }
            return
        }
    }

    /// Sends one request of a batch. False: that was the end of the step, or of the user.
    private func send(_ draft: borrowing RequestDraft, item: Int, of batch: RunningBatch, slot: Int) -> Bool {
        let now = MonotonicClock.nanoseconds()
        progress[slot].activity = .batching
        if now >= lease.expiryNanoseconds {
            leaseHasExpired(slot)
            return false
        }
        let userClass = Int(progress[slot].userClass)
        let name = draft.name.isEmpty ? draft.target.bytes : draft.name.bytes
        do {
            try bases[userClass].withUnsafeBytes { base in
                try transport.submit(draft, base: base, slot: slot, item: item, mode: modes[userClass], profile: userClass, now: now)
            }
        } catch {
            fault = "\(error)"
            settleBatch(slot)
            users.abandon(slot: slot)
            stepEnded(slot, failed: true, now: progress[slot].due)
            return false
        }
        batch.items[item].request = recorder.request(method: draft.method, name: name)
        batch.sent = item + 1
        batch.underWay += 1
        countSubmitted(slot)
        return true
    }

    // MARK: - The cap

    /// Whether a batch may be sent as a whole. Idle connections are closed for it.
    private func fits(_ slot: Int, count: Int) -> Bool {
        guard connectionCap > 0 else { return true }
        let userClass = Int(progress[slot].userClass)
        while true {
            // One idle connection of its own is known of; there may be more.
            let hasConnection = !transport.needsConnection(slot: slot, mode: modes[userClass], profile: userClass)
            if transport.committedConnections + count - (hasConnection ? 1 : 0) <= connectionCap { return true }
            if count > connectionCap || !transport.closeIdleConnections() { return false }
        }
    }

    /// Sends as much of a batch that waits as the cap allows. False: the rest has to wait still.
    func admitBatch(_ slot: Int) -> Bool {
        guard let batch = batches[slot] else { return true }
        if !taskMayGoOn(slot) {
            if batch.underWay > 0 { batch.isCutShort = true } else { cutShort(slot) }
            return true
        }
        let isWhole = batch.sent == 0 && (connectionCap == 0 || batch.items.count <= connectionCap)
        if isWhole && !fits(slot, count: batch.items.count) { return false }
        while batch.sent < batch.items.count {
            if !isWhole && isCapped(slot) { return false }
            let item = batch.sent
            guard send(batch.waiting[item].draft, item: item, of: batch, slot: slot) else { return true }
        }
        batch.waiting = []
        return true
    }

    // MARK: - Outcomes

    /// Takes the end of one request of a batch; with the last one the user goes on.
    func take(_ finished: CurlTransport.Finished) {
        let slot = finished.slot
        guard let batch = batches[slot] else { return transport.release(finished) }
        batch.items[finished.item].finished = finished
        batch.underWay -= 1
        batch.end = max(batch.end, finished.finishedNanoseconds)
        guard batch.isOver else { return }
        if batch.isCutShort { return cutShort(slot) }
        batches[slot] = nil
        let outcomes = batch.items.map { $0.finished?.outcome() ?? RequestOutcome() }
        while exchange.batch.count < outcomes.count { exchange.batch.append(BatchRequest()) }
        for position in outcomes.indices { exchange.batch[position].verdict.reset() }
        exchange.request.reset()
        enterScript(slot)
        let command = users.resume(slot: slot, outcomes: outcomes, exchange: exchange)
        leaveScript()
        for (position, item) in batch.items.enumerated() {
            guard let request = item.request, let finished = item.finished else { continue }
            record(
                outcomes[position], of: request, verdict: &exchange.batch[position].verdict, due: intendedStart(slot),
                end: finished.finishedNanoseconds)
            transport.release(finished)
        }
        carryOut(command, slot: slot, due: batch.end)
    }

    /// Breaks off the user's batch, if it has one: requests that have ended are counted as they are, those under way as interrupted.
    func settleBatch(_ slot: Int) {
        guard !batches.isEmpty, let batch = batches.removeValue(forKey: slot) else { return }
        transport.cancel(slot: slot)
        var verdict = RequestVerdict()
        for item in batch.items {
            guard let request = item.request else { continue }
            if let finished = item.finished {
                record(finished.outcome(), of: request, verdict: &verdict, due: intendedStart(slot), end: finished.finishedNanoseconds)
                transport.release(finished)
            } else {
                recorder.countInterrupted(request)
            }
        }
    }
}
