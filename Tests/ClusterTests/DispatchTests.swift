import LoadModel
import Testing

@testable import Cluster

struct DispatchTests {
    private static func dispatch(_ weights: [Double] = [1], workers: [(String, Int)]) -> Dispatch {
        var dispatch = Dispatch(classes: weights.enumerated().map { ("\(Character(UnicodeScalar(UInt8(65 + $0.offset))))", $0.element) })
        for (name, capacity) in workers { dispatch.join(dispatch.add(name: name), capacity: capacity) }
        return dispatch
    }

    private static func owners(_ dispatch: Dispatch) -> [Int] {
        (0..<dispatch.count).map { dispatch.worker(ofUser: $0) ?? Dispatch.nobody }
    }

    @Test(arguments: [
        // By rank among those of the same host, then by id: users go to different hosts first.
        (["a_2", "a_1", "b_1"], [1, 2, 0, 1, 2, 0]),
        (["b", "a"], [1, 0, 1, 0, 1, 0]),
        (["h_b", "g_b", "h_a", "g_a"], [3, 2, 1, 0, 3, 2]),
        (["w10", "w9"], [0, 1, 0, 1, 0, 1]),
    ])
    func workersTakeTurnsByRankAndId(names: [String], expected: [Int]) {
        var dispatch = Self.dispatch(workers: names.map { ($0, 100) })
        dispatch.setCount(6)
        #expect(Self.owners(dispatch) == expected)
    }

    @Test(
        arguments: [
            ([5, 1], "AABAAAAABAAAAABA"), ([3, 1], "ABAAABAAABAAABAA"), ([2, 1], "ABAABAABA"), ([4, 5], "BABABABABBABABAB"),
            ([1, 2, 3], "CBACBCCBACBC"), ([1, 9], "BBBBABBBBBBBBBAB"), ([0.5, 0.25], "ABAABAABA"),
        ] as [([Double], String)])
    func classesComeInLocustsOrder(weights: [Double], expected: String) {
        var dispatch = Self.dispatch(weights, workers: [("a", 100)])
        var order = ""
        for count in 1...expected.count {
            let before = dispatch.counts(of: 0)
            dispatch.setCount(count)
            let grown = zip(before, dispatch.counts(of: 0)).enumerated().filter { $0.element.0 != $0.element.1 }.map(\.offset)
            order += grown.map { String(UnicodeScalar(UInt8(65 + $0))) }.joined()
        }
        #expect(order == expected)
    }

    @Test func downIsTheExactReverseOfUp() {
        var dispatch = Self.dispatch([5, 1, 2], workers: [("a_1", 7), ("a_2", 100), ("b", 100)])
        var states: [[[Int]]] = []
        for count in 0...60 {
            dispatch.setCount(count)
            states.append((0..<3).map { dispatch.counts(of: $0) })
        }
        for count in stride(from: 60, through: 0, by: -7) {
            dispatch.setCount(count)
            #expect((0..<3).map { dispatch.counts(of: $0) } == states[count])
        }
        dispatch.setCount(60)
        #expect((0..<3).map { dispatch.counts(of: $0) } == states[60])
    }

    @Test func aJoinMovesOnlyTheSurplusAndTheNewestUsers() {
        var dispatch = Self.dispatch(workers: [("a", 100), ("b", 100)])
        dispatch.setCount(12)
        let before = Self.owners(dispatch)
        dispatch.join(dispatch.add(name: "c"), capacity: 100)
        let after = Self.owners(dispatch)
        #expect((0..<3).map { dispatch.total(of: $0) } == [4, 4, 4])
        #expect(after == Array(before[..<8]) + [2, 2, 2, 2])
    }

