import LoadModel
import Statistics
import Wire

@testable import Cluster

/// What a `StateLog` holds, in memory.
struct SimulatedLog {
    let run: UInt64
    var startedAt: Int64?
    var course: UserCourse?
    var horizon: Int64 = 0
    var deltas: [(peer: Peer, account: String, second: Int, delta: WorkerDelta)] = []
    var standings: [String: (standing: WorkerStanding, at: Int64)] = [:]
    var lastWrite: Int64 = 0
    var once = OnceRecord()
    var rows: [(peer: Peer, block: RowBlock)] = []

    /// What a new master begins with; nil: the run had not begun.
    func resumption(plan: RunPlan) -> Resumption? {
        guard let startedAt else { return nil }
        var result = RunResult()
        var sessions: [String: Resumption.SessionProgress] = [:]
        for entry in deltas {
            result.merge(entry.delta.snapshot, fromWorker: entry.account, second: entry.second)
            sessions[entry.peer.name] = Resumption.SessionProgress(
                session: entry.peer.session, account: entry.account, lastDelta: entry.delta.number)
        }
        var resumption = Resumption(
            startedAt: startedAt, result: result, lastDeltas: sessions,
            course: course ?? plan.load.course)
        resumption.horizon = horizon
        resumption.once = once
        resumption.rows = rows
        for (account, (standing, at)) in standings.sorted(by: { $0.key < $1.key }) {
            resumption.result.noteIssued(standing.issued, byWorker: account)
            resumption.standings[account] = standing
            resumption.standings[account]?.unheard = standing.mostUnheard(after: lastWrite - at + 1_000_000_000 + MasterSettings.lease)
            if standing.unheard == nil, resumption.lastDeltas[standing.peer.name]?.session != standing.peer.session {
                resumption.lastDeltas[standing.peer.name] = Resumption.SessionProgress(
                    session: standing.peer.session, account: account, lastDelta: 0)
            }
        }
        return resumption
    }

    mutating func note(_ standing: WorkerStanding, at now: Int64) {
        standings[standing.account] = (standing, now)
        lastWrite = now
    }
}
