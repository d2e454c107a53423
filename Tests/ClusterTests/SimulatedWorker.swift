import LoadEngine
import Wire

@testable import Cluster

/// A worker's process in a simulation: its state, its engine threads, and what its shell does for it.
final class SimulatedWorker {
    let id: Int
    let peer: Peer
    var state: WorkerState
    var engine: SimulatedEngine?
    /// Tells the engine threads of one run from those of another.
    var engineGeneration = 0
    /// Sessions of runs that are over for it: what became of their requests.
    var archive: [UInt64: SimulatedEngine.Truth] = [:]
    /// Stopped by the system until then; nothing is heard and nothing done.
    var frozenUntil: Int64 = 0
    var held: [WorkerEvent] = []
    var isKilled = false
    var end: WorkerEnd?
    /// When it was killed or ended.
    var endedAt: Int64?
    var wakeToken = 0
    /// The connection over which it speaks; 0: there is none.
    var connection = 0
    var leaseExpiry = Int64.max
    /// When the last report of an engine thread came, or comes.
    var lastReport: Int64 = 0
    /// Deltas as first sent: by run, then number.
    var contents: [UInt64: [WorkerDelta]] = [:]

    init(id: Int, peer: Peer, state: WorkerState) {
        self.id = id
        self.peer = peer
        self.state = state
    }

    var isThere: Bool { !isKilled && end == nil }

    /// What became of a run's requests.
    func truth(ofRun run: UInt64) -> SimulatedEngine.Truth {
        let past = archive[run] ?? SimulatedEngine.Truth()
        return engine.map { $0.run == run ? past + $0.truth : past } ?? past
    }

    func endEngines() {
        if let engine { archive[engine.run] = truth(ofRun: engine.run) }
        engine = nil
        engineGeneration += 1
    }

    var readings: WorkerReadings {
        var readings = WorkerReadings()
        if let engine {
            readings.users = engine.users
            readings.issued = engine.truth.issued
            readings.openConnections = engine.activeUsers
        }
        return readings
    }
}
