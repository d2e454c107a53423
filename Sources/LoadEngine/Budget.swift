import LoadModel

/// How much an engine thread may still do of what there is so much of in the whole run: iterations, requests. Leased in blocks, as rows of data are. Pure.
struct Budget {
    /// A thread asks for more when it has less than this.
    private static let least = 64
    /// And for so much.
    private static let most = 512

    /// The number under which it is leased.
    let source: Int
    /// Below 0 when more was done than was leased.
    private(set) var left = 0
    private(set) var isExhausted = false
    private var hasAsked = false

    init(source: Int) { self.source = source }

    /// Whether there is nothing left, and will not be.
    var isSpent: Bool { left <= 0 && isExhausted }

    /// Takes a lease.
    mutating func take(_ grant: RowGrant) {
        left += grant.rows.count
        if grant.isExhausted { isExhausted = true }
        hasAsked = false
    }

    /// Does one more; below 0: one that gives back.
    mutating func spend(_ count: Int) { left -= count }

    /// How much more to ask for now; nil: nothing.
    mutating func wish() -> Int? {
        guard left < Self.least, !isExhausted, !hasAsked else { return nil }
        hasAsked = true
        return Self.most - left
    }
}
