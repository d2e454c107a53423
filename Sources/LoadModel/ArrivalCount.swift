extension ArrivalSchedule {
    /// When the start after the first `count` ones is due; nil: there are no more.
    /// - Complexity: O(log lines) in the constant spacing, O(`count`) in the other
    package func due(after count: Int) -> Int64? {
        if spacing == .constant { return rate.nanoseconds(atArea: Double(count)) }
        var (block, before) = (0, 0)
        while true {
            let offsets = offsets(ofBlock: block)
            let base = Double(block * Self.blockStarts)
            if before + offsets.count > count { return rate.nanoseconds(atArea: base + offsets[count - before]) }
            guard rate.nanoseconds(atArea: base + Double(Self.blockStarts)) != nil else { return nil }
            before += offsets.count
            block += 1
        }
    }
}

/// How many starts of a schedule are due before a moment that only ever moves on.
package struct ArrivalCount: Sendable {
    private let schedule: ArrivalSchedule
    private var block = 0
    /// Starts in the blocks before.
    private var before = 0
    private var offsets: [Double]

    package init(_ schedule: ArrivalSchedule) {
        self.schedule = schedule
        offsets = schedule.offsets(ofBlock: 0)
    }

    /// Starts due before `elapsed`, in nanoseconds since the start of the run, which is no less than in the call before.
    /// - Complexity: O(starts since then) where they are random, otherwise O(log starts · log lines)
    package mutating func starts(before elapsed: Int64) -> Int {
        if schedule.spacing == .constant { return evenStarts(before: elapsed) }
        while let next = schedule.rate.nanoseconds(atArea: Double((block + 1) * ArrivalSchedule.blockStarts)), next < elapsed {
            before += offsets.count
            block += 1
            offsets = schedule.offsets(ofBlock: block)
        }
        let base = Double(block * ArrivalSchedule.blockStarts)
        return before + offsets.count { offset in schedule.rate.nanoseconds(atArea: base + offset).map { $0 < elapsed } ?? false }
    }

    private func evenStarts(before elapsed: Int64) -> Int {
        var (low, high) = (0, Int(min(schedule.rate.area(until: elapsed), 1e15)) + 2)
        while low < high {
            let middle = (low + high) / 2
            if let due = schedule.rate.nanoseconds(atArea: Double(middle)), due < elapsed { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
