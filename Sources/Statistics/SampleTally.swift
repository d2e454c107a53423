import LoadModel

/// The counting itself: exact figures by request, failures by number, histogram cells in one hash table.
///
/// A struct of its own so that one sample is one access to it, with no check for exclusive access and none for a shared array in between:
/// as properties of the recorder they cost 60 ns more a sample. Owned by one thread.
struct SampleTally: ~Copyable {
    /// One request's figures in the interval.
    struct Figures {
        var requests: Int64 = 0
        var failures: Int64 = 0
        var interrupted: Int64 = 0
        var receivedBytes: Int64 = 0
        var responseTime = TimeExtent()
        var serviceTime = TimeExtent()

        /// True when there is something to report.
        var isTouched: Bool { requests > 0 || interrupted > 0 }
    }

    private var figures: UnsafeMutablePointer<Figures>
    private var figuresCapacity = 64
    private var figuresCount = 0
    private var cells = CountTable()
    /// By failure number.
    private var failureCounts: [Int64] = []
    private var touchedFailures: [Int] = []
    /// Response times are counted by the numbers of Locust's keys, and nothing else is put into histograms.
    private let isOnLocustGrid: Bool

    /// Without requests. `isOnLocustGrid`: see `IntervalRecorder`.
    init(isOnLocustGrid: Bool) {
        figures = .allocate(capacity: figuresCapacity)
        self.isOnLocustGrid = isOnLocustGrid
    }

    deinit { figures.deallocate() }

    /// Number of histogram cells touched.
    var cellCount: Int { cells.count }

    /// Makes room for the next request number.
    mutating func addRequest() {
        if figuresCount == figuresCapacity {
            let larger = UnsafeMutablePointer<Figures>.allocate(capacity: figuresCapacity * 2)
            larger.moveInitialize(from: figures, count: figuresCount)
            figures.deallocate()
            figures = larger
            figuresCapacity *= 2
        }
        (figures + figuresCount).initialize(to: Figures())
        figuresCount += 1
    }

    /// Makes room for the next failure number.
    mutating func addFailure() { failureCounts.append(0) }

    /// Counts one finished request.
    mutating func record(_ sample: borrowing RequestSample) {
        let number = Int(sample.request.rawValue)
        precondition(number >= 0 && number < figuresCount, "a request number of another recorder")
        let own = figures + number
        own.pointee.requests &+= 1
        own.pointee.receivedBytes &+= sample.receivedBytes
        own.pointee.responseTime.add(sample.responseTimeNanoseconds)
        own.pointee.serviceTime.add(sample.serviceTimeNanoseconds)
        if sample.failure != .none {
            own.pointee.failures &+= 1
            recordFailure(Int(sample.failure.rawValue))
        }
        let base = UInt32(truncatingIfNeeded: number) << HistogramCell.seriesBits
        if isOnLocustGrid {
            count(base, .response, LocustTime.number(ofNanoseconds: sample.responseTimeNanoseconds))
            return
        }
        let response = TimeBuckets.microseconds(ofNanoseconds: sample.responseTimeNanoseconds)
        let service = TimeBuckets.microseconds(ofNanoseconds: sample.serviceTimeNanoseconds)
        let responseBucket = TimeBuckets.threeDigits.index(ofMicroseconds: response)
        let serviceBucket = TimeBuckets.threeDigits.index(ofMicroseconds: service)
        if responseBucket == serviceBucket {
            count(base, .onTime, responseBucket)
        } else {
            count(base, .response, responseBucket)
            count(base, .service, serviceBucket)
            let delay = sample.responseTimeNanoseconds &- sample.serviceTimeNanoseconds
            count(base, .delay, phase: TimeBuckets.microseconds(ofNanoseconds: delay))
        }
        count(base, .status, Int(min(max(sample.status, 0), 999)))
        count(base, sample.phases)
    }

    /// Counts phases of a request beside those of its sample.
    @inline(never)
    mutating func record(_ phases: PhaseTimes, of number: Int) {
        precondition(number >= 0 && number < figuresCount, "a request number of another recorder")
        if isOnLocustGrid { return }
        count(UInt32(truncatingIfNeeded: number) << HistogramCell.seriesBits, phases)
    }

    @inline(__always)
    private mutating func count(_ base: UInt32, _ phases: PhaseTimes) {
        count(base, .wait, phase: phases.waitMicroseconds)
        count(base, .receive, phase: phases.receiveMicroseconds)
        // Absent together, on a connection that was open before.
        if phases.lookupMicroseconds & phases.connectMicroseconds & phases.tlsMicroseconds != PhaseTimes.absent {
            count(base, .lookup, phase: phases.lookupMicroseconds)
            count(base, .connect, phase: phases.connectMicroseconds)
            count(base, .tls, phase: phases.tlsMicroseconds)
        }
    }

    /// Counts a request that was cut off.
    mutating func recordInterrupted(_ number: Int) {
        precondition(number >= 0 && number < figuresCount, "a request number of another recorder")
        figures[number].interrupted += 1
    }

    @inline(never)
    private mutating func recordFailure(_ failure: Int) {
        if failureCounts[failure] == 0 { touchedFailures.append(failure) }
        failureCounts[failure] += 1
    }

    @inline(__always)
    private mutating func count(_ base: UInt32, _ series: TimeSeries, _ bucket: Int) {
        cells.increment(base | UInt32(series.rawValue) << HistogramCell.bucketBits | UInt32(truncatingIfNeeded: bucket))
    }

    @inline(__always)
    private mutating func count(_ base: UInt32, _ series: TimeSeries, phase microseconds: Int64) {
        if microseconds != PhaseTimes.absent { count(base, series, TimeBuckets.twoDigits.index(ofMicroseconds: microseconds)) }
    }

    /// A request's figures, which are zero afterwards; nil when nothing happened.
    mutating func takeFigures(_ number: Int) -> Figures? {
        guard figures[number].isTouched else { return nil }
        let taken = figures[number]
        figures[number] = Figures()
        return taken
    }

    /// All cells as `key << 32 | count`, in no order; there are none afterwards.
    mutating func takeCells(_ body: (UInt64) -> Void) { cells.drain(body) }

    /// Number and count of each failure that happened; there are none afterwards.
    mutating func takeFailures() -> [(number: Int, count: Int64)] {
        let taken = touchedFailures.map { ($0, failureCounts[$0]) }
        for number in touchedFailures { failureCounts[number] = 0 }
        touchedFailures.removeAll(keepingCapacity: true)
        return taken
    }
}
