/// How many users there are to be, as a function of the elapsed time: ramps one after the other.
package struct UserCourse: Sendable, Equatable {
    /// Ascending by start; never empty. Each ends where the next one starts, whether it has come to its end or not.
    package let ramps: [Ramp]

    /// One user after the other, as a schedule says.
    package init(_ ramp: Ramp) { ramps = [ramp] }

    /// Ramps as they are; one or more.
    init(ramps: [Ramp]) { self.ramps = ramps }

    /// The users of a profile, whole ones at each joint. Jumps happen at `jumpRate` users per second; as all ramps, they begin when due.
    package init(_ profile: LoadProfile, jumpRate: Double = 1e6) {
        var ramps: [Ramp] = []
        var count = 0
        func jump(to level: Int, at start: Int64) {
            guard level != count || ramps.isEmpty else { return }
            ramps.append(Ramp(from: count, to: level, ratePerSecond: jumpRate, startNanoseconds: start))
            count = level
        }
        for line in profile.lines {
            jump(to: Self.whole(line.from), at: line.startNanoseconds)
            let end = Self.whole(line.to)
            guard end != count else { continue }
            let rate = Double(abs(end - count)) * 1e9 / Double(line.durationNanoseconds)
            ramps.append(Ramp(from: count, to: end, ratePerSecond: rate, startNanoseconds: line.startNanoseconds))
            count = end
        }
        jump(to: Self.whole(profile.finalLevel), at: profile.endNanoseconds)
        self.ramps = ramps
    }

    /// Users of a level.
    static func whole(_ level: Double) -> Int { Int(min(level.rounded(), 1e9)) }

    /// Users due before a moment.
    package func users(before elapsed: Int64) -> Int { ramp(before: elapsed).users(before: elapsed) }

    /// The ramp under way just before a moment.
    /// - Complexity: O(log ramps)
    package func ramp(before elapsed: Int64) -> Ramp {
        var (low, high) = (0, ramps.count)
        while low < high {
            let middle = (low + high) / 2
            if ramps[middle].startNanoseconds < elapsed { low = middle + 1 } else { high = middle }
        }
        return ramps[max(0, low - 1)]
    }

    /// The most users that there are at any time.
    package var most: Int { ramps.reduce(0) { max($0, $1.from, $1.to) } }

    /// Users in the end.
    package var finally: Int { ramps[ramps.count - 1].to }
}
