import Judgement
import LoadModel
import Statistics

/// The contents of the `--csv` files: four with exactly Locust's columns, and those of Cicada's own; CRLF at row ends, quotes doubled (RFC 4180).
///
/// Times are in milliseconds, sizes in bytes, rates per second; `N/A` stands where there is nothing to say, and for percentiles that
/// cannot be told since starts were dropped. Unlike Locust's, percentiles are
/// not rounded to two digits, 100 % is the true maximum, and the last row is complete.
package enum CSVText {
    /// Of `PREFIX_stats.csv`, as Locust has it.
    package static let statsHeader =
        "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,"
        + "Average Content Size,Requests/s,Failures/s,\(percentileHeader)"
    /// Of `PREFIX_stats_history.csv`, as Locust has it.
    package static let historyHeader =
        "Timestamp,User Count,Type,Name,Requests/s,Failures/s,\(percentileHeader),Total Request Count,Total Failure Count,"
        + "Total Median Response Time,Total Average Response Time,Total Min Response Time,Total Max Response Time,Total Average Content Size"
    /// Of `PREFIX_failures.csv`, as Locust has it.
    package static let failuresHeader = "Method,Name,Error,Occurrences,First Seen,Last Seen"
    /// Of `PREFIX_exceptions.csv`, as Locust has it.
    package static let exceptionsHeader = "Count,Message,Traceback,Nodes"
    /// Of `PREFIX_times.csv`.
    package static let timesHeader = "Method,Name,Requests,\(headers("Response")),\(headers("Service"))"
    /// Of `PREFIX_times_history.csv`.
    package static let timesHistoryHeader = "Timestamp,Requests,\(headers("Response")),\(headers("Service"))"
    /// Of `PREFIX_custom.csv`.
    package static let customHeader =
        "Type,Name,Count,Sum,Sum/s,Median Time,Average Time,Min Time,Max Time,\(percentileHeader)"

    /// Of `PREFIX_iterations.csv`.
    package static let iterationsHeader = "User Class,Task,Iterations,Failed,Iterations/s,\(headers("Response")),\(headers("Duration"))"

    /// Headers of the exact figures and percentiles of a time.
    private static func headers(_ time: String) -> String {
        (["Median", "Average", "Min", "Max"] + Percentile.printed.map { "\(ConsoleReport.label($0))%" }).map { "\(time) \($0)" }
            .joined(separator: ",")
    }

    /// Of `PREFIX_thresholds.csv`.
    package static let thresholdsHeader =
        "Threshold,Outcome,Figure,Comparison,Bound,Measured,Unit,Window (s),Windows,Windows Failed,Windows Not Evaluated,Stopped After (s),Reason"

    private static let percentileHeader = Percentile.printed.map { "\(ConsoleReport.label($0))%" }.joined(separator: ",")

    /// One row a request, then `Aggregated`.
    package static func stats(_ result: RunResult, _ info: RunInfo) -> String { stats(ResultFigures(result), info) }

    /// The same of figures that were read before.
    package static func stats(_ figures: ResultFigures, _ info: RunInfo) -> String {
        stats(
            (figures.requests + [figures.total]).map {
                RequestDigest($0.request, response: $0.response, measurableBelow: figures.measurableBelow)
            }, info)
    }

    /// The same of what is known of each request; the total is the last.
    package static func stats(_ requests: [RequestDigest], _ info: RunInfo) -> String {
        var text = statsHeader + "\r\n"
        for request in requests {
            text += row(
                [request.method, request.name, "\(request.requests)", "\(request.failures)"] + locustFigures(request)
                    + [rate(info.perSecond(request.requests)), rate(info.perSecond(request.failures))] + percentiles(request.percentiles))
        }
        return text
    }

    /// The row of one second: rates and percentiles are of the 10 s before the end of that second, the totals of all that is in the result. `recent`: a row of
    /// each request comes before it.
    package static func historyRow(
        _ result: RunResult, _ figures: ResultFigures, _ info: RunInfo, second: Int, recent: RecentRequests? = nil
    ) -> String {
        let start = ["\(info.unixSeconds(ofSecond: second))", "\(result.users)"]
        let window = min(RecentRequests.seconds, second + 1)
        let sum = result.recent(seconds: window, before: second + 1)
        var text = ""
        for entry in recent == nil ? [] : figures.requests {
            guard let recent, let key = entry.request.key else { continue }
            let rates = recent.perSecond(key)
            let times = recent.nanoseconds(
                atPercentiles: Percentile.printed, of: key,
                within: (entry.response.minNanoseconds ?? 0)...(entry.response.maxNanoseconds ?? 0), measurableBelow: sum.measurableBelow)
            text += row(
                start + [entry.method, entry.name, rate(rates.requests), rate(rates.failures)] + percentiles(times)
                    + totals(entry, below: figures.measurableBelow))
        }
        return text
            + row(
                start + ["", "Aggregated", rate(Double(sum.requests) / Double(window)), rate(Double(sum.failures) / Double(window))]
                    + percentiles(sum.measurableNanoseconds(atPercentiles: Percentile.printed))
                    + totals(figures.total, below: figures.measurableBelow))
    }

    /// The row of one interval of a part of a run: rates and percentiles are of the interval, the totals of the whole part.
    package static func historyRow(of point: HistoryPoint, _ figures: ResultFigures, _ info: RunInfo) -> String {
        let span = Double(max(1, point.span))
        return row(
            [
                "\(info.unixSeconds(ofSecond: point.second + point.span - 1))", "\(point.users ?? 0)", "", "Aggregated",
                rate(Double(point.requests) / span), rate(Double(point.failures) / span),
            ] + percentiles(point.measurableNanoseconds(atPercentiles: Percentile.printed))
                + totals(figures.total, below: figures.measurableBelow))
    }

    /// Both times of each request, then of all together.
    package static func times(_ figures: ResultFigures) -> String {
        var text = timesHeader + "\r\n"
        for entry in figures.requests + [figures.total] {
            text += row([entry.method, entry.name, "\(entry.request.requests)"] + bothTimes(entry, below: figures.measurableBelow))
        }
        return text
    }

    /// Both times of all requests up to the end of a second.
    package static func timesHistoryRow(_ figures: ResultFigures, _ info: RunInfo, second: Int) -> String {
        row(
            ["\(info.unixSeconds(ofSecond: second))", "\(figures.total.request.requests)"]
                + bothTimes(figures.total, below: figures.measurableBelow))
    }

    /// One row a task, then `Aggregated`.
    package static func iterations(_ result: RunResult, _ info: RunInfo) -> String {
        var text = iterationsHeader + "\r\n"
        let below = result.measurableBelow
        for entry in result.iterations + [result.iterationTotal] {
            var fields = [entry.key?.userClass ?? "", entry.key?.task ?? "Aggregated", "\(entry.count)", "\(entry.failed)"]
            fields.append(rate(info.perSecond(entry.count)))
            for times in [entry.responseTime, entry.duration] { fields += figures(times, below: below) + percentiles(times, below: below) }
            text += row(fields)
        }
        return text
    }

    /// One row a failure; times as ISO 8601 in UTC.
    package static func failures(_ result: RunResult, _ info: RunInfo) -> String { failures(result.failures, info) }

    /// The same of failures in their order.
    package static func failures(_ failures: [FailureStatistics], _ info: RunInfo) -> String {
        var text = failuresHeader + "\r\n"
        for failure in failures {
            text += row([
                failure.key.request.typeText, failure.key.request.name, failure.key.reason, "\(failure.count)",
                CalendarText.iso8601(unixSeconds: info.unixSeconds(ofSecond: failure.seen.lowerBound)),
                CalendarText.iso8601(unixSeconds: info.unixSeconds(ofSecond: failure.seen.upperBound)),
            ])
        }
        return text
    }

    /// One row a place.
    package static func exceptions(_ result: RunResult) -> String { exceptions(result.exceptions) }

    /// The same of exceptions in their order.
    package static func exceptions(_ exceptions: [ExceptionStatistics]) -> String {
        var text = exceptionsHeader + "\r\n"
        for exception in exceptions {
            text += row([
                "\(exception.total.count)", exception.total.example.message, ExceptionText.trace(exception.total),
                exception.workers.joined(separator: ", "),
            ])
        }
        return text
    }

    /// One row a timing or counter of the script's own.
    package static func custom(_ result: RunResult, _ info: RunInfo) -> String {
        var text = customHeader + "\r\n"
        for entry in result.custom {
            let isTiming = entry.key.kind == .timing
            var fields = [isTiming ? "Timing" : "Counter", entry.key.name, "\(entry.count)"]
            fields += isTiming ? ["N/A", "N/A"] : [NumberText.fixed(entry.sum, 9), rate(info.perSecond(entry.sum))]
            fields += figures(entry.times, below: nil) + percentiles(entry.times, below: nil)
            text += row(fields)
        }
        return text
    }

    /// One row a threshold.
    package static func thresholds(_ results: [ThresholdResult]) -> String {
        func number(_ value: Int?) -> String { value.map(String.init) ?? "N/A" }
        var text = thresholdsHeader + "\r\n"
        for result in results {
            let threshold = result.threshold
            func value(_ value: Double) -> String { NumberText.fixed(ThresholdUnit.value(value, of: threshold), 9) }
            text += row([
                threshold.text, result.outcome.rawValue, threshold.figureText, threshold.comparison.rawValue, value(threshold.bound),
                result.measured.map(value) ?? "N/A", ThresholdUnit.name(of: threshold), number(threshold.windowSeconds),
                number(result.windows?.count), number(result.windows?.failed), number(result.windows?.notEvaluated),
                number(result.stoppedAfter), result.reason ?? "",
            ])
        }
        return text
    }

    private static func percentiles(_ times: TimeStatistics, below limit: Double?) -> [String] {
        percentiles(times.nanoseconds(atPercentiles: Percentile.printed, measurableBelow: limit))
    }

    private static func percentiles(_ values: [Int64?]) -> [String] { values.map { $0.map { milliseconds(Double($0)) } ?? "N/A" } }

    private static func figures(_ times: TimeStatistics, below limit: Double?) -> [String] {
        let exact = [times.averageNanoseconds, times.minNanoseconds.map(Double.init), times.maxNanoseconds.map(Double.init)]
        return percentiles([times.median(measurableBelow: limit)]) + exact.map { $0.map(milliseconds) ?? "N/A" }
    }

    private static func bothTimes(_ entry: ResultFigures.Row, below limit: Double?) -> [String] {
        [entry.response, entry.service].flatMap { figures($0, below: limit) + percentiles($0, below: limit) }
    }

    private static func totals(_ entry: ResultFigures.Row, below limit: Double?) -> [String] {
        ["\(entry.request.requests)", "\(entry.request.failures)"]
            + locustFigures(RequestDigest(entry.request, response: entry.response, measurableBelow: limit))
    }

    /// Median, average, minimum, maximum and size as Locust writes them: 0 where there is no request, since its readers know no other word.
    private static func locustFigures(_ request: RequestDigest) -> [String] {
        guard request.requests > 0 else { return [String](repeating: "0", count: 5) }
        let exact = [request.averageNanoseconds, request.minNanoseconds.map(Double.init), request.maxNanoseconds.map(Double.init)]
        return percentiles([request.medianNanoseconds]) + exact.map { $0.map(milliseconds) ?? "N/A" }
            + [request.averageBytes.map { NumberText.fixed($0, 2) } ?? "0"]
    }

    private static func row(_ fields: [String]) -> String { fields.map(quoted).joined(separator: ",") + "\r\n" }

    private static func quoted(_ field: String) -> String {
        guard field.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else { return field }
        var text = "\""
        for scalar in field.unicodeScalars {
            if scalar == "\"" { text += "\"" }
            text.unicodeScalars.append(scalar)
        }
        return text + "\""
    }

    private static func milliseconds(_ nanoseconds: Double) -> String { NumberText.fixed(nanoseconds / 1e6, 6) }

    private static func rate(_ perSecond: Double) -> String { NumberText.fixed(perSecond, 6) }
}
