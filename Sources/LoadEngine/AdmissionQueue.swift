import LoadModel

/// Requests and batches that wait for connections to become free, oldest first.
struct AdmissionQueue {
    /// A request of its own, out of the way of the thread's one draft.
    final class Entry {
        let slot: Int
        /// Which user of the slot: `UserProgress.generation` when the request was made.
        let generation: UInt32
        /// Empty for a batch, whose requests are in its `RunningBatch`.
        let draft: RequestDraft
        let isBatch: Bool

        init(slot: Int, generation: UInt32, draft: consuming RequestDraft, isBatch: Bool = false) {
            self.slot = slot
            self.generation = generation
            self.draft = draft
            self.isBatch = isBatch
        }
    }

    private var entries = Queue<Entry>()

    /// The request that has waited the longest.
    var first: Entry? { entries.first }

    mutating func append(_ entry: Entry) { entries.append(entry) }

    mutating func removeFirst() { entries.removeFirst() }

    mutating func removeAll() { entries.removeAll() }
}

/// First in, first out, in one array whose used-up front is dropped now and then.
///
/// - Complexity: O(1) for each operation, amortised.
struct Queue<Element> {
    /// nil: taken already.
    private var elements: [Element?] = []
    private var start = 0

    var isEmpty: Bool { start == elements.count }
    var count: Int { elements.count - start }
    var first: Element? { isEmpty ? nil : elements[start] }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func removeFirst() {
        elements[start] = nil
        start += 1
        if start == elements.count {
            elements.removeAll(keepingCapacity: true)
            start = 0
        } else if start > 4096 && start > elements.count / 2 {
            elements.removeFirst(start)
            start = 0
        }
    }

    mutating func removeAll() {
        elements.removeAll()
        start = 0
    }
}
