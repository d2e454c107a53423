import LoadModel
import Statistics

/// A run's figures as thresholds read them.
extension RunResult {
    /// What is known of a subject; nil: it never occurred.
    func figures(of subject: ThresholdSubject) -> SubjectFigures? {
        var figures: SubjectFigures
        switch subject {
        case .all:
            figures = SubjectFigures(total())
            figures.counts.exceptions = exceptions.reduce(0) { $0 + $1.total.count }
            figures.counts.dropped = startsDropped
        case .request(let name):
            var sum: RequestStatistics?
            for request in requests {
                guard let key = request.key, RequestName(name).matches(key) else { continue }
                if sum == nil { sum = request } else { sum?.merge(request) }
            }
            guard let sum else { return nil }
            figures = SubjectFigures(sum)
        case .iterations(let task):
            var sum: IterationStatistics?
            for iteration in iterations where task == nil || iteration.key?.task == task {
                if sum == nil { sum = iteration } else { sum?.merge(iteration) }
            }
            guard let sum else { return nil }
            figures = SubjectFigures()
            figures.counts.ended = sum.count
            figures.counts.failures = sum.failed
            figures.times = [.response: SubjectTimes(sum.responseTime), .duration: SubjectTimes(sum.duration)]
        case .timing(let name):
            guard let entry = custom.first(where: { $0.key == CustomKey(kind: .timing, name: name) }) else { return nil }
            figures = SubjectFigures()
            figures.counts.ended = entry.count
            figures.times[.response] = SubjectTimes(entry.times)
        case .counter(let name):
            guard let entry = custom.first(where: { $0.key == CustomKey(kind: .counter, name: name) }) else { return nil }
            figures = SubjectFigures()
            figures.counts.ended = entry.count
            figures.counts.sum = entry.sum
        }
        figures.starts = SubjectStarts(begun: startsBegun, dropped: startsDropped)
        return figures
    }

    /// Why nothing is known of a subject, in words.
    func absence(of subject: ThresholdSubject) -> String {
        let names: [String]
        let what: String
        switch subject {
        case .all: return "no request was completed"
        case .request(let name):
            what = "no request had the name \"\(name)\""
            names = requests.compactMap { $0.key?.name }
        case .iterations(nil): return "no iteration ended"
        case .iterations(let task?):
            what = "no iteration of a task \"\(task)\" ended"
            names = iterations.compactMap { $0.key?.task }
        case .timing(let name):
            what = "the script measured no timing \"\(name)\""
            names = custom.filter { $0.key.kind == .timing }.map(\.key.name)
        case .counter(let name):
            what = "the script counted no \"\(name)\""
            names = custom.filter { $0.key.kind == .counter }.map(\.key.name)
        }
        return Self.absence(what, among: names, of: subject)
    }

    private static func absence(_ what: String, among names: [String], of subject: ThresholdSubject) -> String {
        if names.contains(StatisticsLimits.otherName) { return "\(what), or it is among those in (other), which are too many" }
        guard let wanted = subject.name, let nearest = Suggestion.nearest(to: wanted, among: names) else { return what }
        return "\(what); did you mean \"\(nearest)\"?"
    }
}

/// The name in a threshold: of requests of any method, or, behind a method, of those of that method.
struct RequestName: Sendable, Hashable {
    let name: String
    /// Method and name; nil: it begins with no method.
    let key: RequestKey?

    init(_ name: String) {
        self.name = name
        let words = name.split(separator: " ", maxSplits: 1)
        let method = words.count == 2 ? HTTPMethod.allCases.first { $0.text == words[0] } : nil
        key = method.map { RequestKey(method: $0, name: String(words[1])) }
    }

    /// Whether requests of a key are meant.
    func matches(_ other: RequestKey) -> Bool { other.name == name || other == key }
}

extension SubjectTimes {
    init(_ times: TimeStatistics) {
        self.init(extent: times.extent, histogram: times.histogram)
        reading = times.reading
    }
}

extension SubjectFigures {
    init(_ requests: RequestStatistics) {
        counts.ended = requests.requests
        counts.failures = requests.failures
        counts.interrupted = requests.interrupted
        counts.receivedBytes = requests.receivedBytes
        times[.response] = SubjectTimes(requests.responseTime)
        times[.service] = SubjectTimes(requests.serviceTime)
        let delay = requests.schedulingDelay
        times[.delay] = SubjectTimes(extent: nil, average: delay.averageNanoseconds, histogram: delay.histogram)
        for (series, histogram) in requests.phases {
            if let time = MeasuredTime(phase: series) { times[time] = SubjectTimes(extent: nil, histogram: histogram) }
        }
    }
}

extension MeasuredTime {
    /// The time of a phase or of the scheduling delay; nil: the series is of another.
    init?(phase: TimeSeries) {
        switch phase {
        case .lookup: self = .lookup
        case .connect: self = .connect
        case .tls: self = .tls
        case .wait: self = .wait
        case .receive: self = .receive
        case .delay: self = .delay
        default: return nil
        }
    }
}

extension ThresholdSubject {
    /// The name in it, if there is one.
    var name: String? {
        switch self {
        case .all, .iterations(nil): nil
        case .request(let name), .timing(let name), .counter(let name): name
        case .iterations(let task?): task
        }
    }
}
