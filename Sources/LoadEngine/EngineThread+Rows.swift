import LoadModel

/// Rows of data files that are handed out over the whole run: users wait for them.
extension EngineThread {
    /// Lets a user wait for rows of a data source.
    func park(_ slot: Int, source: Int, due: Int64) {
        guard taskMayGoOn(slot) else { return cutShort(slot) }
        progress[slot].activity = .parked
        // Waiting for rows is the generator's own delay: the next request's response time shows it.
        progress[slot].due = due
        progress[slot].generation &+= 1
        parking.append(DueStep(slot: Int32(slot), generation: progress[slot].generation), source: source)
    }

    /// Takes rows, and lets the users that waited for them go on. Who needs more than there was waits again.
    func take(_ grant: RowGrant) {
        if hasBudgets && takeBudget(grant) { return }
        users.grant(grant)
        for user in parking.takeAll(source: grant.source) {
            let slot = Int(user.slot)
            guard progress[slot].activity == .parked, progress[slot].generation == user.generation else { continue }
            wake(slot, due: progress[slot].due)
        }
    }
}
