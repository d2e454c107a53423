/// Deadlines in nanoseconds with a small integer each, earliest first; equal deadlines in the order of insertion is not promised.
///
/// A binary heap without removal: whoever sets a timer anew gives it a new generation and ignores older ones when they come due.
package struct TimerHeap {
    /// One deadline.
    package struct Entry {
        package var deadline: Int64
        package var key: Int32
        package var generation: UInt32
    }

    private var entries: [Entry] = []

    package init() {}

    /// Number of deadlines held, outdated ones included.
    package var count: Int { entries.count }

    /// The earliest deadline, or nil.
    package var nextDeadline: Int64? { entries.first?.deadline }

    /// - Complexity: O(log n)
    package mutating func insert(deadline: Int64, key: Int32, generation: UInt32) {
        entries.append(Entry(deadline: deadline, key: key, generation: generation))
        entries.withUnsafeMutableBufferPointer { heap in
            var child = heap.count - 1
            let entry = heap[child]
            while child > 0 {
                let parent = (child - 1) / 2
                if heap[parent].deadline <= entry.deadline { break }
                heap[child] = heap[parent]
                child = parent
            }
            heap[child] = entry
        }
    }

    /// Takes the earliest entry if it is due at `now`.
    /// - Complexity: O(log n)
    package mutating func popDue(now: Int64) -> Entry? {
        guard let first = entries.first, first.deadline <= now else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries.withUnsafeMutableBufferPointer { heap in
                var parent = 0
                while true {
                    var child = 2 * parent + 1
                    if child >= heap.count { break }
                    if child + 1 < heap.count, heap[child + 1].deadline < heap[child].deadline { child += 1 }
                    if last.deadline <= heap[child].deadline { break }
                    heap[parent] = heap[child]
                    parent = child
                }
                heap[parent] = last
            }
        }
        return first
    }

    /// Forgets the deadlines for which `isOutdated` holds.
    /// - Complexity: O(n log n)
    package mutating func removeAll(where isOutdated: (Entry) -> Bool) {
        entries.removeAll(where: isOutdated)
        // In ascending order each entry is before its children.
        entries.sort { $0.deadline < $1.deadline }
    }

    /// Forgets all deadlines.
    package mutating func removeAll() { entries.removeAll(keepingCapacity: false) }
}
