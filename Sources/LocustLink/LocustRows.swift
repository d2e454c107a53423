import LoadModel
import Wire

/// Which part of unique rows a worker has: a Locust master leases none, so workers are told when they are started.
package struct LocustDataPart: Sendable, Equatable {
    /// From 1.
    package var number = 1
    /// How many parts there are.
    package var count = 1

    package init() {}

    /// A text such as `2/4`; nil: it is none.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let number = parts[0], let count = parts[1], (1...10_000).contains(count), (1...count).contains(number)
        else { return nil }
        self.number = number
        self.count = count
    }

    /// The rows of so many that are in this part.
    package func rows(of all: Int) -> Range<Int> {
        func start(_ part: Int) -> Int { all / count * part + min(part, all % count) }
        return start(number - 1)..<start(number)
    }
}

/// Rows of data sources as a worker grants them to itself, out of its part. Pure.
struct LocustRows: Sendable {
    private let sources: [DataSource]
    private let part: LocustDataPart
    /// How many were granted, by source.
    private var granted: [Int]

    init(sources: [DataSource], part: LocustDataPart) {
        self.sources = sources
        self.part = part
        granted = sources.map { _ in 0 }
    }

    /// The answer to a request.
    mutating func grant(_ request: RowRequest) -> RowBlock? {
        guard sources.indices.contains(request.source) else { return nil }
        let source = sources[request.source]
        let own = part.rows(of: source.rows)
        let before = granted[request.source]
        let isEndless = source.atEnd == .cyclic && !own.isEmpty
        let first = own.lowerBound + (isEndless ? before % own.count : min(before, own.count))
        // Rows are counted on within a round, so that each stays in its part.
        let count = min(request.count, own.upperBound - first, 1000)
        granted[request.source] += count
        let isExhausted = !isEndless && granted[request.source] >= own.count
        return RowBlock(source: request.source, number: request.number, rows: first..<(first + count), isExhausted: isExhausted)
    }
}
