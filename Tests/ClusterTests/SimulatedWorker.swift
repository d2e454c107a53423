import LoadEngine
import LoadModel
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
    /// Of runs that are over for it: the rows that its users got, and how often setup and teardown were run.
    var drawnBefore: [UInt64: [Int]] = [:]
    var runsBefore: [UInt64: [Int]] = [:]
    /// Starts of the open model that were begun.
    var startsBefore: [UInt64: [Int]] = [:]
    var hasData = false
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

    /// The rows that its users have got in a run.
    func drawn(inRun run: UInt64) -> [Int] { (drawnBefore[run] ?? []) + (engine.map { $0.run == run ? $0.drawn : [] } ?? []) }

    /// The starts of the open model that its users have begun with in a run.
    func starts(inRun run: UInt64) -> [Int] { (startsBefore[run] ?? []) + (engine.map { $0.run == run ? $0.begunStarts : [] } ?? []) }

    /// How often it has run setup, or teardown.
    func runs(of step: UserStep, inRun run: UInt64) -> Int {
        (runsBefore[run]?[step == .setup ? 0 : 1] ?? 0) + (engine.map { $0.run == run ? $0.runs(of: step) : 0 } ?? 0)
    }

    func endEngines() {
        if let engine {
            archive[engine.run] = truth(ofRun: engine.run)
            drawnBefore[engine.run] = drawn(inRun: engine.run)
            startsBefore[engine.run] = starts(inRun: engine.run)
            runsBefore[engine.run] = [runs(of: .setup, inRun: engine.run), runs(of: .teardown, inRun: engine.run)]
        }
        engine = nil
        engineGeneration += 1
    }

    var readings: WorkerReadings {
        var readings = WorkerReadings()
        if let engine {
            readings.users = engine.users
            readings.endedUsers = engine.ended
            readings.drawnRows = hasData ? [engine.drawn.count] : []
            readings.issued = engine.truth.issued
            readings.openConnections = engine.activeUsers
            readings.pendingStarts = engine.pendingStarts
        }
        return readings
    }
}
