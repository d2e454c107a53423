import EventLoop
import Testing

struct TimerHeapTests {
    @Test func givesDeadlinesInOrder() {
        var heap = TimerHeap()
        var generator = SystemRandomNumberGenerator()
        let deadlines = (0..<5000).map { _ in Int64.random(in: 0..<1000, using: &generator) }
        for (key, deadline) in deadlines.enumerated() { heap.insert(deadline: deadline, key: Int32(key), generation: 0) }
        #expect(heap.popDue(now: -1) == nil)
        var taken: [Int64] = []
        while let entry = heap.popDue(now: 1000) {
            #expect(deadlines[Int(entry.key)] == entry.deadline)
            taken.append(entry.deadline)
        }
        #expect(taken == deadlines.sorted())
        #expect(heap.nextDeadline == nil)
    }

    @Test func keepsWhatIsNotDue() {
        var heap = TimerHeap()
        heap.insert(deadline: 10, key: 1, generation: 7)
        heap.insert(deadline: 5, key: 2, generation: 0)
        #expect(heap.popDue(now: 5)?.key == 2)
        #expect(heap.popDue(now: 9) == nil)
        #expect(heap.nextDeadline == 10)
        #expect(heap.popDue(now: 10)?.generation == 7)
    }

    @Test func forgetsOutdatedDeadlinesAndKeepsTheOrder() {
        var heap = TimerHeap()
        for key in 0..<1000 { heap.insert(deadline: Int64(key * 7919 % 1000), key: Int32(key), generation: UInt32(key % 3)) }
        heap.removeAll { $0.generation != 0 }
        #expect(heap.count == 334)
        heap.insert(deadline: -1, key: 5000, generation: 0)
        var taken: [Int64] = []
        while let entry = heap.popDue(now: 1000) { taken.append(entry.deadline) }
        #expect(taken == taken.sorted() && taken.count == 335 && taken.first == -1)
    }
}
