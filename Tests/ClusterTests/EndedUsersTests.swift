import LoadEngine
import LoadModel
import Testing

@testable import Cluster

/// Users that have ended by themselves, where users are dealt and counted.
struct EndedUsersTests {
    private static func dispatch(users: Int, workers: Int = 2, fixedCounts: [Int?] = [nil, nil]) -> Dispatch {
        var dispatch = Dispatch(classes: [("A", 1), ("B", 1)], fixedCounts: fixedCounts)
        for number in 0..<workers { dispatch.join(dispatch.add(name: "h_\(number)"), capacity: 1000) }
        dispatch.setCount(users)
        return dispatch
    }

    @Test func theyStayDealtButToNoWorker() {
        var dispatch = Self.dispatch(users: 8)
        #expect(dispatch.counts(of: 0) == [2, 2] || dispatch.total(of: 0) == 4)
        dispatch.end(1, ofClass: 0, on: 0)
        #expect(dispatch.count == 8 && dispatch.live == 7 && dispatch.total(of: 0) == 3)
        dispatch.leave(0)
        #expect(dispatch.total(of: 1) == 7)
        dispatch.join(dispatch.add(name: "h_9"), capacity: 1000)
        #expect(dispatch.total(of: 1) + dispatch.total(of: 2) == 7 && abs(dispatch.total(of: 1) - dispatch.total(of: 2)) <= 1)
    }

    @Test func theyAreTheFirstToGo() {
        var dispatch = Self.dispatch(users: 8, workers: 1)
        dispatch.end(3, ofClass: 0, on: 0)
        dispatch.setCount(7)
        #expect(dispatch.live == 5 || dispatch.live == 4)
        dispatch.setCount(0)
        #expect(dispatch.live == 0 && dispatch.count == 0)
        dispatch.setCount(8)
        #expect(dispatch.live == 8 && dispatch.counts(of: 0) == [4, 4])
    }

    @Test func moreThanAWorkerWasDealtAreTakenFromWhoHasNoneAndThenFromOthers() {
        var dispatch = Dispatch(classes: [("A", 1)])
        dispatch.join(dispatch.add(name: "h_0"), capacity: 2)
        dispatch.join(dispatch.add(name: "h_1"), capacity: 4)
        dispatch.setCount(7)
        #expect(dispatch.withoutWorker == 1)
        dispatch.end(5, ofClass: 0, on: 0)
        #expect(dispatch.withoutWorker == 0 && dispatch.total(of: 0) == 0 && dispatch.total(of: 1) == 2 && dispatch.live == 2)
        dispatch.end(9, ofClass: 0, on: nil)
        #expect(dispatch.live == 0 && dispatch.count == 7)
        dispatch.setCount(8)
        #expect(dispatch.live == 1)
    }

