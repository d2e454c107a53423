/// What has become of a worker's connection.
package enum LinkEvent: Sendable, Equatable, CustomStringConvertible {
    /// The master let us in.
    case connected
    /// Nobody could be reached; it is tried again.
    case unreachable(String)
    /// Somebody was reached, and does not let us in or is no master. It may be tried again or not: the socket should be closed.
    case refused(String)
    /// The connection is lost. It is tried again under the same routing id, which the master may not take: the socket should be closed.
    case disconnected

    package var description: String {
        switch self {
        case .connected: "connected to the master"
        case .unreachable(let reason), .refused(let reason): reason
        case .disconnected: "the connection to the master is lost"
        }
    }
}
