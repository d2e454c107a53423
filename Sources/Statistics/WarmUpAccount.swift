/// What was counted while the run was warming up, and is in no figure of the result.
package struct WarmUpAccount: Sendable, Equatable {
    /// Requests that ended.
    package internal(set) var requests: Int64 = 0
    package internal(set) var iterations: Int64 = 0
    package internal(set) var startsBegun: Int64 = 0
    package internal(set) var startsDropped: Int64 = 0

    /// Adds what was measured in an interval.
    mutating func merge(_ snapshot: IntervalSnapshot) {
        requests += snapshot.requests.reduce(0) { $0 + $1.requests }
        iterations += snapshot.iterations.reduce(0) { $0 + $1.count }
        startsBegun += snapshot.startsBegun
        startsDropped += snapshot.startsDropped
    }
}
