/// What a master's log keeps of a worker beside its deltas: enough for a later master to say what the worker may have sent, should it never come
/// back.
package struct WorkerStanding: Sendable, Equatable {
    package var peer: Peer
    /// Its name in accounts.
    package var account: String
    /// Requests that it had announced.
    package var issued: Int64
    /// Users that it may have had at most.
    package var users: Int
    /// Its greatest rate, in requests per second.
    package var rate: Double
    /// The greatest rate of one user, over all workers.
    package var userRate: Double
    /// What it may have sent since its last word, when it was no longer heard of; nil: it was at work.
    package var unheard: Int64?
    /// False when all that it measured was delivered, or it could not go on.
    package var mayReturn = true
    /// Users that had ended by themselves, by class.
    package var endedUsers: [Int] = []
    /// Rows that its users had got, by data source.
    package var drawnRows: [Int] = []

    /// What it may have sent at most beyond what is known, if it went on for `nanoseconds` after this was written.
    package func mostUnheard(after nanoseconds: Int64) -> Int64 {
        if let unheard { return unheard }
        return Int64(users) + Self.requests(atRate: max(rate, userRate * Double(users)), nanoseconds: nanoseconds)
    }

    /// No process sends more a second, and no user; what is said beyond is not believed.
    static let greatestRate = 1e8
    static let greatestUserRate = 1e6
    /// What an estimate comes to at most, so that those of all workers can be added up.
    static let mostRequests: Int64 = 100_000_000_000_000

    /// So many requests at most come of a rate.
    static func requests(atRate perSecond: Double, nanoseconds: Int64) -> Int64 {
        Int64(min(Double(mostRequests), (perSecond * Double(max(0, nanoseconds)) / 1e9).rounded(.up)))
    }
}
