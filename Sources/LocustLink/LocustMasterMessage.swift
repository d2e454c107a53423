/// What a Locust master tells a worker: one MessagePack array `[type, data, id]` each, where the id is the worker's (Locust 2.47).
package enum LocustMasterMessage: Sendable, Equatable {
    /// The answer to `client_ready`; nil from masters before 2.10.3. `ack`
    case acknowledge(index: Int?)
    /// So many users you shall have. `spawn`
    case spawn(LocustSpawn)
    /// All users of a ramp are there, over all workers. `spawning_complete`
    case spawningComplete(users: Int)
    /// The answer to a heartbeat. `heartbeat`
    case heartbeat
    /// End all users, then say `client_stopped`, then `client_ready`. `stop`
    case stop
    /// Report what is left and end; also the answer to strangers. `quit`
    case quit
    /// Your last message could not be read: make a new connection under the same id. `reconnect`
    case reconnect
    /// The answer to a request for files that this master does not give, in words. `locustfile`
    case noFile(reason: String)
    /// A type that only the users' own code knows, or one that is of no use here.
    case other(type: String)
}

/// An order of a Locust master.
package struct LocustSpawn: Sendable, Equatable {
    /// Seconds since 1970 by the master's clock; rises, and what is not later than the last one accepted is an old order.
    package var timestamp: Double
    /// Absolute numbers by class.
    package var users: [LocustUsers]
    /// Takes the place of every class's host; nil: it does not.
    package var host: String?
    /// How long running tasks may go on at a stop, in seconds; nil: not at all.
    package var stopTimeout: Double?
    /// The test's own options, as texts, and `tags` and `exclude_tags` as lists with commas.
    package var options: [String: String] = [:]

    package init(timestamp: Double, users: [LocustUsers], host: String? = nil, stopTimeout: Double? = nil) {
        self.timestamp = timestamp
        self.users = users
        self.host = host
        self.stopTimeout = stopTimeout
    }
}
