import Judgement
import Statistics

/// How a worker's process and clock were, as members of its object in a result file.
enum WorkerHealthJSON {
    static func write(_ worker: WorkerEvidence, to json: inout JSONWriter) {
        json.member("clock_offset_ms", worker.clockOffset.map { Double($0) / 1e6 })
        json.member("start_error_ms", worker.startError.map { Double($0.nanoseconds) / 1e6 })
        json.member("start_uncertainty_ms", worker.startError.map { Double($0.uncertainty) / 1e6 })
        guard let health = worker.health else { return json.member("health", nil as String?) }
        json.object("health") { write(health, to: &$0) }
    }

    private static func write(_ health: WorkerHealth, to json: inout JSONWriter) {
        json.member("watched_s", Double(health.watchedNanoseconds) / 1e9)
        json.member("cores", health.cores)
        json.member("cpu_s", Double(health.cpuNanoseconds) / 1e9)
        json.member("busy_s", Double(health.busyNanoseconds) / 1e9)
        json.member("waited_for_cpu_s", Double(health.waitedNanoseconds) / 1e9)
        json.member("paused_s", Double(health.pausedNanoseconds) / 1e9)
        json.member("longest_pause_ms", Double(health.longestPauseNanoseconds) / 1e6)
        json.member("quota_periods", health.quotaPeriods)
        json.member("throttled_periods", health.throttledPeriods)
        json.member("stolen_s", Double(health.stolenNanoseconds) / 1e9)
        json.member("free_descriptors", health.freeDescriptors.map(Int64.init))
        json.member("ports", Int64(health.ports))
        json.member("ports_in_use", Int64(health.portsInUse))
    }
}
