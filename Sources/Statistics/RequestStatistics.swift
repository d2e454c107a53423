/// Everything measured for one request (method and name), or for all together.
package struct RequestStatistics: Sendable, Equatable {
    /// Nil for the total.
    package let key: RequestKey?
    /// Finished, with an answer or without, failures included.
    package private(set) var requests: Int64 = 0
    package private(set) var failures: Int64 = 0
    /// Cut off at the stop: neither in `requests` nor in any time.
    package private(set) var interrupted: Int64 = 0
    /// Bytes of the bodies as received.
    package private(set) var receivedBytes: Int64 = 0
    /// Response and service times of those samples whose two times fall into different buckets; their exact figures are of all samples.
    private var response = TimeStatistics()
    private var service = TimeStatistics()
    /// Both times of the other samples. Adding them once instead of twice is what merging a snapshot waits for: memory.
    private var onTime = TimeHistogram(.threeDigits)
    /// Only phases that happened; 2 significant digits.
    package private(set) var phases: [TimeSeries: TimeHistogram] = [:]
    /// Requests by status code; 0: no answer.
    package private(set) var statuses: [Int: Int64] = [:]
    /// Seconds since the start of the run of the first and last interval with such a request; nil before.
    package private(set) var seen: ClosedRange<Int>?

    /// Without requests.
    package init(key: RequestKey?) { self.key = key }

    /// The phases in the order in which they happen.
    package static let phaseOrder: [TimeSeries] = [.lookup, .connect, .tls, .wait, .receive]

    /// From the intended start.
    /// - Complexity: O(buckets), some microseconds: to be read once, not figure by figure
    package var responseTime: TimeStatistics { response.adding(onTime) }
    /// From handing over to the transport.
    /// - Complexity: O(buckets)
    package var serviceTime: TimeStatistics { service.adding(onTime) }

    /// Failures over requests, 0…1; 0 without requests.
    package var failureRatio: Double { requests == 0 ? 0 : Double(failures) / Double(requests) }
    /// Bytes a request; nil without requests.
    package var averageBytes: Double? { requests == 0 ? nil : Double(receivedBytes) / Double(requests) }
    /// Average of response time minus service time; nil without requests. Exact.
    package var averageSchedulingDelayNanoseconds: Double? {
        requests == 0 ? nil : Double(response.extent.sumNanoseconds - service.extent.sumNanoseconds) / Double(requests)
    }

    /// Adds an interval's exact figures.
    mutating func merge(_ interval: RequestInterval, second: Int) {
        requests += interval.requests
        failures += interval.failures
        interrupted += interval.interrupted
        receivedBytes.addSaturating(interval.receivedBytes)
        response.merge(interval.responseTime)
        service.merge(interval.serviceTime)
        seen = Self.union(seen, second...second)
    }

    /// Adds an interval's cells of one series.
    mutating func add(_ cells: UnsafeBufferPointer<HistogramCell>, series: TimeSeries) {
        switch series {
        case .onTime: onTime.add(cells)
        case .response: response.add(cells)
        case .service: service.add(cells)
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
        response.merge(other.response)
        service.merge(other.service)
        onTime.merge(other.onTime)
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
