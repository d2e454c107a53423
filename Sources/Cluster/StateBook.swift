import LoadModel
import Statistics
import Wire

/// What the log of a run says beside figures: kept by who writes it, so that it can be written anew in few records, and made again by who reads it, by the
/// same calls. Pure. What it holds is bounded by the workers that the run has had, not by its length.
struct StateBook {
    var start: RunStart?
    var ramp: Ramp?
    var horizon: Int64 = 0
    var once = OnceRecord()
    /// How often intervals were handed to the interval log.
    var flushes = 0
    /// How far the latest session of each name has come.
    private(set) var sessions: [String: Resumption.SessionProgress] = [:]
    /// How each worker stood, and when that was written, by account.
    private(set) var standings: [String: (standing: WorkerStanding, wall: Int64)] = [:]
    private var holdings: [Holder: Holding] = [:]

    /// A worker's session and a data source.
    private struct Holder: Hashable {
        var peer: Peer
        var source: Int
    }

    /// The rows that it was granted: the last block, and how many before.
    private struct Holding {
        var before = 0
        var last: RowBlock
    }

    /// Notes how a worker stands, at a time of day.
    mutating func note(_ standing: WorkerStanding, wall: Int64) {
        standings[standing.account] = (standing, wall)
        // One that has not delivered anything yet.
        guard standing.unheard == nil, sessions[standing.peer.name]?.session != standing.peer.session else { return }
        sessions[standing.peer.name] = Resumption.SessionProgress(session: standing.peer.session, account: standing.account, lastDelta: 0)
    }

    /// Whether a worker's delta has not been noted yet.
    func isNew(delta number: Int, of peer: Peer) -> Bool {
        guard let progress = sessions[peer.name], progress.session == peer.session else { return number > 0 }
        return number > progress.lastDelta
    }

    /// Notes a worker's delta, which is a new one.
    mutating func note(delta number: Int, of peer: Peer, account: String) {
        let isKnown = sessions[peer.name]?.session == peer.session
        sessions[peer.name] = Resumption.SessionProgress(
            session: peer.session, account: isKnown ? sessions[peer.name]?.account ?? account : account, lastDelta: number)
    }

    /// Takes over how far a session had come.
    mutating func restore(_ progress: Resumption.SessionProgress, of name: String) { sessions[name] = progress }

    /// Notes rows that are a worker's.
    mutating func note(_ block: RowBlock, of peer: Peer) {
        let holder = Holder(peer: peer, source: block.source)
        guard let holding = holdings[holder] else {
            holdings[holder] = Holding(last: block)
            return
        }
        guard block.number > holding.last.number else { return }
        holdings[holder] = Holding(before: holding.before + holding.last.rows.count, last: block)
    }

    /// What a `RowLedger` is to be told so that it is as if it had been told of every block: of each worker and source the last block and, where others were
    /// before it, one that stands for all of them.
    var rows: [(peer: Peer, block: RowBlock)] {
        let ordered = holdings.sorted { a, b in
            (a.key.source, a.value.last.rows.upperBound, a.key.peer.name, a.key.peer.session)
                < (b.key.source, b.value.last.rows.upperBound, b.key.peer.name, b.key.peer.session)
        }
        return ordered.flatMap { holder, holding in
            var blocks = [(peer: holder.peer, block: holding.last)]
            if holding.before > 0 {
                let before = RowBlock(
                    source: holder.source, number: holding.last.number - 1, rows: 0..<holding.before, isExhausted: false)
                blocks.insert((holder.peer, before), at: 0)
            }
            return blocks
        }
    }

    /// The records that make a book like this one.
    var records: [StateRecord] {
        var records: [StateRecord] = []
        if let start { records.append(.start(start)) }
        if let ramp { records.append(.ramp(ramp)) }
        if horizon > 0 { records.append(.horizon(horizon)) }
        if once != OnceRecord() { records.append(.once(once)) }
        records += rows.map { .rows($0.block, $0.peer) }
        // Standings before sessions, which say more.
        let walls = Dictionary(grouping: standings.values, by: \.wall).sorted { $0.key < $1.key }
        records += walls.map { wall, entries in
            .life(entries.map(\.standing).sorted { $0.account < $1.account }, wall: wall)
        }
        records += sessions.sorted { $0.key < $1.key }.map { .session(name: $0.key, $0.value) }
        if flushes > 0 { records.append(.flush(number: flushes, before: 0)) }
        return records
    }
}
