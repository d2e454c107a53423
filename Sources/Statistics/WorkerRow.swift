/// What the master knows of one worker.
package struct WorkerRow: Sendable, Equatable {
    /// The worker's id.
    package var name: String
    package var host: String
    /// `joining`, `ready`, `spawning`, `running`, `stopping`, `silent`, `lost`, `replaced`, `left` or `failed`.
    package var state: String
    /// Active at its last word.
    package var users: Int
    /// That it was told to have.
    package var usersDealt: Int
    /// That it can carry.
    package var capacity: Int
    /// Handed to the transport in the last second, per second.
    package var requestsPerSecond: Double
    /// Percent of one core.
    package var cpuPercent: Double
    /// Resident, in bytes.
    package var memoryBytes: Int64
    /// The worst delay of an engine loop in its last interval, in nanoseconds.
    package var lagNanoseconds: Int64
    /// Since its last delta came in, in nanoseconds; nil: none yet.
    package var deltaAgeNanoseconds: Int64?
    /// Since its last word, in nanoseconds.
    package var silenceNanoseconds: Int64
    package var issued: Int64
    package var merged: Int64
    package var interrupted: Int64
    /// Where it runs.
    package var machine = WorkerMachine()

    package init(
        name: String, host: String, state: String, users: Int, usersDealt: Int, capacity: Int, requestsPerSecond: Double,
        cpuPercent: Double,
        memoryBytes: Int64, lagNanoseconds: Int64, deltaAgeNanoseconds: Int64?, silenceNanoseconds: Int64, issued: Int64, merged: Int64,
        interrupted: Int64
    ) {
        self.name = name
        self.host = host
        self.state = state
        self.users = users
        self.usersDealt = usersDealt
        self.capacity = capacity
        self.requestsPerSecond = requestsPerSecond
        self.cpuPercent = cpuPercent
        self.memoryBytes = memoryBytes
        self.lagNanoseconds = lagNanoseconds
        self.deltaAgeNanoseconds = deltaAgeNanoseconds
        self.silenceNanoseconds = silenceNanoseconds
        self.issued = issued
        self.merged = merged
        self.interrupted = interrupted
    }
}
