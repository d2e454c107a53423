import LoadEngine
import Testing

@testable import Cluster

struct ThreadSharesTests {
    private static func dues(_ orders: [(thread: Int, command: EngineCommand)]) -> (spawns: [Int64], retires: [Int64], numbers: [Int]) {
        var (spawns, retires, numbers): ([Int64], [Int64], [Int]) = ([], [], [])
        for order in orders {
            switch order.command {
            case .spawn(let spawn):
                for k in spawn.userClasses.indices {
                    spawns.append(spawn.firstDue + Int64(k) * spawn.intervalNanoseconds)
                    numbers.append(spawn.firstNumber + k * spawn.numberStride)
                }
            case .retire(let retire):
                for k in retire.userClasses.indices { retires.append(retire.firstDue + Int64(k) * retire.intervalNanoseconds) }
            default: Issue.record("neither users that come nor users that go")
            }
        }
        return (spawns.sorted(), retires.sorted(), numbers.sorted())
    }

    @Test func usersComeOneAfterTheOtherEvenlyOnAllThreads() {
        var shares = ThreadShares(threads: 3, classes: 2)
        let orders = shares.orders(to: [6, 4], firstDue: 100, interval: 10, grace: 7)
        let (spawns, retires, numbers) = Self.dues(orders)
        #expect(orders.map(\.thread) == [0, 1, 2] && retires.isEmpty)
        #expect(spawns == (0..<10).map { 100 + Int64($0) * 10 })
        #expect(numbers == Array(0..<10))
        #expect(shares.totals == [6, 4])
        // The next step goes on where this one ended; equal targets ask for nobody.
        let more = shares.orders(to: [7, 4], firstDue: 900, interval: 10, grace: 7)
        #expect(more.map(\.thread) == [1] && Self.dues(more).numbers == [10])
        #expect(shares.orders(to: [7, 4], firstDue: 900, interval: 10, grace: 7).isEmpty)
    }

    @Test func usersLeaveOneAfterTheOtherFromTheFullestThread() {
        var shares = ThreadShares(threads: 2, classes: 1)
        _ = shares.orders(to: [5], firstDue: 0, interval: 1, grace: 0)
        let orders = shares.orders(to: [2], firstDue: 50, interval: 5, grace: 9)
        #expect(Self.dues(orders).retires == [50, 55, 60] && shares.totals == [2])
        for case .retire(let order) in orders.map(\.command) { #expect(order.graceNanoseconds == 9) }
        let sizes = orders.map { order in if case .retire(let retire) = order.command { retire.userClasses.count } else { 0 } }
        #expect(orders.map(\.thread) == [0, 1] && sizes == [2, 1])
    }

    @Test func aClassMayGrowWhileAnotherShrinks() {
        var shares = ThreadShares(threads: 2, classes: 2)
        _ = shares.orders(to: [4, 0], firstDue: 0, interval: 1, grace: 0)
        let (spawns, retires, _) = Self.dues(shares.orders(to: [1, 3], firstDue: 10, interval: 2, grace: 0))
        #expect(spawns == [10, 12, 14] && retires == [10, 12, 14] && shares.totals == [1, 3])
    }

    @Test func clearedSharesBeginAnew() {
        var shares = ThreadShares(threads: 2, classes: 1)
        _ = shares.orders(to: [4], firstDue: 0, interval: 1, grace: 0)
        shares.clear()
        #expect(shares.totals == [0])
        #expect(Self.dues(shares.orders(to: [2], firstDue: 0, interval: 1, grace: 0)).numbers == [4, 5])
    }

    @Test func theSlowestRateOfManyUsersStaysATime() {
        var shares = ThreadShares(threads: 3, classes: 1)
        let (spawns, _, _) = Self.dues(shares.orders(to: [10_000], firstDue: 1, interval: 1_000_000_000_000_000, grace: 0))
        #expect(spawns.count == 10_000 && spawns.last ?? 0 <= 1_000_000_000_000_000_001)
    }
}
