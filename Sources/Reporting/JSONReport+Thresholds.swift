import Judgement

extension JSONReport {
    /// What became of one threshold. Its bound and measured value are in `unit`.
    static func write(_ result: ThresholdResult, to json: inout JSONWriter) {
        let threshold = result.threshold
        json.member("threshold", threshold.text)
        json.member("outcome", result.outcome.rawValue)
        json.member("figure", threshold.figureText)
        json.member("comparison", threshold.comparison.rawValue)
        json.member("bound", ThresholdUnit.value(threshold.bound, of: threshold), decimals: 9)
        json.member("measured", result.measured.map { ThresholdUnit.value($0, of: threshold) }, decimals: 9)
        json.member("unit", ThresholdUnit.name(of: threshold))
        json.member("reason", result.reason)
        json.member("window_s", threshold.windowSeconds.map(Int64.init))
        json.member("windows", result.windows.map { Int64($0.count) })
        json.member("windows_failed", result.windows.map { Int64($0.failed) })
        json.member("windows_not_evaluated", result.windows.map { Int64($0.notEvaluated) })
        json.member("worst_window_ended_s", result.windows?.worstEnd.map(Int64.init))
        json.member("abort_after_s", threshold.abortAfterNanoseconds.map { Double($0) / 1e9 })
        json.member("stopped_run_after_s", result.stoppedAfter.map(Int64.init))
    }
}

/// The units of thresholds in files: those of all other figures there.
enum ThresholdUnit {
    /// `ms`, `ratio`, `count`, `per_s`, `bytes`; `amount`: the script's own.
    static func name(of threshold: Threshold) -> String {
        switch threshold.figure.unit {
        case .nanoseconds: "ms"
        case .share: "ratio"
        case .count: "count"
        case .perSecond: "per_s"
        case .bytes: "bytes"
        case .amount: "amount"
        }
    }

    /// A measured value, or the bound, in that unit.
    static func value(_ value: Double, of threshold: Threshold) -> Double { threshold.figure.unit == .nanoseconds ? value / 1e6 : value }
}
