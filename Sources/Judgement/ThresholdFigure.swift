import LoadModel

/// What a threshold bounds.
package enum ThresholdFigure: Sendable, Hashable {
    case time(MeasuredTime, Statistic)
    case failureRate, failures, requests, throughput, interrupted, averageSize, exceptions, dropped
    /// How often something was measured; of iterations, how many ended.
    case count
    /// Of a counter.
    case sum
    /// A counter's sum per second.
    case rate

    /// What is said of many times.
    package enum Statistic: Sendable, Hashable {
        /// 0…100.
        case percentile(Double)
        case average, least, greatest

        /// `p95`, `median`.
        package var name: String {
            switch self {
            case .percentile(50): "median"
            case .percentile(let value): "p" + (value == value.rounded() ? "\(Int(value))" : "\(value)")
            case .average: "average"
            case .least: "min"
            case .greatest: "max"
            }
        }
    }

    /// In what it is measured.
    package enum Unit: String, Sendable {
        case nanoseconds = "ns"
        /// A share of 1.
        case share = "ratio"
        case count = "count"
        case perSecond = "1/s"
        case bytes = "bytes"
        /// The script's own.
        case amount = "amount"
    }

    /// The unit of a measured value and of the bound.
    package var unit: Unit {
        switch self {
        case .time: .nanoseconds
        case .failureRate: .share
        case .failures, .requests, .interrupted, .exceptions, .dropped, .count: .count
        case .throughput, .rate: .perSecond
        case .averageSize: .bytes
        case .sum: .amount
        }
    }

    /// As a threshold names it; nil: a time, which is named in two parts.
    var name: String? {
        switch self {
        case .time: nil
        case .failureRate: "failure_rate"
        case .failures: "failures"
        case .requests: "requests"
        case .throughput: "throughput"
        case .interrupted: "interrupted"
        case .averageSize: "average_size"
        case .exceptions: "exceptions"
        case .dropped: "dropped"
        case .count: "count"
        case .sum: "sum"
        case .rate: "rate"
        }
    }

    /// What only rises while a run lasts, so that nothing is known of its end before.
    var isRunningCount: Bool { unit == .count || unit == .amount }

    /// A measured value in words: `312 ms`, `1.25 %`, `1,204/s`.
    package func words(_ value: Double) -> String {
        switch unit {
        case .nanoseconds: FigureText.time(nanoseconds: value)
        case .share: FigureText.percent(value)
        case .count: FigureText.amount(value)
        case .perSecond: FigureText.amount(value) + "/s"
        case .bytes: FigureText.bytes(value)
        case .amount: FigureText.amount(value)
        }
    }

    /// The same with all the digits that people may want to see of a value which is next to its bound.
    func exactWords(_ value: Double) -> String {
        switch unit {
        case .nanoseconds: FigureText.significant(value / 1e6, 9) + " ms"
        case .share: FigureText.significant(value * 100, 7) + " %"
        case .count, .amount: FigureText.significant(value, 9)
        case .perSecond: FigureText.significant(value, 9) + "/s"
        case .bytes: FigureText.significant(value, 9) + " B"
        }
    }
}

/// Which of a subject's times.
package enum MeasuredTime: String, Sendable, Hashable, CaseIterable {
    case response = "response_time"
    case service = "service_time"
    case lookup, connect, tls, wait, receive
    case delay = "scheduling_delay"
    /// Of iterations: from when one did begin.
    case duration

    /// Whether only a histogram is known of it, and no exact sum, minimum and maximum.
    var isPhase: Bool {
        switch self {
        case .lookup, .connect, .tls, .wait, .receive: true
        case .response, .service, .delay, .duration: false
        }
    }

    /// As people say it.
    var words: String {
        switch self {
        case .response: "response time"
        case .service: "service time"
        case .lookup, .connect, .tls, .wait, .receive: "phase \(rawValue)"
        case .delay: "scheduling delay"
        case .duration: "duration"
        }
    }
}
