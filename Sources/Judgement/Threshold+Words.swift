import LoadModel

extension Threshold {
    /// What it demands, in words: `p95 of the response time of all requests is below 200 ms, in every 30 s; otherwise the run is stopped, after 10 s at the earliest`.
    package var words: String {
        var words = "\(figure.words(of: subject)) is \(comparison.words) \(figure.words(bound))"
        if let windowSeconds {
            let length = DurationText.words(nanoseconds: Int64(windowSeconds) * 1_000_000_000)
            words += ", in every \(length) (looked at each second)"
        } else {
            words += ", over the whole run"
        }
        if let grace = abortAfterNanoseconds {
            words += "; otherwise the run is stopped, after \(DurationText.words(nanoseconds: grace)) at the earliest"
        }
        return words
    }
}

extension Threshold.Comparison {
    fileprivate var words: String {
        switch self {
        case .less: "below"
        case .lessOrEqual: "at most"
        case .greater: "above"
        case .greaterOrEqual: "at least"
        case .equal: "just"
        }
    }
}

extension ThresholdFigure {
    /// `p95 of the response time of all requests`.
    fileprivate func words(of subject: ThresholdSubject) -> String {
        switch self {
        case .time(let time, let statistic):
            if case .timing = subject { return "\(statistic.name) of \(subject.words)" }
            return "\(statistic.name) of the \(time.words) of \(subject.words)"
        case .failureRate: return "the share of failures among \(subject.words)"
        case .failures: return "the number of failures among \(subject.words)"
        case .requests: return "the number of \(subject.words)"
        case .throughput: return "the number per second of \(subject.words)"
        case .interrupted: return "the number of interrupted ones among \(subject.words)"
        case .averageSize: return "the average size of the answers to \(subject.words)"
        case .exceptions: return "the number of exceptions"
        case .dropped: return "the number of dropped starts"
        case .count: return "the number of \(subject.words)"
        case .sum: return "the sum of \(subject.words)"
        case .rate: return "the sum per second of \(subject.words)"
        }
    }
}
