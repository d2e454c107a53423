/// How a master's socket knows its peers.
package enum MasterSecurity: Sendable {
    /// Encrypted; only holders of the join token or of the key itself get in.
    case curve(MasterKey)
    /// Neither encrypted nor authenticated: everybody is a worker, and whoever comes from a loopback address may give orders.
    case plain
}

/// What a worker's or an operator's socket shows to the master.
package enum WorkerSecurity: Sendable {
    /// Encrypted, as a worker.
    case curve(JoinToken)
    /// Encrypted, as one who may give orders.
    case `operator`(MasterKey)
    /// Neither encrypted nor authenticated.
    case plain
}
