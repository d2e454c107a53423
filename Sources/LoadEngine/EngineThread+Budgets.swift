import LoadModel

/// So many iterations, or requests, in the whole run: a task begins only with a lease on one of each. A user for whom there will be none ends for good.
extension EngineThread {
    var hasBudgets: Bool { iterationBudget != nil || requestBudget != nil }

    /// Whether no further task will begin.
    var isSpent: Bool { hasBudgets && (iterationBudget?.isSpent == true || requestBudget?.isSpent == true) }

    /// Whether the user may begin a task, for which it then has what it needs; otherwise it waits, or ends.
    func mayBeginTask(_ slot: Int) -> Bool {
        if let budget = usedUpBudget {
            if budget.isExhausted {
                endSpent(slot)
            } else {
                // Its time stays as it is: who waits for a lease is late.
                progress[slot].generation &+= 1
                parking.append(DueStep(slot: Int32(slot), generation: progress[slot].generation), source: budget.source)
                askForBudgets()
            }
            return false
        }
        if let budget = iterationBudget {
            iterationBudget?.spend(1)
            gauges.add(drawnRows: 1, source: budget.source)
        }
        // For its first request.
        if requestBudget != nil {
            spendRequests(1)
            progress[slot].hasRequestLeft = true
        }
        askForBudgets()
        return true
    }

    /// A user makes a request.
    @inline(__always)
    func spendRequest(_ slot: Int) {
        guard requestBudget != nil else { return }
        if progress[slot].hasRequestLeft { progress[slot].hasRequestLeft = false } else { spendRequests(1) }
    }

    /// A task has ended; one that made no request gives back what it had for it.
    func giveBackRequest(_ slot: Int) {
        guard requestBudget != nil, progress[slot].hasRequestLeft else { return }
        progress[slot].hasRequestLeft = false
        spendRequests(-1)
    }

    /// Takes a lease; answers false when it is one of rows.
    func takeBudget(_ grant: RowGrant) -> Bool {
        if iterationBudget?.source == grant.source {
            iterationBudget?.take(grant)
        } else if requestBudget?.source == grant.source {
            requestBudget?.take(grant)
        } else {
            return false
        }
        for user in parking.takeAll(source: grant.source) {
            let slot = Int(user.slot)
            if progress[slot].activity == .waiting, progress[slot].generation == user.generation { makeReady(slot) }
        }
        askForBudgets()
        return true
    }

    /// Ends all users that wait for a task, when there is none left to begin.
    func endWaitingIfSpent() {
        guard isSpent, !hasEndedSpent, stop == nil else { return }
        hasEndedSpent = true
        endArrivals(now: .min, counting: false)
        for slot in progress.indices where progress[slot].isBetweenSteps && !progress[slot].isLeaving { endSpent(slot) }
    }

    /// One of which the thread has nothing left now.
    private var usedUpBudget: Budget? {
        if let budget = iterationBudget, budget.left <= 0 { return budget }
        if let budget = requestBudget, budget.left <= 0 { return budget }
        return nil
    }

    /// A user is between two steps, and there is nothing left to begin: it ends for good.
    func endSpent(_ slot: Int) {
        progress[slot].hasEndedItself = true
        endInOrder(slot)
    }

    private func spendRequests(_ count: Int) {
        guard let budget = requestBudget else { return }
        requestBudget?.spend(count)
        gauges.add(drawnRows: count, source: budget.source)
    }

    private func askForBudgets() {
        if let budget = iterationBudget, let count = iterationBudget?.wish() {
            tell(.rowsWanted(thread: index, source: budget.source, count: count))
        }
        if let budget = requestBudget, let count = requestBudget?.wish() {
            tell(.rowsWanted(thread: index, source: budget.source, count: count))
        }
    }
}
