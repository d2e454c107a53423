import Statistics

/// What a worker tells the master. The types on the wire are Locust's where Locust has one (docs/protocol.md).
package enum WorkerMessage: Sendable, Equatable {
    /// I am here; repeated until it is answered. `client_ready`
    case hello(WorkerHello)
    /// Send me the plan from this byte on. `plan`
    case planRequest(offset: Int)
    /// I have the whole plan and my engine threads are running. `plan_ready`
    case ready(WorkerReady)
    /// Every 250 ms. `heartbeat`
    case heartbeat(Heartbeat)
    /// What was measured. `stats`
    case delta(WorkerDelta)
    /// Give me rows to hand out; repeated until they come. `rows`
    case rowRequest(RowRequest)
    /// What I was to run once has ended; repeated when the order is. `once_done`
    case onceDone(OnceAnswer)
    /// The run is to end; repeated until it does. `end_wanted`
    case endWanted(EndWish)
    /// Lines that the script printed. `logs`
    case logs([String])
    /// Something that whoever watches the run should know, in words: an engine thread stands still. `warning`
    case warning(String)
    /// All users have ended after a stop and the last delta was acknowledged. `client_stopped`
    case stopped
    /// I cannot go on; the words say why. `failed`
    case failed(String)
    /// I am leaving and have nothing left to deliver. `quit`
    case quit
}

/// Who a worker is and what it can carry. Counts of a run that it already took part in let a restarted master go on, or say what was lost.
package struct WorkerHello: Sendable, Equatable {
    /// Version of the program, such as `0.1.0`.
    package var version: String
    /// `Protocol.version`.
    package var protocolVersion: Int
    /// Drawn at random when the worker's process starts: tells two processes of one id apart.
    package var session: UInt64
    /// The machine's name.
    package var host: String
    package var processIdentifier: Int
    /// Where it runs, and what it may use there.
    package var machine = WorkerMachine()
    /// The run that it takes part in; nil: none yet.
    package var run: RunStanding?

    package var cores: Int { machine.cores }
    /// Descriptors that the process may open.
    package var descriptors: Int { machine.descriptors }
    /// Memory that is free for the process, in bytes.
    package var memoryBytes: Int64 { machine.freeMemoryBytes }
    /// Its place in an Indexed Job: another process of the same one takes its place when it has gone; nil: it has none.
    package var index: Int? { machine.index }

    package init(
        version: String, protocolVersion: Int, session: UInt64, host: String, processIdentifier: Int, cores: Int, descriptors: Int,
        memoryBytes: Int64, run: RunStanding? = nil
    ) {
        self.version = version
        self.protocolVersion = protocolVersion
        self.session = session
        self.host = host
        self.processIdentifier = processIdentifier
        (machine.cores, machine.descriptors, machine.freeMemoryBytes) = (cores, descriptors, memoryBytes)
        self.run = run
    }
}

/// How far a worker has come in a run.
package struct RunStanding: Sendable, Equatable {
    /// The run's number, drawn by its master.
    package var run: UInt64
    /// SHA-256 of the plan.
    package var planHash: [UInt8]
    /// The last delta that a master has acknowledged; 0: none.
    package var acknowledged: Int
    /// Requests handed to the transport so far.
    package var issued: Int64
    /// Requests, finished or interrupted, in acknowledged deltas.
    package var delivered: Int64

    package init(run: UInt64, planHash: [UInt8], acknowledged: Int, issued: Int64, delivered: Int64) {
        self.run = run
        self.planHash = planHash
        self.acknowledged = acknowledged
        self.issued = issued
        self.delivered = delivered
    }
}

/// A worker's answer to the whole plan.
package struct WorkerReady: Sendable, Equatable {
    /// SHA-256 of the plan as it arrived.
    package var planHash: [UInt8]
    /// Users of this plan that the worker can carry.
    package var capacity: Int
    /// What sets the capacity, in words: `1,024 descriptors`.
    package var limit: String
    /// Engine threads, each of which needs a connection of its own.
    package var threads: Int

    package init(planHash: [UInt8], capacity: Int, limit: String, threads: Int) {
        self.threads = threads
        self.planHash = planHash
        self.capacity = capacity
        self.limit = limit
    }
}

