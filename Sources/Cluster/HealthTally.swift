import Statistics

/// Adds up how a process fares: from readings of the system, and from how late a clock of its own was. Pure.
struct HealthTally {
    /// Lateness up to this is what any machine has.
    static let longestLateness: Int64 = 5_000_000
    /// A core, or what a process may use of its cores, counts as used up from here on.
    static let busyShare = 0.9

    private(set) var health = WorkerHealth()
    private let longestPause: Int64
    private var last: MachineReading?
    /// Connections in the readings of the last minute and the one before, oldest first.
    private var recent: [(at: Int64, count: ConnectionCount)] = []
    /// A port is kept so long after its connection was closed.
    private static let portRestNanoseconds: Int64 = 60_000_000_000

    /// `longestPause`: in a longer one the lease has ended, so that users are dropped and nothing of it is measured.
    init(longestPause: Int64 = .max) { self.longestPause = longestPause }

    /// The process's clock was to strike at `due` and did at `now`.
    mutating func strike(due: Int64, now: Int64) {
        guard last != nil else { return }
        let late = now - due
        guard late > Self.longestLateness, late < longestPause else { return }
        health.pausedNanoseconds += late
        health.longestPauseNanoseconds = max(health.longestPauseNanoseconds, late)
    }

    /// Ports of the connections that are open or were at some time of the last minute: closed ones keep theirs so long.
    private mutating func portsInUse(_ reading: MachineReading) -> Int {
        recent.append((reading.at, reading.connections))
        while recent.count > 1, recent[1].at <= reading.at - Self.portRestNanoseconds { recent.removeFirst() }
        let held = max(reading.connections.open, recent[0].count.open + reading.connections.opened - recent[0].count.opened)
        // What was refused, or closed by the target, may hold none.
        return reading.ports > 0 ? min(held, max(reading.ports, reading.connections.open)) : held
    }

    /// Takes in a reading. What lies between it and the one before is counted.
    mutating func take(_ reading: MachineReading) {
        defer { last = reading }
        health.cores = reading.cores
        if let free = reading.freeDescriptors { health.freeDescriptors = min(health.freeDescriptors ?? free, free) }
        health.ports = reading.ports
        health.portsInUse = max(health.portsInUse, portsInUse(reading))
        guard let last, reading.at > last.at else { return }
        let span = reading.at - last.at
        health.watchedNanoseconds += span
        let cpu = max(0, reading.cpuNanoseconds - last.cpuNanoseconds)
        health.cpuNanoseconds += cpu
        var (waited, busiest, threads): (Int64, Int64, Int64) = (0, 0, 0)
        for (number, thread) in reading.threads {
            let before = last.threads[number] ?? MachineReading.Thread(cpuNanoseconds: 0, waitedNanoseconds: 0)
            waited += max(0, thread.waitedNanoseconds - before.waitedNanoseconds)
            busiest = max(busiest, thread.cpuNanoseconds - before.cpuNanoseconds)
            threads += 1
        }
        if threads > 0 { health.waitedNanoseconds += min(span, waited / threads) }
        let isBusy =
            Double(busiest) >= Double(span) * Self.busyShare || Double(cpu) >= Double(span) * Self.busyShare * max(0.01, reading.cores)
        if isBusy { health.busyNanoseconds += span }
        health.quotaPeriods += max(0, reading.quota.periods - last.quota.periods)
        health.throttledPeriods += max(0, reading.quota.throttledPeriods - last.quota.throttledPeriods)
        health.stolenNanoseconds += min(span, max(0, reading.stolenNanoseconds - last.stolenNanoseconds))
    }

    /// What follows is not to be counted, until the next reading.
    mutating func rest() { last = nil }
}
