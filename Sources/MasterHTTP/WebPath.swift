/// The paths that are served: Locust's, as far as they only read, and what watchers of the process and readers of the result ask for.
enum WebPath: String, CaseIterable {
    case overview = "/"
    case requests = "/stats/requests"
    case requestsFile = "/stats/requests/csv"
    case failuresFile = "/stats/failures/csv"
    case exceptionsFile = "/exceptions/csv"
    case history = "/stats/requests_full_history/csv"
    case exceptions = "/exceptions"
    case tasks = "/tasks"
    case logs = "/logs"
    case workerCount = "/worker-count"
    case health = "/healthz"
    case readiness = "/readyz"
    case result = "/result"
    case resultJUnit = "/result/junit"

    /// What it answers with, in a few words.
    var words: String {
        switch self {
        case .overview: "this list"
        case .requests: "requests, failures, rates, users and workers, as JSON"
        case .requestsFile: "PREFIX_stats.csv"
        case .failuresFile: "PREFIX_failures.csv"
        case .exceptionsFile: "PREFIX_exceptions.csv"
        case .history: "PREFIX_stats_history.csv, with --csv and --csv-full-history"
        case .exceptions: "exceptions of the script, as JSON"
        case .tasks: "shares of user classes and tasks, as JSON"
        case .logs: "what was said, and what scripts printed, as JSON"
        case .workerCount: "the number of workers, as JSON"
        case .health: "whether the process lives"
        case .readiness: "whether it takes workers"
        case .result: "what --json writes, once the run has ended"
        case .resultJUnit: "what --junit writes, once the run has ended"
        }
    }

    /// What a file that is downloaded from there is called at its end; nil: it is none.
    var fileName: String? {
        switch self {
        case .requestsFile: "requests"
        case .failuresFile: "failures"
        case .exceptionsFile: "exceptions"
        case .history: "requests_full_history"
        default: nil
        }
    }
}
