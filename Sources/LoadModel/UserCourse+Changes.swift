extension UserCourse {
    /// The latest moment before `elapsed` at which the number of users went from `count` to the next one, up or down; nil: it never did.
    /// - Complexity: O(ramps)
    package func due(after count: Int, isRising: Bool, before elapsed: Int64) -> Int64? {
        var end = elapsed
        for ramp in ramps.reversed() where ramp.startNanoseconds < elapsed {
            let isReached = isRising ? ramp.from <= count && count < ramp.to : ramp.to < count && count <= ramp.from
            // A ramp that does not come to its end does so with the beginning of the next.
            if isReached, ramp.due(after: count) < elapsed { return min(ramp.due(after: count), end) }
            end = ramp.startNanoseconds
        }
        return nil
    }

    /// Whether nothing changes any more from a moment on.
    package func isComplete(before elapsed: Int64) -> Bool {
        ramps[ramps.count - 1].startNanoseconds < elapsed && ramps[ramps.count - 1].isComplete(before: elapsed)
    }

    /// The same with never more than so many users.
    package func limited(to most: Int) -> UserCourse {
        if self.most <= most { return self }
        if ramps.count == 1 {
            return UserCourse(
                Ramp(
                    from: min(ramps[0].from, most), to: most, ratePerSecond: ramps[0].ratePerSecond,
                    startNanoseconds: ramps[0].startNanoseconds))
        }
        return UserCourse(ramps: ramps.compactMap { $0.limited(to: most) })
    }
}

extension Ramp {
    /// The part of the ramp that lies below a number of users; nil: it is above all the time.
    fileprivate func limited(to most: Int) -> Ramp? {
        if from >= most && to >= most { return nil }
        let start = from > most ? due(after: most) : startNanoseconds
        return Ramp(from: min(from, most), to: min(to, most), ratePerSecond: ratePerSecond, startNanoseconds: start)
    }
}
