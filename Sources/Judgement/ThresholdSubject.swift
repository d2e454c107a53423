/// Of what a threshold bounds a figure.
package enum ThresholdSubject: Sendable, Hashable {
    /// All requests together.
    case all
    /// Requests of a name, whatever their method; or of a method and a name: `GET /x`.
    case request(String)
    /// Iterations: of all tasks, or of those of a name.
    case iterations(task: String?)
    /// What a script timed itself.
    case timing(String)
    /// What a script counted itself.
    case counter(String)

    /// As people say it: `all requests`, `requests named "login"`.
    package var words: String {
        switch self {
        case .all: "all requests"
        case .request(let name): "requests named \"\(name)\""
        case .iterations(nil): "all iterations"
        case .iterations(let task?): "iterations of task \"\(task)\""
        case .timing(let name): "the timing \"\(name)\""
        case .counter(let name): "the counter \"\(name)\""
        }
    }

    /// The times of which figures can be bounded, the usual one first.
    var times: [MeasuredTime] {
        switch self {
        case .all, .request: [.response, .service, .lookup, .connect, .tls, .wait, .receive, .delay]
        case .iterations: [.response, .duration]
        case .timing: [.response]
        case .counter: []
        }
    }

    /// Figures that are no times.
    var figures: [ThresholdFigure] {
        switch self {
        case .all:
            [.failureRate, .failures, .requests, .throughput, .interrupted, .averageSize, .exceptions, .dropped]
        case .request: [.failureRate, .failures, .requests, .throughput, .interrupted, .averageSize]
        case .iterations: [.failureRate, .failures, .count, .throughput]
        case .timing: [.count]
        case .counter: [.sum, .count, .rate]
        }
    }
}
