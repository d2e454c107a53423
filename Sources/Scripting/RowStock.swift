import LoadModel

/// Which rows of a data source the users of an engine thread have, and which are left to hand out.
struct RowStock {
    /// What a user gets.
    enum Draw: Equatable {
        case row(Int)
        /// Wait for a grant.
        case later
        /// There is none left, and the user ends.
        case stopUser
        /// There is none left, and that is an error.
        case fail
    }

    private struct UserRow {
        var row = -1
        var draws = 0
        var isWaiting = false
    }

    /// The declared source.
    let source: DataSource
    /// Its rows.
    let table: DataTable
    /// Rows to ask for soon; the asker sets it to 0.
    var wanted = 0
    /// Granted rows handed out; the asker sets it to 0.
    var drawn = 0

    /// Rows asked for at first.
    private static let firstGrant = 16

    private var granted: [Range<Int>] = []
    private var left = 0
    private var usualGrant = 0
    private var isExhausted = false
    private var hasAsked = false
    private var users: [UserRow] = []
    /// Users that wait for a grant.
    private var waiting = 0
    private var random: SplitMix64

    /// A stock without any granted rows. `seed` chooses random rows.
    init(source: DataSource, table: DataTable, seed: UInt64) {
        self.source = source
        self.table = table
        random = SplitMix64(seed: seed)
    }

    /// Takes rows to hand out.
    mutating func grant(_ grant: RowGrant) {
        if !grant.rows.isEmpty { granted.append(grant.rows) }
        left += grant.rows.count
        usualGrant = max(grant.rows.count, 1)
        isExhausted = grant.isExhausted
        hasAsked = false
    }

    /// A step of the user in a slot begins: rows of one iteration are over.
    mutating func beginStep(slot: Int) {
        guard slot < users.count else { return }
        if source.scope == .iteration { users[slot].row = -1 }
        setWaiting(false, slot)
    }

    /// Another user will be in the slot.
    mutating func forget(slot: Int) {
        guard slot < users.count else { return }
        setWaiting(false, slot)
        users[slot] = UserRow()
    }

    private mutating func setWaiting(_ isWaiting: Bool, _ slot: Int) {
        if users[slot].isWaiting != isWaiting { waiting += isWaiting ? 1 : -1 }
        users[slot].isWaiting = isWaiting
    }

    /// The row that a user has now; `number` is its number in the run.
    mutating func draw(slot: Int, number: Int) -> Draw {
        if slot >= users.count { users.append(contentsOf: repeatElement(UserRow(), count: slot + 1 - users.count)) }
        if users[slot].row >= 0 { return .row(users[slot].row) }
        let row: Int
        switch source.order {
        case .cyclic: row = cyclicRow(slot, number)
        case .random: row = Int.random(in: 0..<table.rowCount, using: &random)
        case .unique:
            if let next = takeGranted() {
                row = next % table.rowCount
            } else if !isExhausted {
                setWaiting(true, slot)
                if !hasAsked { ask(for: source.scope == .user ? waiting : max(2 * usualGrant, Self.firstGrant)) }
                return .later
            } else {
                switch source.atEnd {
                case .stopUser: return .stopUser
                case .fail: return .fail
                case .cyclic: row = cyclicRow(slot, number)
                }
            }
        }
        setWaiting(false, slot)
        users[slot].row = row
        users[slot].draws += 1
        return .row(row)
    }

    private func cyclicRow(_ slot: Int, _ number: Int) -> Int { (max(number, 0) + users[slot].draws) % table.rowCount }

    private mutating func takeGranted() -> Int? {
        guard let first = granted.first else { return nil }
        if first.count == 1 { granted.removeFirst() } else { granted[0] = (first.lowerBound + 1)..<first.upperBound }
        left -= 1
        drawn += 1
        // A row for a user's whole life is fetched when the user is there: else those that no user wants here would be missing elsewhere.
        if source.scope == .iteration, !isExhausted, !hasAsked, 2 * left < usualGrant { ask(for: usualGrant) }
        return first.lowerBound
    }

    private mutating func ask(for count: Int) {
        hasAsked = true
        wanted = count
    }
}
