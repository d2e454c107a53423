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

    /// `memoryBytes`: what is free, of which a quarter is left alone.
    init(plan: RunPlan, threads: Int, descriptors: Int, memoryBytes: Int64, cores: Int) {
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
        let least = limits.min { $0.users < $1.users } ?? (0, "")
        users = least.users
        limit = least.words
    }
}
