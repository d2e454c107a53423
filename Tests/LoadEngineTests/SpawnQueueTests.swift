import Testing

@testable import LoadEngine

struct SpawnQueueTests {
    @Test func releasesEachUserWhenItIsDue() {
        var queue = SpawnQueue()
        queue.append(SpawnOrder(firstDue: 100, intervalNanoseconds: 10, userClasses: [0, 1, 0], firstNumber: 5, numberStride: 2))
        queue.append(SpawnOrder(firstDue: 115, intervalNanoseconds: 50, userClasses: [2], firstNumber: 50, numberStride: 1))
        queue.append(SpawnOrder(firstDue: 0, intervalNanoseconds: 1, userClasses: [], firstNumber: 0, numberStride: 1))
        #expect(queue.nextDeadline == 100)
        let early = queue.popDue(now: 99)
        #expect(early == nil)
        var starts: [SpawnQueue.Start] = []
        while let start = queue.popDue(now: 119) { starts.append(start) }
        #expect(starts.map(\.due) == [100, 110, 115])
        #expect(starts.map(\.userClass) == [0, 1, 2])
        #expect(starts.map(\.number) == [5, 7, 50])
        #expect(queue.nextDeadline == 120)
        let last = queue.popDue(now: 500)
        #expect(last == SpawnQueue.Start(userClass: 0, number: 9, due: 120))
        #expect(queue.nextDeadline == nil)
    }

    @Test func aQueueKeepsItsOrderAcrossClearing() {
        var queue = Queue<Int>()
        var expected = 0
        for value in 0..<30_000 {
            queue.append(value)
            if value % 3 != 0 {
                #expect(queue.first == expected)
                queue.removeFirst()
                expected += 1
            }
        }
        #expect(queue.count == 30_000 - expected && queue.first == expected)
    }
}
