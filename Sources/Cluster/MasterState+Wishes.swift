import LoadModel
import Wire

/// What workers ask of the master: rows of data sources, the end of the run.
extension MasterState {
    /// Rows for a worker's users.
    mutating func take(_ request: RowRequest, of index: Int) -> [MasterAction] {
        // What runs once takes rows too.
        guard [.setup, .running, .stopping, .teardown].contains(phase), entries[index].isPresent else { return [] }
        let peer = entries[index].peer
        return ledger.grant(request, to: peer, workers: presentWorkers).map { [.send(.rows($0), to: peer)] } ?? []
    }

    /// A script wants the run to end, or cannot go on. Said again until the stop is heard of.
    mutating func take(_ wish: EndWish, of index: Int, now: Int64) -> [MasterAction] {
        let place = settings.leaseNanoseconds == nil ? "" : " on worker \(entries[index].name)"
        if wish.isBreach {
            entries[index].isBreached = true
            let words = "user class \"\(wish.userClass)\"\(place): \(wish.reason)"
            switch phase {
            case .running: return [.say(Notice("the run is stopped: \(words)", isWarning: true))] + stop(because: .failed(words), now: now)
            case .setup: return onceOrder?.index == index ? failSetup(words, now: now) : []
            case .stopping, .teardown:
                // What was cut off then is missing, though the run was at its end.
                switch ending {
                case .runTimeOver, .ended, .completed: ending = .failed(words)
                case .interrupted, .notStarted, .failed, nil: break
                }
                // In teardown its answer tells, which says the same.
                return []
            case .waiting, .finishing, .over: return []
            }
        }
        let reason = wish.reason.isEmpty ? "" : ": \(wish.reason)"
        if phase == .setup, onceOrder?.index == index {
            // Once setup has come to its end no user is started.
            endAfterSetup = "stop_run in setup\(place)\(reason)"
            return []
        }
        guard phase == .running else { return [] }
        let words = "stop_run by user class \"\(wish.userClass)\"\(place)\(reason)"
        return [.say(Notice(words))] + stop(because: .ended(words), now: now)
    }

    /// Takes in how many users of a worker have ended by themselves. Answers whether others are to have fewer for that.
    mutating func noteEnded(_ users: [Int], of index: Int) -> Bool {
        let before = entries[index].allowance.bound
        var concernsOthers = false
        for (userClass, more) in entries[index].allowance.noteEnded(users).enumerated() where more > 0 {
            let others = dispatch.live - dispatch.total(of: index)
            dispatch.end(more, ofClass: userClass, on: index)
            if dispatch.live - dispatch.total(of: index) != others { concernsOthers = true }
        }
        bounds += entries[index].allowance.bound - before
        return concernsOthers
    }

    /// Ends the run when all users that it is to have were there, and all have ended by themselves.
    mutating func endIfNobodyIsLeft(now: Int64) -> [MasterAction] {
        if let words = spentWords, phase == .running, dispatch.count > 0, dispatch.live == 0 {
            return [.say(Notice(words))] + stop(because: .completed(words), now: now)
        }
        guard phase == .running, let startedAt, course.finally > 0, dispatch.count == course.finally, dispatch.live == 0,
            course.ramps.count == 1 || course.isComplete(before: now - startedAt)
        else { return [] }
        let words = "all users have ended by themselves"
        return [.say(Notice(words))] + stop(because: .ended(words), now: now)
    }

    /// What the run was to do, when all of it was leased: users without a lease end by themselves. Nil: there is something left.
    private var spentWords: String? {
        if let source = plan.iterationSource, let limit = plan.iterationLimit, ledger.isExhausted(source) {
            return "no more than \(LoadText.grouped(Int64(limit))) iterations were to be begun, and these have ended"
        }
        if let source = plan.requestSource, let limit = plan.requestLimit, ledger.isExhausted(source) {
            return "\(LoadText.grouped(Int64(limit))) requests were to be made: no further iteration was begun"
        }
        return nil
    }

    /// What has become of the rows that are given out once.
    package var dataUse: [DataUse] {
        ledger.use { peer in
            guard let index = positions[peer.name], entries[index].peer == peer else { return true }
            return !entries[index].isStopped && entries[index].phase != .left && (entries[index].phase != .ready || phase == .over)
        }
    }
}
