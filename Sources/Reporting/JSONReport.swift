import LoadModel
import Statistics

/// The content of `--json FILE`: everything that is known of a run, as described in docs/result-schema.md. The unit of each figure
/// stands in its key. Pure.
package enum JSONReport {
    /// Raised when a reader of an older version would go wrong; new members alone do not raise it.
    package static let formatVersion: Int64 = 1

    /// The document, ended by a line feed.
    package static func text(_ result: RunResult, _ info: RunInfo) -> String {
        let isOfLocust = result.reading == .locust
        var json = JSONWriter()
        json.object { json in
            json.member("format", "cicada-result")
            json.member("format_version", formatVersion)
            json.object("run") { json in
                write(info, to: &json)
                if let part = info.part {
                    json.object("part") { json in
                        json.member("from_s", Int64(part.fromSecond))
                        json.member("to_s", Int64(part.toSecond))
                        json.member("resolution_s", Int64(part.resolutionSeconds))
                        json.member("run_time_kept_s", Double(part.runNanoseconds) / 1e9)
                    }
                }
                if isOfLocust {
                    json.member("workers_of", "locust")
                    json.member("times_rounded_to_digits", Int64(2))
                }
            }
            if let assessment = info.assessment {
                json.object("verdict") { VerdictReport(assessment).write(to: &$0) }
            } else {
                json.member("verdict", nil as String?)
            }
            let below = result.measurableBelow
            json.object("total") { write(result.total(), info, below: below, to: &$0) }
            json.array("requests") { json in
                for request in result.requests { json.object { write(request, info, below: below, to: &$0) } }
            }
            json.object("iterations") { writeIterations(result, info, to: &$0) }
            if info.startsDue != nil || result.startsBegun + result.startsDropped > 0 {
                json.object("starts") { writeStarts(result, info, to: &$0) }
            } else {
                json.member("starts", nil as String?)
            }
            json.object("warm_up") { write(result.warmUp, to: &$0) }
            json.object("generator") { writeGenerator(result, info, to: &$0) }
            json.array("failures") { json in for failure in result.failures { json.object { write(failure, to: &$0) } } }
            json.array("exceptions") { json in for exception in result.exceptions { json.object { write(exception, to: &$0) } } }
            json.object("custom") { write(result.custom, info, to: &$0) }
            json.array("data") { json in for row in info.dataUse { json.object { write(row, to: &$0) } } }
            json.array("workers") { json in
                for worker in result.workers {
                    json.object { json in
                        write(worker, isProvable: !isOfLocust && info.part == nil, to: &json)
                        if let row = info.workers.first(where: { $0.name == worker.name }) {
                            WorkerJSON.writeFigures(row, areOfLocust: isOfLocust, to: &json)
                        }
                        if let told = info.workerEvidence.first(where: { $0.name == worker.name }) {
                            WorkerHealthJSON.write(told, to: &json)
                        }
                    }
                }
            }
            json.array("sent_for_earlier_master") { json in
                for (worker, issued) in info.earlierLosses.sorted(by: { $0.key < $1.key }) {
                    json.object { json in
                        json.member("worker", worker)
                        json.member("issued", issued)
                    }
                }
            }
            json.member("connections_opened", result.connectionsOpened)
            json.object("examples_of_other") { json in
                json.member("request", result.examples.request)
                json.member("failure", result.examples.failure)
                json.member("exception", result.examples.exception)
                json.member("custom", result.examples.custom)
            }
            json.array("thresholds") { json in for threshold in info.thresholds { json.object { write(threshold, to: &$0) } } }
            json.array("history") { json in for point in result.history.points { json.object { write(point, to: &$0) } } }
        }
        return json.text + "\n"
    }

    private static func write(_ info: RunInfo, to json: inout JSONWriter) {
        json.member("cicada_version", info.version)
        json.member("script", info.script)
        json.member("host", info.host)
        json.member("users", Int64(info.users))
        json.member("spawn_rate_per_s", info.startsDue == nil && info.arrivalRate == nil ? info.spawnRate : nil)
        json.member("load", info.load)
        json.member("run_time_asked_s", info.runTimeSeconds)
        json.member("run_time_actual_s", info.elapsedSeconds)
        json.member("warm_up_s", Double(info.warmUpNanoseconds) / 1e9)
        json.member("measured_time_s", info.measuredSeconds)
        json.member("started_at", CalendarText.iso8601(unixNanoseconds: info.startNanosecondsSince1970))
        json.member("connections", info.connections)
        json.member("ended_because", info.endedBecause)
    }

    private static func write(_ entry: RequestStatistics, _ info: RunInfo, below limit: Double?, to json: inout JSONWriter) {
        if let key = entry.key {
            json.member("method", key.typeText)
            json.member("name", key.name)
        }
        json.member("requests", entry.requests)
        json.member("failures", entry.failures)
        json.member("failure_ratio", entry.failureRatio, decimals: 9)
        json.member("interrupted", entry.interrupted)
        json.member("requests_per_s", info.perSecond(entry.requests))
        json.member("failures_per_s", info.perSecond(entry.failures))
        json.member("received_bytes", entry.receivedBytes)
        json.member("average_size_bytes", entry.averageBytes)
        json.member("first_seen_s", entry.seen.map { Int64($0.lowerBound) })
        json.member("last_seen_s", entry.seen.map { Int64($0.upperBound) })
        json.object("requests_by_status") { json in
            for (status, count) in entry.statuses.sorted(by: { $0.key < $1.key }) { json.member(status == 0 ? "none" : "\(status)", count) }
        }
        json.object("response_time_ms") { write(entry.responseTime, below: limit, to: &$0) }
        json.object("service_time_ms") { write(entry.serviceTime, below: limit, to: &$0) }
        json.member("average_scheduling_delay_ms", entry.averageSchedulingDelayNanoseconds.map { $0 / 1e6 })
        let delay = entry.schedulingDelay
        json.object("scheduling_delay_ms") { json in
            json.member("average", delay.averageNanoseconds.map { $0 / 1e6 })
            let values = delay.nanoseconds(atPercentiles: Percentile.printed)
            writePercentiles(Percentile.printed.indices.map { values?[$0] }, to: &json)
        }
        json.object("histograms_us") { json in
            json.pairs("response_time", pairs(entry.responseTime.histogram))
            json.pairs("service_time", pairs(entry.serviceTime.histogram))
            json.pairs("scheduling_delay", pairs(delay.histogram))
            for phase in RequestStatistics.phaseOrder {
                if let histogram = entry.phases[phase] { json.pairs("\(phase)", pairs(histogram)) }
            }
        }
    }

    /// Exact figures and percentiles, in milliseconds; those percentiles are null that cannot be told.
    static func write(_ times: TimeStatistics, below limit: Double? = nil, to json: inout JSONWriter) {
        json.member("min", times.minNanoseconds.map { Double($0) / 1e6 })
        json.member("average", times.averageNanoseconds.map { $0 / 1e6 })
        json.member("max", times.maxNanoseconds.map { Double($0) / 1e6 })
        writePercentiles(times.nanoseconds(atPercentiles: Percentile.printed, measurableBelow: limit), to: &json)
    }

    private static func writePercentiles(_ values: [Int64?], to json: inout JSONWriter) {
        json.object("percentiles") { json in
            for (percentile, value) in zip(Percentile.printed, values) {
                json.member(ConsoleReport.label(percentile), value.map { Double($0) / 1e6 })
            }
        }
    }

    /// Each bucket's longest time in microseconds, and its count.
    static func pairs(_ histogram: TimeHistogram) -> [(Int64, Int64)] {
        var pairs: [(Int64, Int64)] = []
        histogram.forEachBucket { bucket, count in pairs.append((histogram.buckets.highestMicroseconds(ofIndex: bucket), count)) }
        return pairs
    }

    private static func write(_ failure: FailureStatistics, to json: inout JSONWriter) {
        json.member("method", failure.key.request.typeText)
        json.member("name", failure.key.request.name)
        json.member("reason", failure.key.reason)
        json.member("count", failure.count)
        json.member("first_seen_s", Int64(failure.seen.lowerBound))
        json.member("last_seen_s", Int64(failure.seen.upperBound))
    }

    private static func write(_ exception: ExceptionStatistics, to json: inout JSONWriter) {
        json.member("place", exception.total.example.place)
        json.member("message", exception.total.example.message)
        json.member("stack", exception.total.example.stack)
        json.member("user_class", exception.total.userClass)
        json.member("count", exception.total.count)
        json.member("first_seen_s", Int64(exception.seen.lowerBound))
        json.member("last_seen_s", Int64(exception.seen.upperBound))
        json.array("workers") { json in for worker in exception.workers { json.element(worker) } }
    }

    /// `isProvable`: false where workers do not tell what they have sent, so that nobody knows what is missing.
    private static func write(_ worker: WorkerAccount, isProvable: Bool, to json: inout JSONWriter) {
        json.member("name", worker.name)
        json.member("issued", isProvable ? worker.issued : nil)
        json.member("merged", worker.merged)
        json.member("warm_up", worker.warmUp)
        json.member("interrupted", isProvable ? worker.interrupted : nil)
        json.member("unaccounted", isProvable ? worker.unaccounted : nil)
        json.member("unaccounted_at_most", isProvable ? worker.unaccounted + worker.unheard : nil)
    }

    private static func write(_ point: HistoryPoint, to json: inout JSONWriter) {
        json.member("second", Int64(point.second))
        json.member("span_s", Int64(point.span))
        json.member("users", point.users.map(Int64.init))
        json.member("requests", point.requests)
        json.member("failures", point.failures)
        json.member("received_bytes", point.receivedBytes)
        json.member("starts_begun", point.startsBegun)
        json.member("starts_dropped", point.startsDropped)
        // Some may have ended without a time.
        let times = point.histogram.count
        let average = times == 0 ? nil : Double(point.responseTime.sumNanoseconds) / Double(times) / 1e6
        json.object("response_time_ms") { json in
            json.member("min", times == 0 ? nil : Double(point.responseTime.minNanoseconds) / 1e6)
            json.member("average", average)
            for (label, time) in zip(["p50", "p95", "p99"], point.measurableNanoseconds(atPercentiles: [50, 95, 99])) {
                json.member(label, time.map { Double($0) / 1e6 })
            }
            json.member("max", times == 0 ? nil : Double(point.responseTime.maxNanoseconds) / 1e6)
        }
    }
}
