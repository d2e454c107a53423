import LoadModel
import Statistics
import Wire

@testable import Cluster

/// What a `StateLog` holds, in memory.
struct SimulatedLog {
    let run: UInt64
    var startedAt: Int64?
    var ramp: Ramp?
    var deltas: [(peer: Peer, account: String, second: Int, delta: WorkerDelta)] = []
    var life: [WorkerAccount] = []
    var lastLife: Int64 = .min / 2
    var lastWrite: Int64 = .min / 2
    /// Accounts of workers that have left in order.
    var left: Set<String> = []

    /// What a new master begins with; nil: the run had not begun.
    func resumption(plan: RunPlan) -> Resumption? {
        guard let startedAt else { return nil }
        var result = RunResult()
        var sessions: [String: Resumption.SessionProgress] = [:]
        var traces: [String: WorkerTrace] = [:]
        for entry in deltas {
            traces[entry.account, default: WorkerTrace(name: entry.peer.name)].note(entry.delta, second: entry.second)
            result.merge(entry.delta.snapshot, fromWorker: entry.account, second: entry.second)
            sessions[entry.peer.name] = Resumption.SessionProgress(
                session: entry.peer.session, account: entry.account, lastDelta: entry.delta.number)
        }
        for account in left { traces[account]?.hasLeft = true }
        for account in life { result.noteIssued(account.issued, byWorker: account.name) }
        return Resumption(
            startedAt: startedAt, result: result, lastDeltas: sessions,
            ramp: ramp ?? Ramp(from: 0, to: plan.load.users, ratePerSecond: plan.load.ratePerSecond), traces: traces, lastLife: lastWrite)
    }
}
