import LoadModel
import Wire

/// The rows that a worker's engine threads want, and which it has asked the master for. Pure.
///
/// One request for a source is under way at a time, and is said again until it is answered. A thread that was given any rows has had its answer:
/// it asks again if it needs more, so that no thread hoards what others wait for.
struct RowIntake {
    /// A request that was not answered is said again after this.
    static let retryNanoseconds: Int64 = 500_000_000

    private struct Source {
        var wanted: [(thread: Int, count: Int)] = []
        var underWay: (request: RowRequest, sentAt: Int64)?
        var lastNumber = 0
        var isExhausted = false
    }

    private var sources: [Source]
    private let threads: Int

    init(sources: Int, threads: Int) {
        self.sources = Array(repeating: Source(), count: sources)
        self.threads = threads
    }

    /// A thread wants rows. Answers with a grant of none where there are no more.
    mutating func want(_ count: Int, of source: Int, thread: Int) -> RowGrant? {
        guard sources.indices.contains(source), count > 0 else { return nil }
        if sources[source].isExhausted { return RowGrant(source: source, rows: 0..<0, isExhausted: true) }
        let most = min(count, Int(Int32.max))
        if let known = sources[source].wanted.firstIndex(where: { $0.thread == thread }) {
            sources[source].wanted[known].count = most
        } else {
            sources[source].wanted.append((thread, most))
        }
        return nil
    }

    /// What to ask the master for now.
    mutating func requests(now: Int64) -> [RowRequest] {
        var requests: [RowRequest] = []
        for index in sources.indices {
            if let (request, sentAt) = sources[index].underWay {
                if now < sentAt + Self.retryNanoseconds { continue }
                sources[index].underWay = (request, now)
                requests.append(request)
            } else if !sources[index].wanted.isEmpty {
                sources[index].lastNumber += 1
                let count = sources[index].wanted.reduce(0) { min($0 + $1.count, Int(Int32.max)) }
                let request = RowRequest(source: index, number: sources[index].lastNumber, count: count)
                sources[index].underWay = (request, now)
                requests.append(request)
            }
        }
        return requests
    }

    /// When `requests` has something that it does not have now; nil: nothing is under way.
    var nextRetry: Int64? { sources.compactMap { $0.underWay.map { $0.sentAt + Self.retryNanoseconds } }.min() }

    /// Takes the master's answer: which thread gets which rows. An answer that came before changes nothing.
    mutating func take(_ block: RowBlock) -> [(thread: Int, grant: RowGrant)] {
        guard sources.indices.contains(block.source), sources[block.source].underWay?.request.number == block.number else { return [] }
        var source = sources[block.source]
        source.underWay = nil
        source.isExhausted = block.isExhausted
        var parts: [(thread: Int, grant: RowGrant)] = []
        var first = block.rows.lowerBound
        while first < block.rows.upperBound, let (thread, count) = source.wanted.first {
            let left = block.rows.upperBound - first
            let share = (left + source.wanted.count - 1) / source.wanted.count
            // The last one takes what the others left.
            let end = first + (source.wanted.count == 1 ? left : min(count, share))
            parts.append((thread, RowGrant(source: block.source, rows: first..<end)))
            source.wanted.removeFirst()
            first = end
        }
        if block.isExhausted {
            source.wanted = []
            for thread in 0..<threads { parts.append((thread, RowGrant(source: block.source, rows: 0..<0, isExhausted: true))) }
        }
        sources[block.source] = source
        return parts
    }
}
