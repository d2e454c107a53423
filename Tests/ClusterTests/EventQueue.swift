/// What is to happen in a simulation, in the order of time; of two things at one time the one that was put in first comes first.
struct EventQueue<Event> {
    private var heap: [(time: Int64, order: Int, event: Event)] = []
    private var puts = 0

    /// Puts something in.
    mutating func put(_ event: Event, at time: Int64) {
        puts += 1
        heap.append((time, puts, event))
        var child = heap.count - 1
        while child > 0, comesBefore(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes out what comes next.
    mutating func pop() -> (time: Int64, event: Event)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            var parent = 0
            while true {
                var least = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && comesBefore(child, least) { least = child }
                if least == parent { break }
                heap.swapAt(parent, least)
                parent = least
            }
        }
        return (first.time, first.event)
    }

    private func comesBefore(_ one: Int, _ other: Int) -> Bool { (heap[one].time, heap[one].order) < (heap[other].time, heap[other].order) }
}
