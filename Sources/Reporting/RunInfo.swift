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
    /// Users asked for.
    package var users: Int
    /// Users started per second.
    package var spawnRate: Double
    /// Run time asked for, in seconds; nil: until stopped.
    package var runTimeSeconds: Double?
    /// Start of the run, in nanoseconds since 1970-01-01 UTC.
    package var startNanosecondsSince1970: Int64
    /// Time from the start to now, or to the stop of the load, in nanoseconds; rates are per this time.
    package var elapsedNanoseconds: Int64
    /// To whom connections belonged, in a word.
    package var connections: String
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

    /// A count per second of the run; 0 before it has begun.
    package func perSecond(_ count: Int64) -> Double { elapsedNanoseconds > 0 ? Double(count) / elapsedSeconds : 0 }

    /// A sum per second of the run; 0 before it has begun.
    package func perSecond(_ sum: Double) -> Double { elapsedNanoseconds > 0 ? sum / elapsedSeconds : 0 }

    /// Seconds since 1970-01-01 UTC of a second of the run.
    package func unixSeconds(ofSecond second: Int) -> Int64 {
        (startNanosecondsSince1970 / 1_000_000_000) + Int64(second)
    }
}
