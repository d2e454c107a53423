import LoadEngine
import LoadModel
import Wire

/// The open model: which starts are this worker's.
extension WorkerState {
    /// These starts are this worker's too, in equal shares of its engine threads.
    mutating func take(_ order: ArrivalsOrder, now: Int64) -> [WorkerAction] {
        // Starts without users would be late.
        guard phase == .running, let crew, order.epoch == epoch, targetsVersion > 0, releasing.isEmpty, !lease.hasLapsed(at: now) else {
            return []
        }
        // The message that was on its way the shortest knows best when that was.
        let start = min(runStart ?? .max, now - order.runElapsedNanoseconds)
        runStart = start
        arrivalsVersion = max(arrivalsVersion, order.version)
        return (0..<crew.threads).map { thread in
            let claims = order.claims.map { $0.share(thread, of: crew.threads) }
            return .order(thread: thread, .arrivals(ArrivalOrder(runStart: start, claims: claims)))
        }
    }

    /// Engine threads for an open model: no more than each can have a user of each class, or starts would wait for one in vain.
    static func threads(atMost most: Int, plan: RunPlan, workers: Int) -> Int {
        guard let arrivals = plan.load.arrivals else { return most }
        let weights = plan.scenario.userClasses.reduce(0) { $0 + $1.weight }
        let least = plan.scenario.userClasses.map { $0.fixedCount.map(Double.init) ?? Double(arrivals.mostUsers) * $0.weight / weights }
            .min()
        return max(1, min(most, Int((least ?? 1) / Double(max(1, workers)))))
    }
}
