/// What was counted while the run was warming up, and is in no figure of the result.
package struct WarmUpAccount: Sendable, Equatable {
    /// Requests that ended.
    package internal(set) var requests: Int64 = 0
    package internal(set) var iterations: Int64 = 0
    package internal(set) var startsBegun: Int64 = 0
    package internal(set) var startsDropped: Int64 = 0
    /// The shortest service time, or where workers tell one time only the shortest response time; nil: nothing ended. What a target can do that is not loaded yet.
    package internal(set) var leastServiceNanoseconds: Int64?

    /// Adds what was measured in an interval.
    mutating func merge(_ snapshot: IntervalSnapshot) {
        requests += snapshot.requests.reduce(0) { $0 + $1.requests }
        iterations += snapshot.iterations.reduce(0) { $0 + $1.count }
        startsBegun += snapshot.startsBegun
        startsDropped += snapshot.startsDropped
        for request in snapshot.requests where request.requests > 0 && request.failures == 0 {
            noteService(request.serviceTime.minNanoseconds)
        }
    }

    /// Notes a service time that may be the shortest.
    mutating func noteService(_ nanoseconds: Int64) {
        if nanoseconds > 0, nanoseconds < .max { leastServiceNanoseconds = min(leastServiceNanoseconds ?? nanoseconds, nanoseconds) }
    }
}
