import Testing

@testable import LoadEngine

struct RetireQueueTests {
    @Test func tellsEachLeavingWhenItIsDue() {
        var queue = RetireQueue()
        queue.append(RetireOrder(firstDue: 100, intervalNanoseconds: 10, userClasses: [0, 1, 0], graceNanoseconds: 7))
        queue.append(RetireOrder(firstDue: 105, intervalNanoseconds: 0, userClasses: [2, 2], graceNanoseconds: 0))
        queue.append(RetireOrder(firstDue: 0, intervalNanoseconds: 1, userClasses: [], graceNanoseconds: 0))
        #expect(queue.nextDeadline == 100)
        let early = queue.popDue(now: 99)
        #expect(early == nil)
        var leaves: [RetireQueue.Leave] = []
        while let leave = queue.popDue(now: 119) { leaves.append(leave) }
        #expect(leaves.map(\.due) == [100, 105, 105, 110])
        #expect(leaves.map(\.userClass) == [0, 2, 2, 1])
        #expect(leaves.map(\.graceNanoseconds) == [7, 0, 0, 7])
        #expect(queue.nextDeadline == 120)
        queue.removeAll()
        #expect(queue.nextDeadline == nil)
    }
}
