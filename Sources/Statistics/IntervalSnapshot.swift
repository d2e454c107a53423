import LoadModel

/// What one engine thread (or, folded, one worker) measured in one interval: plain values, in sorted arrays.
///
/// Sizes follow what was touched, not what exists. Names travel with every snapshot, so that each can be merged alone.
package struct IntervalSnapshot: Sendable, Equatable {
    /// Requests handed to the transport in the interval.
    package var issued: Int64 = 0
    /// Connections opened in the interval.
    package var connectionsOpened: Int64 = 0
    /// Requests that ended in the interval, by key; ascending by key, each key once.
    package var requests: [RequestInterval] = []
    /// The cells of all histograms: ascending by key, i.e. by request, series and bucket.
    package var cells: [HistogramCell] = []
    /// Ascending by request, then reason; each once.
    package var failures: [FailureInterval] = []
    /// Ascending by place; each place once.
    package var exceptions: [ExceptionInterval] = []
    /// What scripts measured themselves, ascending by key; each once.
    package var custom: [CustomInterval] = []
    /// Iterations that ended in the interval, ascending by key; each once.
    package var iterations: [IterationInterval] = []
    /// How late engine loops did what was due.
    package var lag = LagInterval()
    /// For how long users were inside an iteration, added up over the users.
    package var busyNanoseconds: Int64 = 0
    /// Starts of the open model that users began with, and that were given up.
    package var startsBegun: Int64 = 0
    /// See `startsBegun`.
    package var startsDropped: Int64 = 0
    /// Examples of what went above a limit.
    package var examples = OverflowExamples()

    package init() {}

    /// True when nothing happened.
    package var isEmpty: Bool {
        issued == 0 && connectionsOpened == 0 && requests.isEmpty && exceptions.isEmpty && custom.isEmpty && iterations.isEmpty
            && lag.cells.isEmpty && busyNanoseconds == 0 && startsBegun == 0 && startsDropped == 0
    }

    /// Number of all histogram cells.
    package var cellCount: Int {
        custom.reduce(cells.count) { $0 + $1.cells.count } + iterations.reduce(lag.cells.count) { $0 + $1.cells.count }
    }
}

/// What the cells of a snapshot count.
package enum TimeSeries: UInt8, Sendable, CaseIterable {
    /// Response and service time of samples whose two times fall into one bucket; `response` and `service` hold the others.
    case onTime
    case response, service, lookup, connect, tls, wait, receive
    /// Not a time: the cell's bucket is the status code (0: no answer).
    case status
    /// Response less service time of samples whose two times fall into different buckets; and, on its own, loop lag.
    case delay

    /// The buckets of the series' times.
    package var buckets: TimeBuckets { rawValue <= Self.service.rawValue ? .threeDigits : .twoDigits }

    /// Whether it is a part of the service time.
    var isPhase: Bool { rawValue >= Self.lookup.rawValue && rawValue <= Self.receive.rawValue }

    /// Buckets are below this.
    var bucketLimit: Int { self == .status ? 1000 : buckets.count }
}

/// One cell of a histogram: how many samples of one request, in one series, fell into one bucket.
package struct HistogramCell: Sendable, Equatable {
    /// `request << 19 | series << 15 | bucket`, where `request` is a position in `IntervalSnapshot.requests`.
    package var key: UInt32
    /// Above 0. One key may stand in two neighbouring cells when one count does not suffice.
    package var count: UInt32

    /// Bits of the key below the series, and below the request.
    static let bucketBits: UInt32 = 15
    static let seriesBits: UInt32 = 19
    /// The bits of series and bucket.
    static let withinRequest: UInt32 = 1 << seriesBits - 1

    /// From the parts; `bucket` below 32,768 and `request` below 8,192.
    package init(request: Int, series: TimeSeries, bucket: Int, count: UInt32) {
        precondition(request < 1 << 13 && bucket < 1 << Self.bucketBits, "a cell's parts do not fit")
        key = UInt32(request) << Self.seriesBits | UInt32(series.rawValue) << Self.bucketBits | UInt32(bucket)
        self.count = count
    }

    /// From a packed key, unchecked.
    package init(key: UInt32, count: UInt32) {
        self.key = key
        self.count = count
    }

    /// Position in `IntervalSnapshot.requests`.
    package var request: Int { Int(key >> Self.seriesBits) }
    /// What is counted. Values that are no series read as `.status`; `IntervalSnapshot.isWellFormed` finds them.
    package var series: TimeSeries { TimeSeries(rawValue: UInt8(truncatingIfNeeded: key >> Self.bucketBits) & 15) ?? .status }
    /// True when the key's series is one.
    var hasSeries: Bool { (key >> Self.bucketBits) & 15 <= UInt32(TimeSeries.delay.rawValue) }
    /// Bucket index in the series' layout, or a status code.
    package var bucket: Int { Int(key & 0x7FFF) }
}

/// The exact figures of one request in one interval.
package struct RequestInterval: Sendable, Equatable {
    package var key: RequestKey
    /// Finished, failures included.
    package var requests: Int64 = 0
    package var failures: Int64 = 0
    /// Cut off at the stop; neither in `requests` nor in any time.
    package var interrupted: Int64 = 0
    package var receivedBytes: Int64 = 0
    package var responseTime = TimeExtent()
    package var serviceTime = TimeExtent()

    package init(key: RequestKey) { self.key = key }
}

/// Sum, least and greatest of some times, exact.
package struct TimeExtent: Sendable, Equatable {
    package var sumNanoseconds: Int128 = 0
    /// `Int64.max` when there is no time yet.
    package var minNanoseconds: Int64 = .max
    /// `Int64.min` when there is no time yet.
    package var maxNanoseconds: Int64 = .min

    package init() {}

    /// Adds one time.
    @inline(__always)
    package mutating func add(_ nanoseconds: Int64) {
        sumNanoseconds &+= Int128(nanoseconds)
        if nanoseconds < minNanoseconds { minNanoseconds = nanoseconds }
        if nanoseconds > maxNanoseconds { maxNanoseconds = nanoseconds }
    }

    /// Adds another's times.
    package mutating func merge(_ other: TimeExtent) {
        sumNanoseconds += other.sumNanoseconds
        minNanoseconds = min(minNanoseconds, other.minNanoseconds)
        maxNanoseconds = max(maxNanoseconds, other.maxNanoseconds)
    }
}

/// Failures of one request for one reason in one interval.
package struct FailureInterval: Sendable, Equatable {
    package var key: FailureKey
    package var count: Int64

    package init(key: FailureKey, count: Int64) {
        self.key = key
        self.count = count
    }
}

/// Exceptions at one place in one interval.
package struct ExceptionInterval: Sendable, Equatable {
    /// One of them; its `place` is the key.
    package var example: ScriptException
    /// The class of the user that raised the example.
    package var userClass: String
    package var count: Int64

    package init(example: ScriptException, userClass: String, count: Int64) {
        self.example = example
        self.userClass = userClass
        self.count = count
    }

    /// Counts more of them.
    mutating func add(_ more: Int64) { count += more }

    /// Adds the other's count; keeps the example with the lesser message, so that the order of merging does not matter.
    mutating func merge(_ other: ExceptionInterval) {
        count += other.count
        if (other.example.message, other.userClass, other.example.stack) < (example.message, userClass, example.stack) {
            example = other.example
            userClass = other.userClass
        }
    }
}
