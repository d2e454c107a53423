/// What the tests read of a result (docs/result-schema.md).
struct PodResult: Decodable, Sendable {
    struct Figures: Decodable, Sendable {
        var requests: Int
    }
    struct Worker: Decodable, Sendable {
        var name: String?
        var issued: Int
        var merged: Int
        var interrupted: Int
        var unaccounted: Int
        var unaccountedAtMost: Int
        /// The most that it had.
        var users: Int?

        private enum CodingKeys: String, CodingKey {
            case name, users, issued, merged, interrupted, unaccounted
            case unaccountedAtMost = "unaccounted_at_most"
        }
    }
    struct Point: Decodable, Sendable {
        var second: Int
        /// None in the last second.
        var users: Int?
        var requests: Int
    }
    struct EarlierRun: Decodable, Sendable {
        var issued: Int
    }
    var total: Figures
    var workers: [Worker]
    var history: [Point]
    var sentForEarlierMaster: [EarlierRun]

    private enum CodingKeys: String, CodingKey {
        case total, workers, history
        case sentForEarlierMaster = "sent_for_earlier_master"
    }

    /// Requests in the table, by the workers that made them.
    var merged: Int { workers.reduce(0) { $0 + $1.merged } }
    /// Requests that were cut off.
    var interrupted: Int { workers.reduce(0) { $0 + $1.interrupted } }
    /// Requests that lost workers may have made beside them.
    var unaccountedAtMost: Int { workers.reduce(0) { $0 + $1.unaccountedAtMost } }
    /// Requests for a master that is gone, of whose result there is none.
    var sentBefore: Int { sentForEarlierMaster.reduce(0) { $0 + $1.issued } }
}

/// What the pods of a fleet left.
struct PodEnd: Sendable, CustomStringConvertible {
    /// One container's end.
    struct Container: Sendable {
        var name: String
        var exitCode: Int32
        /// The last line of its log.
        var lastLine: String
        var errors: String
    }

    /// In the order in which they were started, but the last master.
    var pods: [Container]
    /// What the last master answered with on `/result`; nil: it did not linger.
    var fetched: String?
    /// What stands in the file of `--json`.
    var written: String?
    /// The result, as far as there is one.
    var result: PodResult?
    /// Requests that the target has answered.
    var counted: Int
    /// From the start of the last pod, or the first request if that was later, to the end of the last one.
    var seconds: Double

    /// The end of the last master.
    var master: Container? { masters.last }
    var masters: [Container] { pods.filter { $0.name == "cicada-master" } }
    var workers: [Container] { pods.filter { $0.name != "cicada-master" } }

    /// The pods of an index, in order.
    func workers(_ index: Int) -> [Container] { pods.filter { $0.name == "cicada-worker-\(index)" } }

    /// What is not explained: nil when the target's count lies within what the result says of every worker.
    var unexplained: String? {
        guard let result else { return "no result" }
        for worker in result.workers where worker.issued != worker.merged + worker.interrupted + worker.unaccounted {
            return "the account of \(worker.name ?? "a worker") does not add up: \(worker)"
        }
        if result.total.requests != result.merged { return "the table has \(result.total.requests), the workers \(result.merged)" }
        if result.history.reduce(0, { $0 + $1.requests }) != result.merged { return "the history has another sum than the table" }
        if counted < result.merged { return "\(counted) were answered, \(result.merged) merged" }
        let most = result.merged + result.interrupted + result.unaccountedAtMost + result.sentBefore
        if counted > most { return "\(counted) were answered, \(most) at most are accounted for" }
        return nil
    }

    var description: String {
        let accounts = result?.workers.map { "\($0)" }.joined(separator: "\n") ?? "no result"
        return "\(seconds) s, counted \(counted)\n\(accounts)\n"
            + pods.map { "\($0.name) \($0.exitCode): \($0.errors)" }.joined(separator: "\n")
    }
}
