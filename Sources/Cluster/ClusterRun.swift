import EventLoop
import Glibc
import LoadModel
import Statistics
import ZeroMQ

/// A master over ZeroMQ, with or without a state on disk from which an earlier one's run is taken up.
package struct ClusterRun {
    private var plan: RunPlan
    private var settings: MasterSettings
    private var log: StateLog?
    private var resumption: Resumption?
    /// What was taken up again, or what was not and why, in words.
    package private(set) var takenUp: Notice?
    /// Whether an earlier master began the run.
    package var isTakenUp: Bool { resumption != nil }

    /// Looks into `stateFolder`, if one is given, for a run of an equal plan whose master was last there no longer ago than `longestAbsence`; otherwise
    /// begins a new log there, which is written anew after `stateGrowth` bytes at the earliest. Throws a `StateLogError` when the folder cannot be used.
    package init(
        plan: RunPlan, version: String, expectedWorkers: Int, longestWait: Int64, stateFolder: String?,
        longestAbsence: Int64 = StateLog.longestAbsence, stateGrowth: Int64 = StateLog.leastGrowth
    ) throws {
        self.plan = plan
        let bytes = plan.encoded()
        settings = MasterSettings(run: RandomBytes.uint64() | 1, version: version, planBytes: bytes, planHash: SHA256.hash(bytes))
        settings.expectedWorkers = expectedWorkers
        settings.plannedWorkers = expectedWorkers
        settings.longestWaitNanoseconds = longestWait
        settings.leaseNanoseconds = MasterSettings.lease
        settings.versionBase = WallClock.nanoseconds() / 1000
        guard let stateFolder else { return }
        switch try StateLog.open(folder: stateFolder, plan: plan, longestAbsence: longestAbsence) {
        case .takenUp(let log, let header, let resumption):
            log.growth = stateGrowth
            self.log = log
            self.resumption = resumption
            self.plan = header.plan
            settings.run = header.run
            settings.planBytes = header.planBytes
            settings.planHash = SHA256.hash(header.planBytes)
            // Those that come back are enough to go on; others may follow.
            settings.expectedWorkers = 1
            settings.longestWaitNanoseconds = min(longestWait, longestAbsence)
            takenUp = Notice(
                "taking up the run of the master before, \(resumption.result.total().requests) requests of which are in \(stateFolder); "
                    + "waiting for its workers, \(DurationText.words(nanoseconds: min(longestWait, longestAbsence))) at most")
        case .new(let log, let notice):
            log.growth = stateGrowth
            self.log = log
            takenUp = notice
            try log.begin(run: settings.run, planBytes: settings.planBytes)
        }
    }

    /// The run's result has been told: its state is of no use any more.
    package func forget() { log?.finish() }

    /// Runs until the run is over, on the calling thread, which takes over the socket.
    package mutating func run(socket: MasterSocket, face: MasterFace) throws -> RunOutcome {
        try run(link: SocketMasterLink(socket: socket), face: face)
    }

    /// The same with workers that are reached in another way. `reading`: how percentiles of the times that they tell are read.
    package mutating func run(link: some MasterLink, reading: TimeReading = .house, face: MasterFace) throws -> RunOutcome {
        settings.reading = reading
        let state = MasterState(plan: plan, settings: settings, resuming: resumption, now: MonotonicClock.nanoseconds())
        var run = MasterRun(state: state, link: link, log: log, face: face)
        return try run.run()
    }
}

/// The time of day, which may be set back: for versions and logs, never for measuring.
package enum WallClock {
    /// Nanoseconds since 1970-01-01 UTC.
    package static func nanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
