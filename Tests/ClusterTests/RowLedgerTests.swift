import LoadModel
import Testing
import Wire

@testable import Cluster

struct RowLedgerTests {
    private static let one = Peer(name: "w1", session: 1)
    private static let other = Peer(name: "w2", session: 2)

    private static func ledger(
        rows: Int, scope: DataSource.Scope = .iteration, atEnd: DataSource.Exhaustion = .stopUser
    ) -> RowLedger {
        RowLedger(sources: [DataSource(file: "a.csv", scope: scope, atEnd: atEnd, rows: rows)])
    }

    private static func request(_ number: Int, _ count: Int) -> RowRequest { RowRequest(source: 0, number: number, count: count) }

    @Test func aRequestThatComesAgainGetsTheSameRows() {
        var ledger = Self.ledger(rows: 100)
        let first = ledger.grant(Self.request(1, 5), to: Self.one, workers: 1)
        #expect(first?.rows == 0..<5 && first?.isExhausted == false)
        #expect(ledger.grant(Self.request(1, 5), to: Self.one, workers: 1) == first)
        #expect(ledger.grant(Self.request(1, 5), to: Self.other, workers: 1)?.rows == 5..<10)
        #expect(ledger.grant(Self.request(2, 5), to: Self.one, workers: 1)?.rows == 10..<15)
        // One that was answered long ago is not answered again: those rows have been handed out.
        #expect(ledger.grant(Self.request(1, 5), to: Self.one, workers: 1) == nil)
    }

    @Test func blocksAreNoLargerThanAFairShare() {
        var small = Self.ledger(rows: 100)
        #expect(small.grant(Self.request(1, 90), to: Self.one, workers: 5)?.rows.count == 5)
        var tiny = Self.ledger(rows: 3)
        #expect(tiny.grant(Self.request(1, 90), to: Self.one, workers: 5)?.rows.count == 1)
        // What is for the users that are there goes to them.
        var kept = Self.ledger(rows: 100, scope: .user)
        #expect(kept.grant(Self.request(1, 90), to: Self.one, workers: 5)?.rows.count == 90)
        #expect(
            kept.grant(Self.request(1, 90), to: Self.other, workers: 5) == RowBlock(source: 0, number: 1, rows: 90..<100, isExhausted: true)
        )
        var large = Self.ledger(rows: 1_000_000)
        #expect(large.grant(Self.request(1, 90_000), to: Self.one, workers: 2)?.rows.count == 1000)
    }

    @Test func theLastRowsAreSaidToBeTheLast() {
        var ledger = Self.ledger(rows: 3)
        #expect(ledger.grant(Self.request(1, 1), to: Self.one, workers: 1)?.isExhausted == false)
        #expect(ledger.grant(Self.request(2, 1), to: Self.one, workers: 1)?.isExhausted == false)
        let last = ledger.grant(Self.request(3, 9), to: Self.one, workers: 1)
        #expect(last?.rows == 2..<3 && last?.isExhausted == true)
        let none = ledger.grant(Self.request(1, 9), to: Self.other, workers: 1)
        #expect(none?.rows.isEmpty == true && none?.isExhausted == true)
    }

    @Test func aFileThatIsGoneThroughAgainHasNoEnd() {
        var ledger = Self.ledger(rows: 2, atEnd: .cyclic)
        var rows: [Int] = []
        for number in 1...5 { rows += Array(ledger.grant(Self.request(number, 1), to: Self.one, workers: 1)?.rows ?? 0..<0) }
        #expect(rows == [0, 1, 2, 3, 4])
    }

    @Test func requestsThatNoWorkerMakesAreNotAnswered() {
        var ledger = Self.ledger(rows: 2)
        #expect(ledger.grant(RowRequest(source: 1, number: 1, count: 1), to: Self.one, workers: 1) == nil)
        #expect(ledger.grant(Self.request(1, 0), to: Self.one, workers: 1) == nil)
    }

    @Test func eachRowIsDrawnBurntHeldOrLeft() {
        var ledger = Self.ledger(rows: 100)
        _ = ledger.grant(Self.request(1, 10), to: Self.one, workers: 1)
        _ = ledger.grant(Self.request(1, 20), to: Self.other, workers: 1)
        ledger.noteDrawn([4], of: Self.one)
        // Nobody has drawn more than was granted, and none comes back.
        ledger.noteDrawn([50], of: Self.other)
        ledger.noteDrawn([3], of: Self.other)
        let use = ledger.use { $0 == Self.one }[0]
        #expect((use.granted, use.drawn, use.burnt, use.held, use.left) == (30, 24, 6, 0, 70))
        #expect(use.words == "a.csv: 100 rows, 24 drawn, 6 burnt with lost workers, 70 left")
        let all = ledger.use { _ in false }[0]
        #expect(all.held == 6 && all.burnt == 0 && all.left == 76)
    }

    @Test func whatAnEarlierMasterGrantedStaysGranted() {
        var ledger = Self.ledger(rows: 100)
        let block = RowBlock(source: 0, number: 3, rows: 20..<30, isExhausted: false)
        ledger.note(block, of: Self.one)
        ledger.note(block, of: Self.one)
        #expect(ledger.grant(Self.request(3, 10), to: Self.one, workers: 1) == block)
        #expect(ledger.grant(Self.request(1, 10), to: Self.other, workers: 1)?.rows == 30..<40)
        #expect(ledger.use { _ in false }[0].held == 20)
    }
}

