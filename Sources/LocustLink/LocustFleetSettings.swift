import Wire

/// What a master of Locust workers needs to know beside `MasterState`.
package struct LocustFleetSettings: Sendable {
    /// Users that a worker is taken to carry: it does not say how many.
    static let capacity = 1_000_000

    /// Version of this program.
    package var version: String
    /// Names of the user classes, in the plan's order.
    package var classes: [String]
    /// Takes the place of every class's host; nil: the locustfile's own.
    package var host: String?
    /// How long running tasks may go on when their users are to end.
    package var stopTimeoutNanoseconds: Int64 = 0
    /// The test's own options, and `tags` and `exclude_tags` with commas.
    package var options: [String: String] = [:]

    package init(version: String, classes: [String]) {
        self.version = version
        self.classes = classes
    }

    /// How a Locust worker is introduced to `MasterState`.
    func hello(of peer: LocustPeer) -> WorkerHello {
        WorkerHello(
            version: version, protocolVersion: Protocol.version, session: peer.session,
            host: String(peer.id.prefix { $0 != "_" }), processIdentifier: 0, cores: 0, descriptors: 0, memoryBytes: 0)
    }
}
