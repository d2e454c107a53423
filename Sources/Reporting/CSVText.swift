import Judgement
import LoadModel
import Statistics

/// The contents of the `--csv` files: Locust's headers and order of columns, with service times behind those of stats and history and `User Class` behind those
/// of exceptions, CRLF at row ends, quotes doubled (RFC 4180).
///
/// Times are in milliseconds, sizes in bytes, rates per second; `N/A` stands where there is nothing to say, and for percentiles that
/// cannot be told since starts were dropped. Unlike Locust's, percentiles are
/// not rounded to two digits, 100 % is the true maximum, and the last row is complete.
package enum CSVText {
    /// Of `PREFIX_stats.csv`.
    package static let statsHeader =
        "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,"
        + "Average Content Size,Requests/s,Failures/s,\(percentileHeader),\(headers("Service"))"
    /// Of `PREFIX_stats_history.csv`.
    package static let historyHeader =
        "Timestamp,User Count,Type,Name,Requests/s,Failures/s,\(percentileHeader),Total Request Count,Total Failure Count,"
        + "Total Median Response Time,Total Average Response Time,Total Min Response Time,Total Max Response Time,Total Average Content Size,"
        + "Service Total Median,Service Total Average,Service Total Min,Service Total Max"
    /// Of `PREFIX_failures.csv`.
    package static let failuresHeader = "Method,Name,Error,Occurrences,First Seen,Last Seen"
    /// Of `PREFIX_exceptions.csv`.
    package static let exceptionsHeader = "Count,Message,Traceback,Nodes,User Class"
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
    package static func stats(_ result: RunResult, _ info: RunInfo) -> String {
        var text = statsHeader + "\r\n"
        let below = result.measurableBelow
        for request in result.requests + [result.total()] {
            var fields = [request.key?.typeText ?? "", request.key?.name ?? "Aggregated"]
            fields += ["\(request.requests)", "\(request.failures)"] + figures(request, below: below)
            fields += [rate(info.perSecond(request.requests)), rate(info.perSecond(request.failures))]
            fields += percentiles(request.responseTime, below: below)
            fields += figures(request.serviceTime, below: below) + percentiles(request.serviceTime, below: below)
            text += row(fields)
        }
        return text
    }

    /// The row of one second: rates and percentiles are of the 10 s before the end of that second, the totals of all that is in the result.
    package static func historyRow(_ result: RunResult, _ info: RunInfo, second: Int) -> String {
        let window = min(10, second + 1)
        let recent = result.recent(seconds: window, before: second + 1)
        let total = result.total()
        var fields = ["\(info.unixSeconds(ofSecond: second))", "\(result.users)", "", "Aggregated"]
        fields += [rate(Double(recent.requests) / Double(window)), rate(Double(recent.failures) / Double(window))]
        fields += percentiles(recent.measurableNanoseconds(atPercentiles: Percentile.printed))
        fields += ["\(total.requests)", "\(total.failures)"] + figures(total, below: result.measurableBelow)
        fields += figures(total.serviceTime, below: result.measurableBelow)
        return row(fields)
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
    package static func failures(_ result: RunResult, _ info: RunInfo) -> String {
        var text = failuresHeader + "\r\n"
        for failure in result.failures {
            text += row([
                failure.key.request.typeText, failure.key.request.name, failure.key.reason, "\(failure.count)",
                CalendarText.iso8601(unixSeconds: info.unixSeconds(ofSecond: failure.seen.lowerBound)),
                CalendarText.iso8601(unixSeconds: info.unixSeconds(ofSecond: failure.seen.upperBound)),
            ])
        }
        return text
    }

    /// One row a place; the trace is the place and the stack, the class that of the example.
    package static func exceptions(_ result: RunResult) -> String {
        var text = exceptionsHeader + "\r\n"
        for exception in result.exceptions {
            let example = exception.total.example
            let trace = example.stack.isEmpty ? example.place : example.place + "\n" + example.stack
            text += row([
                "\(exception.total.count)", example.message, trace, exception.workers.joined(separator: ", "), exception.total.userClass,
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

    private static func figures(_ request: RequestStatistics, below limit: Double?) -> [String] {
        figures(request.responseTime, below: limit) + [request.averageBytes.map { NumberText.fixed($0, 2) } ?? "N/A"]
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
