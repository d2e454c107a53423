import HTTPTransport
import LoadModel

/// What one engine thread needs to know before it starts.
package struct EngineSettings: Sendable {
    /// The script's classes, with the host and connection mode that hold in this run filled in.
    package var userClasses: [UserClass]
    /// Connections this thread may have open at once; further requests that need one wait. 0: no cap. `EngineCommand.cap` changes it.
    package var connectionCap = 0
    /// The open model's schedule; what of it is this thread's comes by `EngineCommand.arrivals`. nil: the closed model.
    package var arrivals: Load.Arrivals?
    /// Iterations, and requests, are leased under these numbers, as rows of data sources are under theirs; nil: there may be any number.
    package var iterationSource: Int?
    package var requestSource: Int?
    package var transport = TransportOptions()
    /// Seed of the thread's random choices (task picks, waits).
    package var seed: UInt64
    /// Until when the thread may send requests; one for all threads of a worker. Unless set: for ever.
    package var lease = EngineLease()
    /// Response times are counted as a Locust master wants them: see `IntervalRecorder`.
    package var isOnLocustGrid = false
    /// Where the thread shows its figures; one for each thread, with as many classes as there are here.
    package var gauges: EngineGauges

    package init(userClasses: [UserClass], seed: UInt64) {
        self.userClasses = userClasses
        self.seed = seed
        gauges = EngineGauges(userClasses: userClasses.count)
    }
}
