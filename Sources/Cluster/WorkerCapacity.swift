import LoadModel

/// How many users of a plan a worker can carry. Pure.
struct WorkerCapacity {
    /// Connections that it may have open.
    let connections: Int
    /// Users that it can carry.
    let users: Int
    /// What sets that number, in words.
    let limit: String

    /// Memory that a connected user takes, in bytes, somewhat more than was measured (docs/benchmarks.md).
    static let bytesPerUser: Int64 = 16 << 10
    /// Beyond this a core only switches between users.
    static let usersPerCore = 100_000

    /// `memoryBytes`: what is free, of which a quarter is left alone; `ports`: local ones for connections to one address; nil: not known.
    init(plan: RunPlan, threads: Int, descriptors: Int, memoryBytes: Int64, cores: Int, ports: Int? = nil) {
        // Streams, files, pollers, mailboxes and the link; libcurl holds two for every thousand users of a thread.
        let fixed = 24 + 10 * threads
        let forConnections = max(0, (descriptors - fixed) * 512 / 513)
        connections = min(plan.connectionCap ?? .max, max(forConnections, threads))
        let areTheirOwn = plan.scenario.userClasses.contains { ($0.connections ?? .user) != .shared }
        var limits = [(users: Int(memoryBytes / 4 * 3 / Self.bytesPerUser), words: "\(memoryBytes >> 20) MiB of free memory")]
        limits.append((cores * Self.usersPerCore, "\(cores) cores"))
        if forConnections < threads {
            limits.append((0, "\(descriptors) descriptors, of which \(fixed) are needed for other things"))
        } else if areTheirOwn, plan.connectionCap == nil {
            limits.append((forConnections, "\(descriptors) descriptors"))
        }
        if plan.connectionCap == nil, let ports { limits += Self.limits(byPorts: ports, of: plan) }
        let least = limits.min { $0.users < $1.users } ?? (0, "")
        users = least.users
        limit = least.words
    }

    /// A connection takes a local port, which no other one to the same address and port can have: as many users as that allows, if those of all
    /// classes come in their shares.
    private static func limits(byPorts ports: Int, of plan: RunPlan) -> [(users: Int, words: String)] {
        var shares: [String: Double] = [:]
        for userClass in plan.scenario.userClasses where (userClass.connections ?? .user) != .shared {
            guard let url = plan.transport.proxy ?? userClass.host else { continue }
            shares[address(of: url), default: 0] += userClass.weight
        }
        guard let greatest = shares.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), greatest.value > 0 else { return [] }
        // Of classes with fixed counts the shares are not known before users are dealt.
        if plan.scenario.userClasses.contains(where: { $0.fixedCount != nil }), shares.count > 1 {
            return [(ports * shares.count, "\(ports) local ports for each of \(shares.count) targets")]
        }
        let share = greatest.value / plan.scenario.userClasses.reduce(0) { $0 + $1.weight }
        return [(Int(min(1e9, Double(ports) / share)), "\(ports) local ports for connections to \(greatest.key)")]
    }

    /// `host:port` of a URL.
    private static func address(of url: String) -> String {
        let parts = url.lowercased().split(separator: "://", maxSplits: 1)
        let authority = parts.last?.prefix { $0 != "/" }.split(separator: "@").last.map(String.init) ?? ""
        if authority.last != "]", authority.contains(":") { return authority }
        return authority + (parts.count > 1 && parts.first == "https" ? ":443" : ":80")
    }
}
