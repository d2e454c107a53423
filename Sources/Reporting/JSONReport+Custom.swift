import Statistics

extension JSONReport {
    /// What scripts measured themselves: the members `timings` and `counters`.
    static func write(_ custom: [CustomStatistics], _ info: RunInfo, to json: inout JSONWriter) {
        json.array("timings") { json in
            for timing in custom where timing.key.kind == .timing {
                json.object { json in
                    json.member("name", timing.key.name)
                    json.member("count", timing.count)
                    json.object("time_ms") { write(timing.times, to: &$0) }
                    json.pairs("histogram_us", pairs(timing.times.histogram))
                }
            }
        }
        json.array("counters") { json in
            for counter in custom where counter.key.kind == .counter {
                json.object { json in
                    json.member("name", counter.key.name)
                    json.member("count", counter.count)
                    json.member("sum", counter.sum, decimals: 9)
                    json.member("sum_per_s", info.perSecond(counter.sum))
                }
            }
        }
    }

    /// What users drew from one data file.
    static func write(_ row: DataUseRow, to json: inout JSONWriter) {
        json.member("file", row.file)
        json.member("rows", Int64(row.rows))
        json.member("drawn", row.drawn)
        json.member("burnt", row.burnt)
        json.member("left", row.left)
    }
}
