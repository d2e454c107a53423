import LoadModel
import Testing

struct WaitTimeTests {
    private static let second: Int64 = 1_000_000_000

    /// Steps of one user on a virtual clock, in seconds: step k lasts `lasts[k]`. Answers when each was due and when it began.
    private func run(_ wait: WaitTime, from start: Int64, lasts: [Int64]) -> [(due: Int64, began: Int64)] {
        var generator = SplitMix64(seed: 1)
        var (due, now) = (start * Self.second, start * Self.second)
        var steps: [(due: Int64, began: Int64)] = []
        for seconds in lasts {
            now = max(now, due)
            // As the engine has it: who does not catch up is due when it begins.
            if case .schedule(_, catchesUp: false) = wait { due = now }
            steps.append((due / Self.second, now / Self.second))
            let began = due
            now += seconds * Self.second
            due = wait.due(ended: now, began: began, using: &generator)
        }
        return steps
    }

    @Test func aScheduleKeepsItsTimesWhateverTheStepsTake() {
        let steps = run(.schedule(intervalNanoseconds: 10 * Self.second, catchesUp: true), from: 100, lasts: [0, 9, 10, 3, 1])
        #expect(steps.map(\.due) == [100, 110, 120, 130, 140])
        #expect(steps.map(\.began) == [100, 110, 120, 130, 140])
    }

    @Test func lateStepsOfAScheduleBeginAtOnceAndKeepTheirTimes() {
        // The second lasts 35 s, so the next three are late: they begin one after the other.
        let steps = run(.schedule(intervalNanoseconds: 10 * Self.second, catchesUp: true), from: 0, lasts: [1, 35, 1, 1, 1, 1, 1])
        #expect(steps.map(\.due) == [0, 10, 20, 30, 40, 50, 60])
        #expect(steps.map(\.began) == [0, 10, 45, 46, 47, 50, 60])
    }

    @Test func aLongStallIsWorkedOffOneByOne() {
        let steps = run(
            .schedule(intervalNanoseconds: Self.second, catchesUp: true), from: 0, lasts: [3600] + Array(repeating: 0, count: 3602))
        #expect(steps.prefix(3601).map(\.due) == Array(0...3600))
        #expect(steps.dropFirst().prefix(3600).allSatisfy { $0.began == 3600 })
        #expect(steps.suffix(2).map(\.began) == [3601, 3602])
    }

    @Test func aScheduleThatDoesNotCatchUpBeginsAnewWithEachStep() {
        let steps = run(.schedule(intervalNanoseconds: 10 * Self.second, catchesUp: false), from: 0, lasts: [1, 35, 1, 12, 1, 1])
        #expect(steps.map(\.due) == [0, 10, 45, 55, 67, 77])
        #expect(steps.map(\.began) == steps.map(\.due))
    }

    @Test func otherWaitsBeginWhenTheStepHasEnded() {
        let steps = run(.constant(nanoseconds: 2 * Self.second), from: 5, lasts: [1, 7, 1])
        #expect(steps.map(\.due) == [5, 8, 17])
        var generator = SplitMix64(seed: 1)
        for _ in 0..<100 {
            let due = WaitTime.between(nanoseconds: 5...9).due(ended: 100, began: 0, using: &generator)
            #expect((105...109).contains(due))
        }
        let scripted = WaitTime.scripted.due(ended: 100, began: 0, using: &generator)
        #expect(scripted == 100)
    }

    @Test func exponentialPausesHaveTheirMeanAndNoMemory() {
        let wait = WaitTime.exponential(meanNanoseconds: 1_000_000)
        var generator = SplitMix64(seed: 3)
        let pauses = (0..<100_000).map { _ in Double(wait.next(using: &generator)) / 1e6 }
        #expect(pauses.allSatisfy { $0 >= 0 })
        #expect((0.98...1.02).contains(pauses.reduce(0, +) / Double(pauses.count)))
        // Of those that are longer than t, as many are longer than 2 t as of all are longer than t: 1 / e at the mean.
        let (long, longer) = (pauses.filter { $0 > 1 }.count, pauses.filter { $0 > 2 }.count)
        #expect((0.355...0.38).contains(Double(long) / Double(pauses.count)))
        #expect((0.35...0.385).contains(Double(longer) / Double(long)))
    }

    @Test func exponentialPausesDoNotOverflow() {
        var generator = SplitMix64(seed: 3)
        let wait = WaitTime.exponential(meanNanoseconds: WaitTime.longestNanoseconds)
        let pauses = (0..<10_000).map { _ in wait.next(using: &generator) }
        #expect(pauses.allSatisfy { (0...WaitTime.longestNanoseconds).contains($0) })
        let none = WaitTime.exponential(meanNanoseconds: 0).next(using: &generator)
        #expect(none == 0)
    }
}
