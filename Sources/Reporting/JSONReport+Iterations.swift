import Statistics

extension JSONReport {
    /// Iterations of all tasks and of each: the members `total` and `tasks`.
    static func writeIterations(_ result: RunResult, _ info: RunInfo, to json: inout JSONWriter) {
        let limit = result.measurableBelow
        json.object("total") { write(result.iterationTotal, info, below: limit, to: &$0) }
        json.array("tasks") { json in
            for entry in result.iterations { json.object { write(entry, info, below: limit, to: &$0) } }
        }
    }

    private static func write(_ entry: IterationStatistics, _ info: RunInfo, below limit: Double?, to json: inout JSONWriter) {
        if let key = entry.key {
            json.member("user_class", key.userClass)
            json.member("task", key.task)
        }
        json.member("count", entry.count)
        json.member("failed", entry.failed)
        json.member("count_per_s", info.perSecond(entry.count))
        json.object("response_time_ms") { write(entry.responseTime, below: limit, to: &$0) }
        json.object("duration_ms") { write(entry.duration, below: limit, to: &$0) }
        json.object("histograms_us") { json in
            json.pairs("response_time", pairs(entry.responseTime.histogram))
            json.pairs("duration", pairs(entry.duration.histogram))
        }
    }

    /// Where the starts of an open load went, warm-up included; and which percentiles of the measured part can be told.
    static func writeStarts(_ result: RunResult, _ info: RunInfo, to json: inout JSONWriter) {
        let begun = result.startsBegun + result.warmUp.startsBegun
        let dropped = result.startsDropped + result.warmUp.startsDropped
        json.member("due", info.startsDue)
        json.member("begun", begun)
        json.member("dropped", dropped)
        json.member("lost", info.startsDue.map { $0 - begun - dropped })
        json.member("measurable_below_percent", result.measurableBelow)
    }

    /// What the warm-up had.
    static func write(_ warmUp: WarmUpAccount, to json: inout JSONWriter) {
        json.member("requests", warmUp.requests)
        json.member("iterations", warmUp.iterations)
        json.member("starts_begun", warmUp.startsBegun)
        json.member("starts_dropped", warmUp.startsDropped)
    }

    /// How the load was made.
    static func writeGenerator(_ result: RunResult, _ info: RunInfo, to json: inout JSONWriter) {
        json.member("busy_users_average", info.perSecond(Double(result.busyNanoseconds) / 1e9))
        json.object("loop_lag_ms") { write(result.lag, to: &$0) }
        json.pairs("loop_lag_histogram_us", pairs(result.lag.histogram))
    }
}
