/// Users that wait for rows of data sources, the longest waiting first.
struct RowParking {
    /// By data source.
    private var users: [Int: [DueStep]] = [:]

    /// A user waits for rows of this source.
    mutating func append(_ user: DueStep, source: Int) { users[source, default: []].append(user) }

    /// Takes all users that wait for rows of a source. Users that have gone meanwhile are among them.
    mutating func takeAll(source: Int) -> [DueStep] { users.removeValue(forKey: source) ?? [] }

    /// Forgets all users.
    mutating func removeAll() { users.removeAll() }
}
