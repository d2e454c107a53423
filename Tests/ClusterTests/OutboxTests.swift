import LoadModel
import Statistics
import Testing

@testable import Cluster

struct OutboxTests {
    private static func snapshot(_ requests: Int64, interrupted: Int64 = 0, name: String = "a", cells: Int = 0) -> IntervalSnapshot {
        var snapshot = IntervalSnapshot()
        snapshot.issued = requests + interrupted
        var interval = RequestInterval(key: RequestKey(method: .get, name: name))
        interval.requests = requests
        interval.interrupted = interrupted
        snapshot.requests = [interval]
        snapshot.cells = (0..<cells).map { HistogramCell(request: 0, series: .onTime, bucket: $0, count: 1) }
        return snapshot
    }

    private static func add(_ snapshot: IntervalSnapshot, to outbox: inout Outbox, end: Int64, users: Int = 1, lag: Int64 = 0) {
        outbox.add(snapshot, end: end, users: users, openConnections: 2, lagNanoseconds: lag)
    }

    @Test func oneNumberHasOneContentHoweverOftenItIsSent() {
        var outbox = Outbox(run: 9)
        Self.add(Self.snapshot(3), to: &outbox, end: 100)
        let first = outbox.next(now: 110)
        #expect(first?.number == 1 && first?.run == 9 && first?.ageNanoseconds == 10 && first?.snapshot == Self.snapshot(3))
        Self.add(Self.snapshot(4), to: &outbox, end: 200)
        let early = outbox.next(now: 109 + Outbox.retryNanoseconds)
        #expect(early == nil && outbox.nextRetry == 110 + Outbox.retryNanoseconds)
        let again = outbox.next(now: 110 + Outbox.retryNanoseconds)
        #expect(again?.number == 1 && again?.snapshot == first?.snapshot && again?.ageNanoseconds == 10 + Outbox.retryNanoseconds)
    }

    @Test func whatIsMeasuredMeanwhileIsFoldedIntoTheNext() {
        var outbox = Outbox(run: 1)
        Self.add(Self.snapshot(1), to: &outbox, end: 1, lag: 9)
        _ = outbox.next(now: 1)
        for end in 2...50 { Self.add(Self.snapshot(2), to: &outbox, end: Int64(end), users: end, lag: Int64(end)) }
        outbox.acknowledge(1)
        let next = outbox.next(now: 60)
        #expect(next?.number == 2 && next?.snapshot == Self.snapshot(98) && next?.ageNanoseconds == 10)
        #expect(next?.users == 50 && next?.lagNanoseconds == 50)
        outbox.acknowledge(2)
        #expect(outbox.isEmpty && outbox.delivered == 99 && outbox.acknowledged == 2 && outbox.nextRetry == nil)
    }

    @Test func onlyWhatIsUnderWayCanBeAcknowledged() {
        var outbox = Outbox(run: 1)
        Self.add(Self.snapshot(5, interrupted: 2), to: &outbox, end: 1)
        outbox.acknowledge(1)
        #expect(!outbox.isEmpty)
        _ = outbox.next(now: 1)
        outbox.acknowledge(2)
        outbox.acknowledge(0)
        #expect(!outbox.isEmpty && outbox.delivered == 0)
        outbox.acknowledge(1)
        outbox.acknowledge(1)
        #expect(outbox.isEmpty && outbox.delivered == 7)
    }

    @Test func aNewConnectionGetsItAtOnce() {
        var outbox = Outbox(run: 1)
        Self.add(Self.snapshot(1), to: &outbox, end: 1)
        _ = outbox.next(now: 1)
        outbox.connectionWasReplaced()
        #expect(outbox.next(now: 2)?.number == 1)
    }

    @Test func nothingIsSentWhileNothingHappens() {
        var outbox = Outbox(run: 1)
        Self.add(IntervalSnapshot(), to: &outbox, end: 1, users: 0)
        #expect(outbox.isEmpty)
        Self.add(IntervalSnapshot(), to: &outbox, end: 2, users: 3)
        #expect(outbox.next(now: 2)?.users == 3)
        outbox.acknowledge(1)
        // That they have gone is news.
        Self.add(IntervalSnapshot(), to: &outbox, end: 3, users: 0)
        #expect(outbox.next(now: 3)?.users == 0)
    }

    @Test func aSnapshotThatIsTooLargeGoesInParts() {
        var outbox = Outbox(run: 1)
        var whole = IntervalSnapshot()
        for request in 0..<40 {
            whole.requests += Self.snapshot(30_000, name: String(repeating: "n", count: request + 1)).requests
            whole.cells += (0..<30_000).map { HistogramCell(request: request, series: .onTime, bucket: $0, count: 1) }
        }
        Self.add(whole, to: &outbox, end: 1)
        var (requests, cells): ([RequestInterval], Int) = ([], 0)
        var numbers: [Int] = []
        while let delta = outbox.next(now: 1) {
            #expect(delta.snapshot.cells.count <= Outbox.mostCells)
            requests += delta.snapshot.requests
            cells += delta.snapshot.cells.count
            numbers.append(delta.number)
            outbox.acknowledge(delta.number)
        }
        #expect(numbers == [1, 2] && requests == whole.requests && cells == whole.cells.count)
        #expect(outbox.isEmpty && outbox.delivered == 1_200_000)
    }

    @Test func aDroppedDeltaIsNeitherSentNorDelivered() {
        var outbox = Outbox(run: 1, dropping: 2)
        for number in 1...3 {
            Self.add(Self.snapshot(1), to: &outbox, end: Int64(number))
            let delta = outbox.next(now: Int64(number))
            #expect(delta?.number == (number == 2 ? nil : number))
            outbox.acknowledge(number)
        }
        #expect(outbox.isEmpty && outbox.delivered == 2)
    }
}