/// What a worker does, as Locust names it.
package enum WorkerActivity: String, Sendable, Equatable, CaseIterable {
    case ready, spawning, running, stopping
}

/// A worker's sign of life, with what it has sent so far.
package struct Heartbeat: Sendable, Equatable {
    /// Counts from 1 in each session; the answer names it.
    package var sequence: Int64
    /// The run that the figures are of; 0: none yet.
    package var run: UInt64
    package var activity: WorkerActivity
    /// Percent of one core since the heartbeat before: 0 … 100 × cores.
    package var cpuPercent: Double
    /// Resident memory, in bytes.
    package var memoryBytes: Int64
    /// Requests handed to the transport since the start of the run.
    package var issued: Int64
    /// Users active now, by user class in the plan's order.
    package var users: [Int]
    /// Users that have ended by themselves since the engine threads were started, by user class.
    package var endedUsers: [Int]
    /// Rows handed out to users since then, by data source in the plan's order.
    package var drawnRows: [Int]
    /// Whether what `setup` returned has come in.
    package var hasSharedValue: Bool
    /// `UserTargets.version` of the targets in force; 0: none (yet, or since the lease lapsed).
    package var targetsVersion: Int64
    /// How often the lease has lapsed: targets of an earlier epoch are void.
    package var epoch: Int
    /// `ArrivalsOrder.version` of the last order that was carried out; 0: none since the lease lapsed.
    package var arrivalsVersion: Int64
    /// Starts of the open model that are this worker's and not made yet, as far as it has looked, and iterations under way; 0: none.
    package var pendingStarts: Int
    package var openConnections: Int
    /// The worst delay of an engine loop since the last delta, in nanoseconds.
    package var lagNanoseconds: Int64
    /// How its process has fared so far; nil: there was no load yet.
    package var health: WorkerHealth?
    /// Its clock against the master's; nil: not known yet.
    package var clock: ClockReading?

    package init(
        sequence: Int64, run: UInt64, activity: WorkerActivity, cpuPercent: Double = 0, memoryBytes: Int64 = 0, issued: Int64 = 0,
        users: [Int] = [], endedUsers: [Int] = [], drawnRows: [Int] = [], hasSharedValue: Bool = false, targetsVersion: Int64 = 0,
        epoch: Int = 0, arrivalsVersion: Int64 = 0, pendingStarts: Int = 0, openConnections: Int = 0, lagNanoseconds: Int64 = 0,
        health: WorkerHealth? = nil, clock: ClockReading? = nil
    ) {
        self.sequence = sequence
        self.run = run
        self.activity = activity
        self.cpuPercent = cpuPercent
        self.memoryBytes = memoryBytes
        self.issued = issued
        self.users = users
        self.endedUsers = endedUsers
        self.drawnRows = drawnRows
        self.hasSharedValue = hasSharedValue
        self.targetsVersion = targetsVersion
        self.epoch = epoch
        self.arrivalsVersion = arrivalsVersion
        self.pendingStarts = pendingStarts
        self.openConnections = openConnections
        self.lagNanoseconds = lagNanoseconds
        self.health = health
        self.clock = clock
    }
}

/// What one worker measured in one interval. Numbered from 1 without gaps within a session and run; the master applies each number once.
package struct WorkerDelta: Sendable, Equatable {
    package var number: Int
    package var run: UInt64
    package var snapshot: IntervalSnapshot
    /// From the end of the interval to the sending, in nanoseconds.
    package var ageNanoseconds: Int64
    /// Users active at the end of the interval.
    package var users: Int
    package var openConnections: Int
    /// The worst delay of an engine loop in the interval, in nanoseconds.
    package var lagNanoseconds: Int64

    package init(
        number: Int, run: UInt64, snapshot: IntervalSnapshot, ageNanoseconds: Int64 = 0, users: Int, openConnections: Int,
        lagNanoseconds: Int64
    ) {
        self.number = number
        self.run = run
        self.snapshot = snapshot
        self.ageNanoseconds = ageNanoseconds
        self.users = users
        self.openConnections = openConnections
        self.lagNanoseconds = lagNanoseconds
    }
}
