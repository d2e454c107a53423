/// Everything measured for one request (method and name), or for all together.
package struct RequestStatistics: Sendable, Equatable {
    /// Nil for the total.
    package let key: RequestKey?
    /// Finished, with an answer or without, failures included.
    package internal(set) var requests: Int64 = 0
    package internal(set) var failures: Int64 = 0
    /// Cut off at the stop: neither in `requests` nor in any time.
    package internal(set) var interrupted: Int64 = 0
    /// Bytes of the bodies as received.
    package internal(set) var receivedBytes: Int64 = 0
    /// Response and service times.
    var times: TimePair
    /// Of those requests whose delay was noticed.
    var delays = TimeHistogram(.twoDigits)
    /// Only phases that happened; 2 significant digits.
    package internal(set) var phases: [TimeSeries: TimeHistogram] = [:]
    /// Requests by status code; 0: no answer.
    package internal(set) var statuses: [Int: Int64] = [:]
    /// Seconds since the start of the run of the first and last interval with such a request; nil before.
    package internal(set) var seen: ClosedRange<Int>?

    /// Without requests.
    package init(key: RequestKey?, reading: TimeReading = .house) {
        self.key = key
        times = TimePair(reading: reading)
    }

    /// The phases in the order in which they happen.
    package static let phaseOrder: [TimeSeries] = [.lookup, .connect, .tls, .wait, .receive]

    /// From the intended start.
    /// - Complexity: O(buckets), some microseconds: to be read once, not figure by figure
    package var responseTime: TimeStatistics { times.response }
    /// From handing over to the transport; empty where workers tell one time only.
    /// - Complexity: O(buckets)
    package var serviceTime: TimeStatistics { times.hasOneTime ? TimeStatistics() : times.service }
    /// Response less service time; empty where workers tell one time only.
    /// - Complexity: O(buckets)
    package var schedulingDelay: DelayStatistics {
        DelayStatistics(late: delays, requests: times.hasOneTime ? 0 : requests, sumNanoseconds: times.delaySumNanoseconds)
    }
    /// Sum of the scheduling delays, exact.
    var delaySumNanoseconds: Int128 { times.delaySumNanoseconds }

    /// Failures over requests, 0…1; 0 without requests.
    package var failureRatio: Double { requests == 0 ? 0 : Double(failures) / Double(requests) }
    /// Bytes a request; nil without requests.
    package var averageBytes: Double? { requests == 0 ? nil : Double(receivedBytes) / Double(requests) }
    /// Average of response time minus service time; nil without requests. Exact.
    package var averageSchedulingDelayNanoseconds: Double? {
        requests == 0 || times.hasOneTime ? nil : Double(times.delaySumNanoseconds) / Double(requests)
    }

    /// Adds an interval's exact figures.
    mutating func merge(_ interval: RequestInterval, second: Int) {
        requests += interval.requests
        failures += interval.failures
        interrupted += interval.interrupted
        receivedBytes.addSaturating(interval.receivedBytes)
        times.merge(response: interval.responseTime, service: interval.serviceTime)
        seen = Self.union(seen, second...second)
    }

    /// Adds an interval's cells of one series.
    mutating func add(_ cells: UnsafeBufferPointer<HistogramCell>, series: TimeSeries) {
        switch series {
        case .onTime, .response, .service: times.add(cells, series: series)
        case .delay: delays.add(cells)
        case .status: for cell in cells { statuses[cell.bucket, default: 0] += Int64(cell.count) }
        default: phases[series, default: TimeHistogram(series.buckets)].add(cells)
        }
    }

    /// Adds all figures of another request.
    package mutating func merge(_ other: RequestStatistics) {
        requests += other.requests
        failures += other.failures
        interrupted += other.interrupted
        receivedBytes.addSaturating(other.receivedBytes)
        times.merge(other.times)
        delays.merge(other.delays)
        for (series, histogram) in other.phases { phases[series, default: TimeHistogram(series.buckets)].merge(histogram) }
        for (status, count) in other.statuses { statuses[status, default: 0] += count }
        if let others = other.seen { seen = Self.union(seen, others) }
    }

    /// The smallest range around both.
    static func union(_ a: ClosedRange<Int>?, _ b: ClosedRange<Int>) -> ClosedRange<Int> {
        guard let a else { return b }
        return min(a.lowerBound, b.lowerBound)...max(a.upperBound, b.upperBound)
    }
}
