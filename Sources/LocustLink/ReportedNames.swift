import Statistics

/// The names in a worker's reports, as a result has them. A worker names the same requests in the same order again and again, so this is kept for its next
/// report: to compare them costs less than to sort them.
struct ReportedNames {
    /// What the entries count under, by their places in the report.
    private(set) var keys: [RequestKey] = []
    /// The entries' places, ascending by their keys.
    private(set) var order: [Int] = []
    private var names: [String] = []
    private var methods: [String] = []

    /// So many names, with so many bytes, are kept of a worker at most: there may be a thousand workers, and anybody can send them.
    static let most = (names: 1000, bytes: 64 << 10)

    /// Those of no report.
    init() {}

    /// Those of a report with these entries.
    init(_ entries: [LocustEntry], keys: [RequestKey]) {
        self.keys = keys
        order = keys.indices.sorted { keys[$0] < keys[$1] }
        names = entries.map(\.name)
        methods = entries.map(\.method)
    }

    /// Whether they are to be kept for the next report.
    var areFew: Bool {
        names.count <= Self.most.names && (names + methods).reduce(0) { $0 + $1.utf8.count } <= Self.most.bytes
    }

    /// Whether a report with these entries has the same names in the same order.
    func areThose(of entries: [LocustEntry]) -> Bool {
        guard entries.count == names.count else { return false }
        for index in entries.indices where entries[index].name != names[index] || entries[index].method != methods[index] { return false }
        return true
    }
}