    @Test func aLossStopsNobodyElse() {
        var dispatch = Self.dispatch(workers: [("a", 100), ("b", 100), ("c", 100)])
        dispatch.setCount(13)
        let before = Self.owners(dispatch)
        dispatch.leave(1)
        let after = Self.owners(dispatch)
        #expect((0..<3).map { dispatch.total(of: $0) } == [7, 0, 6])
        for (old, new) in zip(before, after) where old != 1 { #expect(old == new) }
    }

    @Test func usersBeyondAllCapacityHaveNoWorkerUntilOneComes() {
        var dispatch = Self.dispatch(workers: [("a", 3), ("b", 5)])
        dispatch.setCount(20)
        #expect((dispatch.total(of: 0), dispatch.total(of: 1), dispatch.withoutWorker) == (3, 5, 12))
        dispatch.join(dispatch.add(name: "c"), capacity: 10)
        #expect((dispatch.total(of: 2), dispatch.withoutWorker, dispatch.capacity) == (10, 2, 18))
        dispatch.leave(1)
        #expect((dispatch.total(of: 0), dispatch.total(of: 2), dispatch.withoutWorker) == (3, 10, 7))
        dispatch.setCount(13)
        #expect(dispatch.count == 13)
    }

    @Test func aWorkerThatNeverJoinedOrHasLeftIsLeftAlone() {
        var dispatch = Self.dispatch(workers: [("a", 10)])
        let other = dispatch.add(name: "b")
        dispatch.setCount(5)
        dispatch.leave(other)
        dispatch.leave(0)
        dispatch.leave(0)
        #expect((dispatch.total(of: 0), dispatch.total(of: other), dispatch.withoutWorker) == (0, 0, 5))
        dispatch.join(0, capacity: 10)
        #expect((dispatch.total(of: 0), dispatch.withoutWorker) == (5, 0))
    }

    @Test(arguments: 1...200) func holdsForRandomJoinsLossesAndCounts(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let weights = (0..<Int.random(in: 1...4, using: &random)).map { _ in Double.random(in: 0.1...5, using: &random) }
        var dispatch = Self.dispatch(weights, workers: [])
        var capacities: [Int] = []
        var present: Set<Int> = []
        for _ in 0..<60 {
            let totals = capacities.indices.map { dispatch.total(of: $0) }
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                let worker = dispatch.add(name: "h\(Int.random(in: 0..<3, using: &random))_\(capacities.count)")
                capacities.append(Int.random(in: 0...1, using: &random) == 0 ? 1000 : Int.random(in: 0...30, using: &random))
                dispatch.join(worker, capacity: capacities[worker])
                present.insert(worker)
                for other in totals.indices { #expect(dispatch.total(of: other) <= max(totals[other], 0)) }
            case 1:
                guard let worker = present.randomElement(using: &random) else { continue }
                dispatch.leave(worker)
                present.remove(worker)
                for other in present { #expect(dispatch.total(of: other) >= totals[other]) }
            default:
                let count = dispatch.count
                let before = capacities.indices.map { dispatch.counts(of: $0) }
                let target = Int.random(in: 0...150, using: &random)
                dispatch.setCount(target)
                #expect(dispatch.count == target)
                if target > count {
                    var reversed = dispatch
                    reversed.setCount(count)
                    #expect(capacities.indices.map { reversed.counts(of: $0) } == before)
                }
            }
            Self.check(dispatch, capacities, present)
        }
    }

    private static func check(_ dispatch: Dispatch, _ capacities: [Int], _ present: Set<Int>) {
        let totals = capacities.indices.map { dispatch.total(of: $0) }
        for worker in capacities.indices {
            #expect(dispatch.counts(of: worker).reduce(0, +) == totals[worker])
            #expect(totals[worker] <= (present.contains(worker) ? capacities[worker] : 0))
        }
        #expect(totals.reduce(0, +) + dispatch.withoutWorker == dispatch.count)
        if dispatch.withoutWorker > 0 { #expect(totals.reduce(0, +) == dispatch.capacity) }
    }

    @Test(arguments: 1...100) func totalsDifferByAtMostOneWhereCapacitiesAllow(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var dispatch = Self.dispatch(workers: [("h_0", 1000)])
        var present: Set<Int> = [0]
        for step in 1...30 {
            dispatch.setCount(dispatch.count + Int.random(in: 0...12, using: &random))
            if present.count > 1, Int.random(in: 0..<3, using: &random) == 0, let worker = present.randomElement(using: &random) {
                dispatch.leave(worker)
                present.remove(worker)
            } else {
                let worker = dispatch.add(name: "h_\(step)")
                dispatch.join(worker, capacity: 1000)
                present.insert(worker)
            }
            let totals = present.map { dispatch.total(of: $0) }
            #expect((totals.max() ?? 0) - (totals.min() ?? 0) <= 1)
        }
    }
}
