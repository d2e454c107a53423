/// For how long users were inside an iteration, added up over the users: so much as `users × time` would be, had always as many been busy. Pure.
struct BusyTime {
    /// Users that are inside an iteration.
    private(set) var users: Int64 = 0
    /// What there is at a time t is `users × t + offset`. Wraps around; differences do not mind.
    private var offset: Int64 = 0
    private var taken: Int64 = 0

    /// A user begins an iteration.
    @inline(__always)
    mutating func begin(at now: Int64) {
        users += 1
        offset &-= now
    }

    /// A user's iteration has ended, in whichever way.
    @inline(__always)
    mutating func end(at now: Int64) {
        users -= 1
        offset &+= now
    }

    /// Nanoseconds that have come since the last call.
    mutating func take(at now: Int64) -> Int64 {
        let sum = users &* now &+ offset
        defer { taken = sum }
        return sum &- taken
    }
}
