import LoadModel

/// Counts iterations by task: exact figures in a row, histogram cells in one hash table. Owned by one thread.
struct IterationTally: ~Copyable {
    /// One task's figures in the interval.
    private struct Figures {
        var count: Int64 = 0
        var failed: Int64 = 0
        var responseTime = TimeExtent()
        var duration = TimeExtent()
    }

    /// By number.
    private let keys: [IterationKey]
    /// Numbers of the tasks of all classes, one class after the other.
    private let numbers: UnsafeMutablePointer<Int32>
    /// By class: where its tasks begin in `numbers`; and where the last one's end.
    private let starts: [Int]
    private let figures: UnsafeMutablePointer<Figures>
    private var cells = CountTable()

    /// `limit`: tasks that are told apart; the rest are one.
    init(userClasses: [UserClass], limit: Int) {
        var known: [IterationKey: Int32] = [:]
        var keys: [IterationKey] = []
        var all: [Int32] = []
        var starts = [0]
        for userClass in userClasses {
            for task in userClass.tasks {
                var key = IterationKey(userClass: StatisticsLimits.cut(userClass.name), task: StatisticsLimits.cut(task.name))
                if known[key] == nil, keys.count >= limit { key = .other }
                let number = known[key] ?? Int32(keys.count)
                if known[key] == nil { keys.append(key) }
                known[key] = number
                all.append(number)
            }
            starts.append(all.count)
        }
        self.keys = keys
        self.starts = starts
        numbers = .allocate(capacity: max(1, all.count))
        numbers.initialize(from: all, count: all.count)
        figures = .allocate(capacity: max(1, keys.count))
        figures.initialize(repeating: Figures(), count: keys.count)
    }

    deinit {
        numbers.deallocate()
        figures.deallocate()
    }

    /// The number of a class's task.
    func number(userClass: Int, task: Int) -> Int32 {
        precondition(task >= 0 && starts[userClass] + task < starts[userClass + 1], "a task that the recorder was not made for")
        return numbers[starts[userClass] + task]
    }

    /// Counts one iteration.
    mutating func record(_ number: Int32, responseNanoseconds: Int64, durationNanoseconds: Int64, failed: Bool) {
        precondition(number >= 0 && Int(number) < keys.count, "an iteration's number of another recorder")
        let own = figures + Int(number)
        own.pointee.count &+= 1
        if failed { own.pointee.failed &+= 1 }
        own.pointee.responseTime.add(responseNanoseconds)
        own.pointee.duration.add(durationNanoseconds)
        let response = TimeBuckets.threeDigits.index(ofMicroseconds: TimeBuckets.microseconds(ofNanoseconds: responseNanoseconds))
        let duration = TimeBuckets.threeDigits.index(ofMicroseconds: TimeBuckets.microseconds(ofNanoseconds: durationNanoseconds))
        let base = UInt32(bitPattern: number) << HistogramCell.seriesBits
        if response == duration {
            count(base, .onTime, response)
        } else {
            count(base, .response, response)
            count(base, .service, duration)
        }
    }

    @inline(__always)
    private mutating func count(_ base: UInt32, _ series: TimeSeries, _ bucket: Int) {
        cells.increment(base | UInt32(series.rawValue) << HistogramCell.bucketBits | UInt32(truncatingIfNeeded: bucket))
    }

    /// What was counted since the last call, ascending by key.
    /// - Complexity: O(tasks + buckets touched)
    mutating func take() -> [IterationInterval] {
        if cells.count == 0 { return [] }
        var packed: [UInt64] = []
        packed.reserveCapacity(cells.count)
        cells.drain { packed.append($0) }
        packed.sortByUpperHalf()
        var taken: [IterationInterval] = []
        var position = 0
        while position < packed.count {
            let number = Int(packed[position] >> 51)
            var interval = IterationInterval(key: keys[number])
            let own = figures[number]
            figures[number] = Figures()
            interval.count = own.count
            interval.failed = own.failed
            interval.responseTime = own.responseTime
            interval.duration = own.duration
            while position < packed.count, Int(packed[position] >> 51) == number {
                let key = UInt32(packed[position] >> 32) & HistogramCell.withinRequest
                interval.cells.append(HistogramCell(key: key, count: UInt32(truncatingIfNeeded: packed[position])))
                position += 1
            }
            taken.append(interval)
        }
        return taken.sorted { $0.key < $1.key }
    }
}
