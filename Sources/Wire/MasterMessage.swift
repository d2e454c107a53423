/// What a master tells a worker. The types on the wire are Locust's where Locust has one (docs/protocol.md).
///
/// Every order may arrive late, twice or never: each is an absolute state, and is repeated until the worker's heartbeat shows it.
package enum MasterMessage: Sendable, Equatable {
    /// The answer to `hello`. `ack`
    case welcome(Welcome)
    /// Not yet: say hello again. The words say what is waited for. `wait`
    case wait(reason: String)
    /// A part of the plan. `plan`
    case planChunk(PlanChunk)
    /// So many users you shall have. `spawn`
    case targets(UserTargets)
    /// These starts of the open model are yours. `arrivals`
    case arrivals(ArrivalsOrder)
    /// This is what `setup` returned, as JSON; before any targets. `share`
    case share([UInt8])
    /// Run this function of the script, unless you have; answer what became of it. `once`
    case once(OnceStep)
    /// The answer to a request for rows. `rows`
    case rows(RowBlock)
    /// The answer to a heartbeat; it renews the lease. `heartbeat`
    case heartbeat(HeartbeatReply)
    /// This delta and all before it are in the result. `stats_ack`
    case acknowledge(delta: Int)
    /// Stop all users, deliver what is left, then say `stopped`. `stop`
    case stop(StopOrder)
    /// The run is over for you; the words, if any, say why. `quit`
    case quit(reason: String?)
}

/// What a worker needs to know to take part.
package struct Welcome: Sendable, Equatable {
    /// In the order of joining, from 0; a worker keeps it while the master lives. No two processes have the same: random choices go by it.
    package var index: Int
    /// Where it stands among the run's workers, from 0: its users' numbers go by it. A process that takes another's place in an Indexed Job has the
    /// same as that one.
    package var place: Int
    /// Version of the master's program.
    package var version: String
    package var protocolVersion: Int
    /// The run's number, drawn at random; above 0.
    package var run: UInt64
    /// SHA-256 of the plan.
    package var planHash: [UInt8]
    /// Length of the plan in bytes.
    package var planSize: Int
    /// The last delta of this session that the master holds; 0: none.
    package var acknowledged: Int
    /// How long after a heartbeat that was answered the worker may start tasks, in nanoseconds; nil: for ever (the master is in this process).
    package var leaseNanoseconds: Int64?
    /// How many workers the run begins with: the worker at `place` gives its users the numbers `place`, `place + workers` and so on.
    package var workers: Int

    package init(
        index: Int, version: String, protocolVersion: Int, run: UInt64, planHash: [UInt8], planSize: Int, acknowledged: Int,
        leaseNanoseconds: Int64?, workers: Int = 1, place: Int? = nil
    ) {
        self.index = index
        self.place = place ?? index
        self.version = version
        self.protocolVersion = protocolVersion
        self.run = run
        self.planHash = planHash
        self.planSize = planSize
        self.acknowledged = acknowledged
        self.leaseNanoseconds = leaseNanoseconds
        self.workers = workers
    }
}

/// A part of the plan's bytes.
package struct PlanChunk: Sendable, Equatable {
    /// Parts are at most so long.
    package static let largest = 256 << 10

    package var offset: Int
    package var bytes: [UInt8]

    package init(offset: Int, bytes: [UInt8]) {
        self.offset = offset
        self.bytes = bytes
    }
}

/// How many users of each class a worker is to have, and when those that come or go are due.
package struct UserTargets: Sendable, Equatable {
    /// Rises with every order of a run, over restarts of the master too (microseconds since 1970, or one more than the last).
    package var version: Int64
    /// The worker's epoch that this answers: a worker in a later one ignores it.
    package var epoch: Int
    /// Absolute numbers by user class, in the plan's order. Users of the worker that have ended by themselves, ever since its engine threads
    /// were started, are counted among them: so nobody comes in their place.
    package var counts: [ClassCount]
    /// From the sending to the first user that comes or goes, in nanoseconds; below 0: it is late.
    package var firstDueIn: Int64
    /// Time between two users that come or go, in nanoseconds.
    package var intervalNanoseconds: Int64
    /// From the start of the run to the sending, in nanoseconds: workers end their intervals on whole seconds of the run.
    package var runElapsedNanoseconds: Int64
    /// Connections that the worker may have open at once, its share of the run's; nil: what its descriptors allow.
    package var connectionCap: Int?
    /// Connections that the worker may open per second, its share of the run's; nil: any number.
    package var connectRate: Double?

    package init(
        version: Int64, epoch: Int, counts: [ClassCount], firstDueIn: Int64, intervalNanoseconds: Int64, runElapsedNanoseconds: Int64 = 0,
        connectionCap: Int? = nil, connectRate: Double? = nil
    ) {
        self.version = version
        self.epoch = epoch
        self.counts = counts
        self.firstDueIn = firstDueIn
        self.intervalNanoseconds = intervalNanoseconds
        self.runElapsedNanoseconds = runElapsedNanoseconds
        self.connectionCap = connectionCap
        self.connectRate = connectRate
    }
}

/// Users of one class.
package struct ClassCount: Sendable, Equatable {
    package var name: String
    package var count: Int

    package init(_ name: String, _ count: Int) {
        self.name = name
        self.count = count
    }
}

/// The answer to a heartbeat.
package struct HeartbeatReply: Sendable, Equatable {
    /// `Heartbeat.sequence` of what is answered.
    package var sequence: Int64
    /// The master's run; a worker of another one says `hello` again.
    package var run: UInt64
    /// What the master's monotonic clock showed, in nanoseconds.
    package var clockNanoseconds: Int64

    package init(sequence: Int64, run: UInt64, clockNanoseconds: Int64 = 0) {
        self.sequence = sequence
        self.run = run
        self.clockNanoseconds = clockNanoseconds
    }
}

/// How to stop.
package struct StopOrder: Sendable, Equatable {
    /// How long running tasks may go on, in nanoseconds.
    package var graceNanoseconds: Int64
    /// True: cut off all that is under way now.
    package var isImmediate: Bool

    package init(graceNanoseconds: Int64, isImmediate: Bool = false) {
        self.graceNanoseconds = graceNanoseconds
        self.isImmediate = isImmediate
    }
}
