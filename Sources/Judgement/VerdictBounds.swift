/// The bounds of all rules: what docs/verdict.md explains, in one place.
enum VerdictBounds {
    // How late the loops were, against the service time's same percentile.
    static let suspectLag: Int64 = 1_000_000
    static let suspectLagShare = 0.1
    /// Above this the load itself is another one, whatever the service time is.
    static let suspectLagAlone: Int64 = 20_000_000
    static let invalidLag: Int64 = 100_000_000
    static let invalidLagShare = 0.5
    /// A delay is the loops' doing when their lag makes up so much of it.
    static let lagInDelay = 0.25

    /// Share of the time in which a processor, or the quota, was used up, and how long that is at least.
    static let suspectBusyShare = 0.1
    /// Percent of one core, as a worker of one thread tells it: where Locust warns, too.
    static let suspectCorePercent = 90.0
    static let leastBusyNanoseconds: Int64 = 2_000_000_000
    /// Shares of the time in which no thread of the process ran though one was to.
    static let suspectPauseShare = 0.02
    static let invalidPauseShare = 0.5
    static let suspectLongestPause: Int64 = 1_000_000_000
    /// Shares of the time in which engine threads had no core though they were ready.
    static let suspectWaitShare = 0.25
    static let invalidWaitShare = 0.8
    /// Shares of a quota's periods in which it was used up.
    static let suspectThrottledShare = 0.01
    static let invalidThrottledShare = 0.1
    /// Share of the machine's time that went to other machines.
    static let suspectStolenShare = 0.1
    /// A process that was watched for less is not judged by its health.
    static let leastWatchedNanoseconds: Int64 = 1_000_000_000

    /// Share of requests that failed for want of a port or descriptor, and were none of the target's doing.
    static let invalidLimitShare = 0.01
    /// Descriptors and ports are running out.
    static let fewDescriptors = 16
    static let manyPorts = 0.8

    /// Starts that did begin, of those that were due.
    static let reachedRate = 0.98
    /// Users' time inside tasks against the sum of the tasks.
    static let suspectLittle = 0.02
    static let invalidLittle = 0.1
    static let leastIterations: Int64 = 1000
    /// A median of so many times the least service time is told to be a saturated target's.
    static let slowFactor = 5.0
    static let slowNanoseconds: Int64 = 20_000_000

    /// Requests that are neither in the result nor interrupted.
    static let invalidUnaccountedShare = 0.2
    /// Starts of workers that lie apart, beyond what the clocks' offsets are uncertain.
    static let suspectSkew: Int64 = 100_000_000
    static let invalidSkew: Int64 = 1_000_000_000
    /// Fewer requests have no tail.
    static let fewRequests: Int64 = 100
    /// Share of the starts that a generator which was not at ease may have dropped before the measurement is invalid: p99 is then in doubt.
    static let drops = 0.01
}