    @Test(arguments: 1...100) func theSumsHoldWhateverHappens(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var dispatch = Self.dispatch(users: 20, workers: 3)
        var present: Set<Int> = [0, 1, 2]
        for step in 0..<60 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: dispatch.setCount(Int.random(in: 0...40, using: &random))
            case 1: dispatch.end(Int.random(in: 1...5, using: &random), ofClass: Int.random(in: 0...1, using: &random), on: present.first)
            case 2:
                let worker = dispatch.add(name: "x_\(step)")
                dispatch.join(worker, capacity: Int.random(in: 1...30, using: &random))
                present.insert(worker)
            default:
                guard present.count > 1, let worker = present.randomElement(using: &random) else { break }
                dispatch.leave(worker)
                present.remove(worker)
            }
            let totals = present.reduce(0) { $0 + dispatch.total(of: $1) }
            #expect(totals + dispatch.withoutWorker == dispatch.live && dispatch.live <= dispatch.count && dispatch.live >= 0)
        }
    }

    @Test func fixedCountsComeFirstAndAgainstTheTotal() {
        #expect(Self.dispatch(users: 3, workers: 1, fixedCounts: [nil, 4]).counts(of: 0) == [0, 3])
        var dispatch = Self.dispatch(users: 10, workers: 1, fixedCounts: [nil, 4])
        #expect(dispatch.counts(of: 0) == [6, 4])
        dispatch.setCount(2)
        #expect(dispatch.counts(of: 0) == [0, 2])
        dispatch.setCount(5)
        #expect(dispatch.counts(of: 0) == [1, 4])
        #expect(Dispatch(classes: [("A", 1), ("B", 1)], fixedCounts: [2, 4]).mostUsers == 6 && dispatch.mostUsers == nil)
    }

    // MARK: - On a worker's threads

    private static func retired(_ orders: [(thread: Int, command: EngineCommand)]) -> [Int: Int] {
        var counts: [Int: Int] = [:]
        for case (let thread, .retire(let order)) in orders { counts[thread, default: 0] += order.userClasses.count }
        return counts
    }

    @Test func onlyLiveUsersAreToldToLeave() {
        var shares = ThreadShares(threads: 2, classes: 1)
        _ = shares.orders(to: [10], firstDue: 0, interval: 1, grace: 0)
        shares.noteEnded([[5], [0]])
        #expect(shares.totals == [10] && shares.endedTotals == [5])
        #expect(Self.retired(shares.orders(to: [8], firstDue: 0, interval: 1, grace: 0)) == [1: 2])
        // There are no more than are left.
        #expect(Self.retired(shares.orders(to: [0], firstDue: 0, interval: 1, grace: 0)) == [1: 3])
        #expect(shares.totals == [5])
    }

    @Test func whoWasToLeaveAndHasEndedBeforeIsReplacedByAnotherWhoLeaves() {
        var shares = ThreadShares(threads: 2, classes: 1)
        _ = shares.orders(to: [2], firstDue: 0, interval: 1, grace: 0)
        let leaving = Self.retired(shares.orders(to: [1], firstDue: 0, interval: 1, grace: 0))
        let thread = leaving.keys.first ?? 0
        var ended = [[0], [0]]
        ended[thread] = [1]
        shares.noteEnded(ended)
        #expect(shares.totals == [2] && shares.excess(over: [1]) == 1)
        #expect(Self.retired(shares.orders(to: [1], firstDue: 0, interval: 0, grace: 0)) == [1 - thread: 1])
        #expect(shares.excess(over: [1]) == 0)
    }

    @Test func whoHadEndedBeforeTheLeaseLapsedIsNotCountedAgain() {
        var shares = ThreadShares(threads: 1, classes: 1)
        _ = shares.orders(to: [4], firstDue: 0, interval: 1, grace: 0)
        shares.noteEnded([[2]])
        shares.clear()
        shares.clear(endedBefore: [[3]])
        shares.noteEnded([[2]])
        #expect(shares.totals == [0] && shares.endedBeforeTotals == [3])
        _ = shares.orders(to: [1], firstDue: 0, interval: 1, grace: 0)
        shares.noteEnded([[4]])
        #expect(shares.totals == [1] && shares.endedTotals == [1])
    }

    @Test func numbersOfWorkersDoNotMeet() {
        var numbers: Set<Int> = []
        for index in 0..<2 {
            var shares = ThreadShares(threads: 2, classes: 1, firstNumber: index, numberStride: 2)
            for case (_, .spawn(let order)) in shares.orders(to: [5], firstDue: 0, interval: 1, grace: 0) {
                for k in order.userClasses.indices { numbers.insert(order.firstNumber + k * order.numberStride) }
            }
        }
        #expect(numbers == Set(0..<10))
    }

    // MARK: - What a worker may have

    @Test func theBoundOfAWorkerFallsWithThem() {
        var allowance = Allowance(classes: 1)
        allowance.order([10], version: 1)
        allowance.confirm(version: 1, users: [10], isSettled: true)
        #expect(allowance.noteEnded([3]) == [3] && allowance.bound == 7 && allowance.noteEnded([2]) == [0])
        allowance.confirm(version: 1, users: [7], isSettled: true)
        #expect(allowance.bound == 7 && allowance.free(0) == 0)
        // Two are to leave; one of them ends by itself before.
        allowance.order([8], version: 2)
        #expect(allowance.bound == 7)
        _ = allowance.noteEnded([4])
        allowance.confirm(version: 2, users: [6], isSettled: false)
        #expect(allowance.bound == 6)
        allowance.confirm(version: 2, users: [4], isSettled: true)
        #expect(allowance.bound == 4)
        // Lost and back: the first order counts those that have ended, at no price.
        allowance.clear()
        #expect(allowance.bound == 0 && allowance.free(0) == 4)
        allowance.order([6], version: 3)
        #expect(allowance.bound == 2)
        allowance.lapse()
        #expect(allowance.bound == 2)
    }
}
