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

    @Test func cancelsTheLatestOfAClassFirst() {
        var queue = SpawnQueue()
        // Due 0, 10, 20, 30, 40 and 5, 25.
        queue.append(SpawnOrder(firstDue: 0, intervalNanoseconds: 10, userClasses: [0, 1, 0, 1, 1], firstNumber: 0, numberStride: 1))
        queue.append(SpawnOrder(firstDue: 5, intervalNanoseconds: 20, userClasses: [0, 0], firstNumber: 100, numberStride: 1))
        let answers = [1, 0, 2, 0].map { queue.cancelLatest(of: $0) }
        #expect(answers == [true, true, false, true])
        var starts: [SpawnQueue.Start] = []
        while let start = queue.popDue(now: 25) { starts.append(start) }
        #expect(starts.map(\.due) == [0, 5, 10] && starts.map(\.number) == [0, 100, 1])
        #expect(queue.nextDeadline == 30)
        let none = queue.cancelLatest(of: 0)
        #expect(!none)
        let last = queue.cancelLatest(of: 1)
        #expect(last && queue.isEmpty && queue.nextDeadline == nil)
    }

    @Test func cancellingTheNextMovesTheDeadline() {
        var queue = SpawnQueue()
        queue.append(SpawnOrder(firstDue: 0, intervalNanoseconds: 10, userClasses: [1, 1, 0], firstNumber: 0, numberStride: 1))
        let first = queue.cancelLatest(of: 1)
        let second = queue.cancelLatest(of: 1)
        #expect(first && second)
        #expect(queue.nextDeadline == 20)
        let start = queue.popDue(now: 20)
        #expect(start == SpawnQueue.Start(userClass: 0, number: 2, due: 20))
        #expect(queue.isEmpty)
    }

    @Test func cancelsAHundredThousandInNoTime() {
        var queue = SpawnQueue()
        let classes = (0..<100_000).map { UInt16($0 % 4) }
        queue.append(SpawnOrder(firstDue: 0, intervalNanoseconds: 1, userClasses: classes, firstNumber: 0, numberStride: 1))
        var cancelled = 0
        // Ends soon only if what was looked through once is not looked through again.
        while queue.cancelLatest(of: cancelled % 4) { cancelled += 1 }
        #expect(cancelled == 100_000 && queue.isEmpty)
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
