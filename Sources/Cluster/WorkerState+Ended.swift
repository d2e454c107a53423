import LoadEngine
import Wire

/// Users that have ended by themselves.
extension WorkerState {
    /// Takes in what the threads' gauges say, and sees to it that nobody who was to leave stays because another one had ended.
    mutating func noteEndedUsers(now: Int64) -> [WorkerAction] {
        guard let crew, phase == .running, releasing.isEmpty, targetsVersion > 0 else { return [] }
        shares.noteEnded(readings.endedUsers)
        let excess = shares.excess(over: wantedUsers)
        guard excess > 0 else { return [] }
        return shares.orders(to: wantedUsers, firstDue: now, interval: 0, grace: crew.graceNanoseconds)
            .map { .order(thread: $0.thread, $0.command) }
    }

    /// Users that have ended since the threads were started, by class.
    var endedUsers: [Int] {
        let classes = crew?.classes.count ?? 0
        return readings.endedUsers.reduce(into: Array(repeating: 0, count: classes)) { sums, thread in
            for (userClass, count) in thread.enumerated() where userClass < classes { sums[userClass] += count }
        }
    }
}
