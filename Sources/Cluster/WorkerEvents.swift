import LoadEngine
import Statistics
import Wire

/// What happens to a worker.
package enum WorkerEvent: Sendable {
    case message(MasterMessage)
    /// There is a connection to a master, or another one than before.
    case connected
    /// All engine threads are running.
    case enginesStarted(EngineCrew)
    /// The plan cannot be carried out here, in words.
    case enginesFailed(String)
    case report(EngineReport)
    /// Something that an engine thread tells at once.
    case engine(EngineEvent)
    /// Lines that the script printed.
    case log([String])
    /// An engine thread stands still, or goes on; in words.
    case warning(String)
    /// A lease could not be renewed, for the engine threads may have found that it had ended.
    case leaseEnded
    /// Somebody wants this worker to leave in order.
    case terminated
    /// Time has passed; the readings are of now.
    case tick(WorkerReadings)
}

/// What a worker's shell reads off its engine threads and its process.
package struct WorkerReadings: Sendable, Equatable {
    /// Requests handed to the transport since the start of the run.
    package var issued: Int64 = 0
    /// Users active, by user class.
    package var users: [Int] = []
    /// Users that have ended by themselves since the engine threads were started, by thread, then class; read after `users`.
    package var endedUsers: [[Int]] = []
    /// Rows that users have got since then, by data source.
    package var drawnRows: [Int] = []
    /// See `EngineGauges.pendingStarts`.
    package var pendingStarts = 0
    package var openConnections = 0
    /// Percent of one core, lately.
    package var cpuPercent = 0.0
    /// Resident, in bytes.
    package var memoryBytes: Int64 = 0
    /// How the process has fared so far; nil: there was no load yet.
    package var health: WorkerHealth?

    package init() {}
}

/// What a worker does about it.
package enum WorkerAction: Sendable {
    case send(WorkerMessage)
    /// Drop the connection and make another.
    case reconnect
    /// Decode these bytes of a plan and start the engine threads with it, with seeds of their own for the worker of this index.
    case startEngines(planBytes: [UInt8], workerIndex: Int)
    case order(thread: Int, EngineCommand)
    /// The engine threads may start tasks until then. `isNew`: they have no users; otherwise only a lease that still holds is renewed.
    case lease(until: Int64, isNew: Bool)
    /// End the engine threads.
    case endEngines
    case say(Notice)
    /// The worker is done.
    case end(WorkerEnd)
}

/// How a worker ended.
package enum WorkerEnd: Sendable, Equatable {
    /// The run is over and all figures are delivered.
    case runOver
    /// The run is over, and what so many requests had measured came too late for its result.
    case tooLate(requests: Int64)
    /// It came when the run was over, or about to be.
    case nothingToDo
    /// Somebody ended it; all figures are delivered.
    case terminated
    /// The master does not want it.
    case refused(String)
    /// No master could be found, or none came back.
    case noMaster
    /// It could not go on.
    case failed(String)
}
