import LoadModel
import Testing

@testable import Cluster

struct ArrivalLedgerTests {
    private static let second: Int64 = 1_000_000_000

    /// Which numbers of a schedule of one start in each 10 ms the claims cover, each as often as they do.
    private static func numbers(_ claims: [ArrivalClaim], until: Int64) -> [Int] {
        let schedule = ArrivalSchedule(rate: LoadProfile(constant: 100))
        return claims.flatMap { claim in
            var cursor = ArrivalCursor(
                schedule,
                claim: ArrivalClaim(from: claim.from, until: min(claim.until, until), modulus: claim.modulus, residue: claim.residue))
            var numbers: [Int] = []
            while let start = cursor.pop() { numbers.append(start.number) }
            return numbers
        }.sorted()
    }

    private static func claims(_ ledger: ArrivalLedger, _ workers: Int...) -> [ArrivalClaim] {
        workers.flatMap { ledger.order(of: $0)?.claims ?? [] }
    }

    @Test func workersShareAllStartsInTurns() {
        var ledger = ArrivalLedger(end: .max)
        ledger.extend(to: 5 * Self.second, among: [0, 1, 2], now: 0, version: 1)
        #expect(Self.numbers(Self.claims(ledger, 0, 1, 2), until: .max) == Array(0..<500))
        #expect(Self.numbers(Self.claims(ledger, 1), until: .max) == (0..<500).filter { $0 % 3 == 1 })
        // What goes on is the same claim.
        ledger.extend(to: 6 * Self.second, among: [0, 1, 2], now: Self.second, version: 2)
        #expect(Self.claims(ledger, 0) == [ArrivalClaim(from: 0, until: 6 * Self.second, modulus: 3, residue: 0)])
    }

    @Test func whoComesHasItsShareOfWhatIsGivenNext() {
        var ledger = ArrivalLedger(end: .max)
        ledger.extend(to: 5 * Self.second, among: [0], now: 0, version: 1)
        ledger.extend(to: 9 * Self.second, among: [0, 1], now: 4 * Self.second, version: 2)
        #expect(Self.numbers(Self.claims(ledger, 0, 1), until: .max) == Array(0..<900))
        #expect(Self.numbers(Self.claims(ledger, 1), until: .max) == (500..<900).filter { $0 % 2 == 1 })
    }

    @Test func othersTakeOverWhatALostWorkerCannotMake() {
        var ledger = ArrivalLedger(end: .max)
        ledger.extend(to: 10 * Self.second, among: [0, 1, 2], now: 0, version: 1)
        ledger.takeAway(from: 1, since: 6 * Self.second, among: [0, 2], version: 2)
        #expect(Self.numbers(Self.claims(ledger, 0, 2), until: .max) == (0..<1000).filter { $0 % 3 != 1 || $0 >= 600 })
        #expect(ledger.order(of: 1) == nil)
        ledger.extend(to: 12 * Self.second, among: [0, 2], now: 7 * Self.second, version: 3)
        #expect(Self.numbers(Self.claims(ledger, 0, 2), until: .max) == (0..<1200).filter { $0 % 3 != 1 || $0 >= 600 })
        // One of those that took over is lost too.
        ledger.takeAway(from: 0, since: 11 * Self.second, among: [2], version: 4)
        let rest = Self.numbers(Self.claims(ledger, 2), until: .max)
        #expect(rest.filter { $0 >= 1100 } == Array(1100..<1200) && Set(rest).count == rest.count)
    }

    @Test func aWorkerWhoseLeaseHasEndedGetsThemAnew() {
        var ledger = ArrivalLedger(end: .max)
        ledger.extend(to: 10 * Self.second, among: [0], now: 0, version: 1)
        ledger.confirm(0, version: 1, now: Self.second)
        #expect(ledger.order(of: 0) == nil)
        ledger.takeAway(from: 0, since: 4 * Self.second, among: [0], version: 2)
        #expect(ledger.order(of: 0)?.claims == [ArrivalClaim(from: 4 * Self.second, until: 10 * Self.second)])
        // What was confirmed before says nothing about this.
        ledger.confirm(0, version: 1, now: Self.second)
        #expect(ledger.order(of: 0) != nil)
    }

    @Test func whatWasDueWhileThereWasNobodyIsGivenUp() {
        var ledger = ArrivalLedger(end: .max)
        ledger.extend(to: 5 * Self.second, among: [], now: 0, version: 1)
        ledger.extend(to: 8 * Self.second, among: [4], now: 3 * Self.second, version: 2)
        #expect(Self.numbers(Self.claims(ledger, 4), until: .max) == Array(300..<800))
        // An earlier master has given more than it has lived to see.
        var later = ArrivalLedger(end: .max, horizon: 9 * Self.second)
        later.extend(to: 8 * Self.second, among: [0], now: 5 * Self.second, version: 1)
        #expect(later.order(of: 0) == nil)
        later.extend(to: 12 * Self.second, among: [0], now: 7 * Self.second, version: 2)
        #expect(Self.numbers(Self.claims(later, 0), until: .max) == Array(900..<1200))
    }

    @Test func nothingIsGivenBehindTheEnd() {
        var ledger = ArrivalLedger(end: 3 * Self.second)
        #expect(!ledger.isComplete)
        ledger.extend(to: .max, among: [0, 1], now: 0, version: 1)
        #expect(ledger.horizon == 3 * Self.second && !ledger.isComplete)
        #expect(Self.numbers(Self.claims(ledger, 0, 1), until: .max) == Array(0..<300))
        ledger.confirm(0, version: 1, now: 1)
        ledger.confirm(1, version: 1, now: 1)
        #expect(ledger.isComplete)
        ledger.extend(to: .max, among: [0], now: 0, version: 2)
        #expect(ledger.order(of: 0) == nil)
    }

    @Test func whatIsOverAndConfirmedIsForgotten() {
        var ledger = ArrivalLedger(end: .max)
        var version: Int64 = 0
        for second in Int64(0)..<400 {
            version += 1
            // Workers come and go every ten seconds.
            let workers = second / 10 % 2 == 0 ? [0, 1] : [0, 2]
            ledger.extend(to: (second + 5) * Self.second, among: workers, now: second * Self.second, version: version)
            let count = ledger.order(of: 0)?.claims.count ?? 0
            #expect(count < 10, "\(second)")
            for worker in 0..<3 { ledger.confirm(worker, version: version, now: second * Self.second) }
        }
    }
}
