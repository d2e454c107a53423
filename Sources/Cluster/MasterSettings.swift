import LoadModel
import Statistics
import Wire

/// What a master needs to know beside the plan.
package struct MasterSettings: Sendable {
    /// The run's number; above 0.
    package var run: UInt64
    /// Version of the program.
    package var version: String
    /// The plan as workers get it.
    package var planBytes: [UInt8]
    /// SHA-256 of `planBytes`.
    package var planHash: [UInt8]
    /// The run begins when so many workers are ready.
    package var expectedWorkers = 1
    /// Workers that the run was planned for: users' numbers are dealt out by it, whatever a later master waits for.
    package var plannedWorkers = 1
    /// How long they are waited for; nil: for ever.
    package var longestWaitNanoseconds: Int64?
    /// How long a worker may start tasks without the master's word; nil: for ever, since it runs in this process.
    package var leaseNanoseconds: Int64?
    /// Versions of targets begin above this: microseconds since 1970, so that a restarted master's beat the old one's, however many workers it had.
    package var versionBase: Int64 = 0
    /// How percentiles of the times that workers tell are read.
    package var reading = TimeReading.house

    package init(run: UInt64, version: String, planBytes: [UInt8], planHash: [UInt8]) {
        self.run = run
        self.version = version
        self.planBytes = planBytes
        self.planHash = planHash
    }

    /// Users are leased for so long (ARCHITECTURE.md, decision 13).
    package static let lease: Int64 = 4_000_000_000
    /// A worker is given up when it was silent for its lease and this, which covers what its lease does not know of: a message's way.
    package static let lossMargin: Int64 = 500_000_000
}

/// What a master takes over from the one before it, which was killed: see `StateLog`.
package struct Resumption: Sendable {
    /// The start of the run, on this machine's monotonic clock now.
    package var startedAt: Int64
    package var result: RunResult
    /// The last delta applied, by worker's name and session.
    package var lastDeltas: [String: SessionProgress]
    /// How the number of users goes, as last set.
    package var course: UserCourse
    /// Up to where starts of the open model may have been given, in nanoseconds since the start of the run.
    package var horizon: Int64 = 0
    /// What the workers of the run may have sent at most that is not in `result`, if they do not come back, by account.
    package var standings: [String: WorkerStanding] = [:]
    /// What was run once.
    package var once = OnceRecord()
    /// The rows that were granted, in order.
    package var rows: [(peer: Peer, block: RowBlock)] = []

    /// How far a worker's session has come.
    package struct SessionProgress: Sendable, Equatable {
        package var session: UInt64
        package var account: String
        package var lastDelta: Int
    }
}