struct RowIntakeTests {
    @Test func asksOnceForAllThreadsUntilItIsAnswered() {
        var intake = RowIntake(sources: 1, threads: 2)
        #expect(intake.want(3, of: 0, thread: 0) == nil && intake.want(2, of: 0, thread: 1) == nil)
        let first = RowRequest(source: 0, number: 1, count: 5)
        #expect(intake.requests(now: 0) == [first] && intake.requests(now: 1).isEmpty)
        #expect(intake.nextRetry == RowIntake.retryNanoseconds && intake.requests(now: RowIntake.retryNanoseconds) == [first])
        let parts = intake.take(RowBlock(source: 0, number: 1, rows: 10..<14, isExhausted: false))
        #expect(parts.map(\.thread) == [0, 1] && parts.map(\.grant.rows) == [10..<12, 12..<14])
        // Both have some, and ask again if that is too little; an answer that comes twice changes nothing.
        #expect(intake.take(RowBlock(source: 0, number: 1, rows: 10..<14, isExhausted: false)).isEmpty && intake.requests(now: 2).isEmpty)
        #expect(intake.want(4, of: 0, thread: 0) == nil && intake.want(6, of: 0, thread: 0) == nil)
        #expect(intake.requests(now: 3) == [RowRequest(source: 0, number: 2, count: 6)])
    }

    @Test func whoGetsNothingGoesOnWaiting() {
        var intake = RowIntake(sources: 1, threads: 2)
        _ = intake.want(3, of: 0, thread: 0)
        _ = intake.want(2, of: 0, thread: 1)
        _ = intake.requests(now: 0)
        #expect(intake.take(RowBlock(source: 0, number: 1, rows: 10..<11, isExhausted: false)).map(\.thread) == [0])
        #expect(intake.requests(now: 1) == [RowRequest(source: 0, number: 2, count: 2)])
    }

    @Test func allThreadsHearThatThereAreNoMore() {
        var intake = RowIntake(sources: 1, threads: 2)
        _ = intake.want(3, of: 0, thread: 1)
        _ = intake.requests(now: 0)
        let parts = intake.take(RowBlock(source: 0, number: 1, rows: 5..<6, isExhausted: true))
        #expect(parts.map(\.thread) == [1, 0, 1] && parts.map(\.grant.isExhausted) == [false, true, true])
        #expect(intake.want(1, of: 0, thread: 0)?.isExhausted == true && intake.requests(now: 9).isEmpty)
        #expect(intake.want(1, of: 7, thread: 0) == nil)
    }
}
