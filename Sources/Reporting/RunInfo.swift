import Judgement
import LoadModel
import Statistics

/// What a run was and how long it has been going; everything that reports say beside measured figures.
package struct RunInfo: Sendable, Equatable {
    /// Version of the program.
    package var version: String
    /// File name of the task script, without folders.
    package var script: String
    /// Base URL of the target.
    package var host: String
    /// The load in words, where users and spawn rate do not say it: `1,000 starts per second, at most 500 users`.
    package var load: String?
    /// Whether the load has a schedule of its own (the open model; pacing that catches up): both times are shown then.
    package var hasSchedule = false
    /// Starts of the open model that were due up to now, or up to the stop, those of the warm-up included; nil in the closed model.
    package var startsDue: Int64?
    /// Starts per second that the open model is to make now, for the live line; nil in the closed model.
    package var arrivalRate: Double?
    /// The first part of the run, which no figure is of.
    package var warmUpNanoseconds: Int64 = 0
    /// Users asked for.
    package var users: Int
    /// Users started per second; without meaning where starts go by a schedule (`arrivalRate`).
    package var spawnRate: Double
    /// Run time asked for, in seconds; nil: until stopped.
    package var runTimeSeconds: Double?
    /// Start of the run, in nanoseconds since 1970-01-01 UTC.
    package var startNanosecondsSince1970: Int64
    /// Time from the start to now, or to the stop of the load, in nanoseconds; rates are per this time less the warm-up.
    package var elapsedNanoseconds: Int64
    /// To whom connections belonged, in a word.
    package var connections: String
    /// Which part of the run this is of; nil: the whole, as its master tells it.
    package var part: PartOfRun?
    /// Why the run ended, in words; nil while it lasts, or when it ended as asked.
    package var endedBecause: String?
    /// The workers with their greatest figures, in the order of joining.
    package var workers: [WorkerRow] = []
    /// Requests that workers had sent for an earlier master which is gone, and which are in no result here; by worker.
    package var earlierLosses: [String: Int64] = [:]
    /// What is to be thought of the measurement; nil: nothing was measured, or it still goes on.
    package var assessment: Assessment?
    /// What each worker told of its process and clock.
    package var workerEvidence: [WorkerEvidence] = []
    /// What users drew from data files, in the order in which the script names them.
    package var dataUse: [DataUseRow] = []
    /// What became of the thresholds; empty while the run lasts.
    package var thresholds: [ThresholdResult] = []

    /// The connection mode is that of most user classes; where they differ, say `mixed`.
    package init(
        version: String, script: String, host: String, users: Int, spawnRate: Double, runTimeSeconds: Double?,
        startNanosecondsSince1970: Int64, elapsedNanoseconds: Int64 = 0, connections: String = ConnectionMode.user.rawValue,
        endedBecause: String? = nil
    ) {
        self.version = version
        self.script = script
        self.host = host
        self.users = users
        self.spawnRate = spawnRate
        self.runTimeSeconds = runTimeSeconds
        self.startNanosecondsSince1970 = startNanosecondsSince1970
        self.elapsedNanoseconds = elapsedNanoseconds
        self.connections = connections
        self.endedBecause = endedBecause
    }

    /// Elapsed time in seconds.
    package var elapsedSeconds: Double { Double(elapsedNanoseconds) / 1e9 }

    /// Elapsed time without the warm-up, in seconds.
    package var measuredSeconds: Double { Double(max(0, elapsedNanoseconds - warmUpNanoseconds)) / 1e9 }

    /// A count per second of the measured time; 0 before that has begun.
    package func perSecond(_ count: Int64) -> Double { perSecond(Double(count)) }

    /// A sum per second of the measured time; 0 before that has begun.
    package func perSecond(_ sum: Double) -> Double { measuredSeconds > 0 ? sum / measuredSeconds : 0 }

    /// Seconds since 1970-01-01 UTC of a second of the run.
    package func unixSeconds(ofSecond second: Int) -> Int64 {
        (startNanosecondsSince1970 / 1_000_000_000) + Int64(second)
    }
}
