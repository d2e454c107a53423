import LoadModel
import Wire

/// What the log of an earlier master tells of a worker, for the case that it never comes back. Pure.
package struct WorkerTrace: Sendable, Equatable {
    /// The worker's id.
    let name: String
    /// True when it has left in order: all that it measured is in the log.
    var hasLeft = false
    /// The second of the run to which its last delta belongs.
    private(set) var lastSecond = -1
    private(set) var users = 0
    private(set) var greatestRate = 0.0
    /// The greatest rate, divided by the users at that time.
    private(set) var greatestUserRate = 0.0

    init(name: String) { self.name = name }

    /// Takes in a delta; a later one belongs to the same or a later second.
    mutating func note(_ delta: WorkerDelta, second: Int) {
        let rate = Double(delta.snapshot.issued) / Double(max(1, second - lastSecond))
        greatestRate = max(greatestRate, rate)
        let most = max(users, delta.users)
        if most > 0 { greatestUserRate = max(greatestUserRate, rate / Double(most)) }
        users = delta.users
        lastSecond = max(lastSecond, second)
    }

    /// What it may have sent after its last delta, until `end`, in nanoseconds of the run: at the greatest rate that it had, or that its users and all
    /// that were due meanwhile would have at `userRate`.
    func unheardRequests(userRate: Double, ramp: Ramp, until end: Int64) -> Int64 {
        // A delta belongs to the second in whose second half or after which it ended.
        let start = Int64(lastSecond) * 1_000_000_000 + 500_000_000
        guard end > start else { return 0 }
        let coming = max(0, ramp.users(before: end) - ramp.users(before: max(0, start)))
        let rate = max(greatestRate, userRate * Double(users + coming))
        return Int64(users + coming) + Int64((rate * Double(end - start) / 1e9).rounded(.up))
    }
}
