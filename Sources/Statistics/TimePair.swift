/// Two times of the same events: the response time, from the moment when each was due, and the own time, from when it did begin.
struct TimePair: Sendable, Equatable {
    /// Of those events whose two times fall into different buckets; the exact figures are of all events.
    var late: TimeStatistics
    /// Own times of the same events.
    var own: TimeStatistics
    /// Both times of the other events. Adding them once instead of twice is what merging a snapshot waits for: memory.
    var onTime = TimeHistogram(.threeDigits)

    /// Without times. `reading`: how percentiles are read.
    init(reading: TimeReading = .house) {
        late = TimeStatistics(reading: reading)
        own = TimeStatistics(reading: reading)
    }

    /// True where nobody tells one time from the other: Locust has no moment when a request was due.
    var hasOneTime: Bool { late.reading == .locust }

    /// From the moment when it was due.
    /// - Complexity: O(buckets)
    var response: TimeStatistics { late.adding(onTime) }
    /// From when it did begin.
    /// - Complexity: O(buckets)
    var service: TimeStatistics { own.adding(onTime) }

    /// Sum of response times less sum of own times, exact.
    var delaySumNanoseconds: Int128 { late.extent.sumNanoseconds - own.extent.sumNanoseconds }

    /// Adds an interval's exact figures.
    mutating func merge(response: TimeExtent, service: TimeExtent) {
        late.merge(response)
        own.merge(service)
    }

    /// Adds an interval's cells of one of the three series that are times of this kind.
    mutating func add(_ cells: UnsafeBufferPointer<HistogramCell>, series: TimeSeries) {
        switch series {
        case .onTime: onTime.add(cells)
        case .response: late.add(cells)
        default: own.add(cells)
        }
    }

    /// Adds another's times.
    mutating func merge(_ other: TimePair) {
        late.merge(other.late)
        own.merge(other.own)
        onTime.merge(other.onTime)
    }
}
