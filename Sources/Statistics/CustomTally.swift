import LoadModel

/// Counts what scripts measure themselves. Made with the first measurement, so that nobody else pays for it. Owned by one thread.
///
/// Names are kept for the tally's life, within the limit; figures and cells are those of one interval.
final class CustomTally {
    private let limit: Int
    private var numbers: [CustomKey: Int] = [:]
    /// By number; without cells, which all stand in one table.
    private var entries: [CustomInterval] = []
    private var touched: [Int] = []
    /// `number << 15 | bucket` of timings.
    private var cells = CountTable()
    /// An example of what went above the limit.
    private(set) var example: String?

    /// `limit`: names that are told apart, over both kinds.
    init(limit: Int) { self.limit = limit }

    /// Counts one measurement.
    func record(_ measurement: Measurement) {
        switch measurement {
        case .timing(let name, let nanoseconds):
            let limit = SnapshotBounds.nanoseconds
            let time = min(max(nanoseconds, -limit), limit)
            let number = number(of: .timing, name)
            touch(number)
            entries[number].times.add(time)
            let bucket = TimeBuckets.threeDigits.index(ofMicroseconds: TimeBuckets.microseconds(ofNanoseconds: time))
            cells.increment(UInt32(number) << HistogramCell.bucketBits | UInt32(bucket))
        case .counter(let name, let amount):
            let number = number(of: .counter, name)
            touch(number)
            entries[number].sumBillionths.addSaturating(CustomInterval.billionths(ofAmount: amount))
        }
    }

    private func touch(_ number: Int) {
        if entries[number].count == 0 { touched.append(number) }
        entries[number].count += 1
    }

    private func number(of kind: CustomKey.Kind, _ name: String) -> Int {
        let key = CustomKey(kind: kind, name: StatisticsLimits.cut(name))
        if let number = numbers[key] { return number }
        if numbers.count >= limit, key.name != StatisticsLimits.otherName {
            example = OverflowExamples.least(example, key.name)
            return number(of: kind, StatisticsLimits.otherName)
        }
        numbers[key] = entries.count
        entries.append(CustomInterval(key: key))
        return entries.count - 1
    }

    /// What was counted since the last call, ascending by key.
    /// - Complexity: O(names and buckets touched)
    func take() -> [CustomInterval] {
        if touched.isEmpty { return [] }
        var packed: [UInt64] = []
        packed.reserveCapacity(cells.count)
        cells.drain { packed.append($0) }
        packed.sortByUpperHalf()
        var position = 0
        var taken: [CustomInterval] = []
        for number in touched.sorted() {
            var entry = entries[number]
            entries[number] = CustomInterval(key: entry.key)
            // Cells ascend by number, and each is of a number that was touched.
            while position < packed.count, Int(packed[position] >> 47) == number {
                let bucket = UInt32(packed[position] >> 32) & 0x7FFF
                entry.cells.append(HistogramCell(key: bucket, count: UInt32(truncatingIfNeeded: packed[position])))
                position += 1
            }
            taken.append(entry)
        }
        touched.removeAll(keepingCapacity: true)
        return taken.sorted { $0.key < $1.key }
    }
}
