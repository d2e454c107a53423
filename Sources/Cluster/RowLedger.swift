import LoadModel
import Wire

/// Which rows of the data sources are whose: each is given to one worker at most, whatever becomes of the messages. Pure.
///
/// A worker's session has one request for a source under way at a time, known by its number: one that comes again gets the same block.
struct RowLedger {
    /// Rows that a block has at most.
    static let largestBlock = 1000

    /// What one process of a worker has of a source.
    private struct Holding {
        var last: RowBlock?
        var granted = 0
        var drawn = 0
    }

    private let sources: [DataSource]
    /// So many of them, the first ones, are files; what is behind is leased likewise, but is no data.
    private let files: Int
    /// The next row to be granted, by source.
    private var next: [Int]
    private var holdings: [Peer: [Holding]] = [:]

    /// `files`: how many of the sources, from the first on, are files; nil: all.
    init(sources: [DataSource], files: Int? = nil) {
        self.sources = sources
        self.files = files ?? sources.count
        next = sources.map { _ in 0 }
    }

    /// The answer to a worker's request; nil: it is none that a worker makes. `workers`: those that are there, which all are to have some.
    mutating func grant(_ request: RowRequest, to peer: Peer, workers: Int) -> RowBlock? {
        guard sources.indices.contains(request.source), request.count > 0 else { return nil }
        let last = holdings[peer]?[request.source].last
        if let last, request.number <= last.number { return request.number == last.number ? last : nil }
        let source = sources[request.source]
        let isEndless = source.atEnd == .cyclic || source.order != .unique
        let left = isEndless ? Int.max : source.rows - next[request.source]
        // Rows that are kept for a user's life are given out for users that are there; of others each worker has a small stock.
        let stock = min(left, source.rows) / (4 * max(1, workers))
        let fair = min(source.scope == .user ? Self.largestBlock : max(stock, 1), Self.largestBlock)
        let count = max(0, min(request.count, fair, left))
        let first = next[request.source]
        let block = RowBlock(
            source: request.source, number: request.number, rows: first..<(first + count), isExhausted: count == left)
        note(block, of: peer)
        return block
    }

    /// A block is a worker's: now, or by what an earlier master has written down.
    mutating func note(_ block: RowBlock, of peer: Peer) {
        guard sources.indices.contains(block.source) else { return }
        var held = holdings[peer] ?? sources.map { _ in Holding() }
        guard block.number > held[block.source].last?.number ?? 0 else { return }
        held[block.source].last = block
        held[block.source].granted += block.rows.count
        holdings[peer] = held
        next[block.source] = max(next[block.source], block.rows.upperBound)
    }

    /// A worker's word on how many rows its users have got so far, by source.
    mutating func noteDrawn(_ rows: [Int], of peer: Peer) {
        guard rows.count == sources.count, var held = holdings[peer] else { return }
        for source in sources.indices { held[source].drawn = min(max(rows[source], held[source].drawn), held[source].granted) }
        holdings[peer] = held
    }

    /// Whether nothing is left of a source that is given out once.
    func isExhausted(_ source: Int) -> Bool { next[source] >= sources[source].rows }

    /// What has become of the rows that are given out once, by source. `isGone`: whether a worker will not hand out what it holds.
    func use(isGone: (Peer) -> Bool) -> [DataUse] {
        sources.indices.prefix(files).compactMap { index in
            guard sources[index].order == .unique else { return nil }
            var use = DataUse(file: sources[index].file, rows: sources[index].rows)
            use.granted = next[index]
            for (peer, held) in holdings {
                use.drawn += held[index].drawn
                let rest = held[index].granted - held[index].drawn
                if isGone(peer) { use.burnt += rest } else { use.held += rest }
            }
            return use
        }
    }
}

/// What has become of the rows of a data source that are given out once each.
package struct DataUse: Sendable, Equatable {
    /// The file's name as it stands in the script.
    package var file: String
    /// Rows in the file.
    package var rows: Int
    /// Rows granted to workers; above `rows` where the file was gone through again.
    package var granted = 0
    /// Rows that users have got.
    package var drawn = 0
    /// Rows granted to workers that were lost, as far as these had not said that users had got them: nobody else gets them.
    package var burnt = 0
    /// Rows granted to workers that have ended in order, and not drawn; `granted = drawn + burnt + held`.
    package var held = 0

    package init(file: String, rows: Int) {
        self.file = file
        self.rows = rows
    }

    /// Rows that no user has got and that were not burnt, in the last round through the file that was begun.
    package var left: Int { max(0, rows - granted) + held }

    /// All of it, in a line.
    package var words: String {
        func count(_ value: Int) -> String { LoadText.grouped(Int64(value)) }
        let lost = burnt > 0 ? ", \(count(burnt)) burnt with lost workers" : ""
        return "\(file): \(count(rows)) rows, \(count(drawn)) drawn\(lost), \(count(left)) left"
    }
}
