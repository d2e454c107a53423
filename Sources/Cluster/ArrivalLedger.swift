import LoadModel

/// Which starts of the open model are whose: each belongs to one worker at most, whatever becomes of the messages. Pure. All times are nanoseconds since
/// the start of the run.
///
/// Starts are given some time ahead, up to the *horizon*, and never taken back: so nobody has to confirm that it has given up what another is to have.
/// Only what a worker can carry out no more, for its lease has ended before, goes to others. Whoever comes or leaves has its share in what is given next.
struct ArrivalLedger {
    private struct Holding {
        /// What the worker may not know yet, with the version of the order that tells it.
        var claims: [(claim: ArrivalClaim, version: Int64)] = []
        var version: Int64 = 0
        var confirmed: Int64 = 0
    }

    /// Claims that are over are kept for so long, unless they were confirmed.
    private static let memory: Int64 = 60_000_000_000

    /// Starts that are due from then on are nobody's.
    private let end: Int64
    /// All starts that are due before have been given to somebody, or given up.
    private(set) var horizon: Int64
    /// Who shares what is given, in order.
    private var division: [Int] = []
    private var holdings: [Int: Holding] = [:]

    /// `horizon`: up to where an earlier master may have given starts.
    init(end: Int64, horizon: Int64 = 0) {
        self.end = end
        self.horizon = horizon
    }

    /// Gives all starts up to `until` to these workers, in equal shares. `version`: above all before.
    mutating func extend(to until: Int64, among workers: [Int], now: Int64, version: Int64) {
        let until = min(until, end)
        guard until > horizon else { return }
        if workers.isEmpty {
            // Nobody is there who could make them.
            division = []
            return
        }
        // What was due while there was nobody is not made up for.
        let from = division.isEmpty ? max(horizon, min(now, until)) : horizon
        if workers == division {
            for index in workers {
                change(index, version: version) { $0[$0.count - 1] = ($0[$0.count - 1].claim.extended(to: until), version) }
            }
        } else {
            division = workers
            for (place, index) in workers.enumerated() {
                let claim = ArrivalClaim(from: from, until: until, modulus: workers.count, residue: place)
                change(index, version: version) { $0.append((claim, version)) }
            }
        }
        horizon = until
    }

    /// A worker carries out nothing any more that is due from `from` on, and these do instead.
    mutating func takeAway(from index: Int, since from: Int64, among workers: [Int], version: Int64) {
        guard let holding = holdings.removeValue(forKey: index) else { return }
        if division.contains(index) { division = [] }
        for (claim, _) in holding.claims where claim.until > from {
            let rest = ArrivalClaim(
                from: max(claim.from, from), until: claim.until, modulus: claim.modulus, residue: claim.residue)
            for (place, other) in workers.enumerated() {
                // Before the one that goes on with the division.
                change(other, version: version) { claims in
                    claims.insert((rest.share(place, of: workers.count), version), at: max(0, claims.count - 1))
                }
            }
        }
    }

    /// Whether all starts are given, and everybody who has some knows of them.
    var isComplete: Bool { horizon >= end && holdings.values.allSatisfy { $0.confirmed == $0.version } }

    /// What is known to be a worker's.
    func claims(of index: Int) -> [ArrivalClaim] { holdings[index]?.claims.map(\.claim) ?? [] }

    /// What to tell a worker that has not confirmed it; nil: it knows all.
    func order(of index: Int) -> (version: Int64, claims: [ArrivalClaim])? {
        guard let holding = holdings[index], holding.confirmed < holding.version else { return nil }
        return (holding.version, holding.claims.map(\.claim))
    }

    /// A worker has this order.
    mutating func confirm(_ index: Int, version: Int64, now: Int64) {
        guard var holding = holdings[index] else { return }
        holding.confirmed = max(holding.confirmed, min(version, holding.version))
        let confirmed = holding.confirmed
        if holding.claims.contains(where: { $0.version <= confirmed && $0.claim.until < now - Self.memory }) {
            holding.claims.removeAll { $0.version <= confirmed && $0.claim.until < now - Self.memory }
        }
        holdings[index] = holding
    }

    private mutating func change(_ index: Int, version: Int64, _ body: (inout [(claim: ArrivalClaim, version: Int64)]) -> Void) {
        holdings[index, default: Holding()].version = version
        body(&holdings[index, default: Holding()].claims)
    }
}

extension ArrivalClaim {
    fileprivate func extended(to until: Int64) -> ArrivalClaim {
        ArrivalClaim(from: from, until: until, modulus: modulus, residue: residue)
    }
}
