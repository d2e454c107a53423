import LoadModel
import Testing

struct RampTests {
    private static let second: Int64 = 1_000_000_000

    @Test(arguments: [
        (Ramp(from: 0, to: 10, ratePerSecond: 2), [0, 2, 4, 6, 8, 10, 10]),
        (Ramp(from: 10, to: 4, ratePerSecond: 2), [10, 8, 6, 4, 4, 4, 4]),
        (Ramp(from: 3, to: 3, ratePerSecond: 5), [3, 3, 3, 3, 3, 3, 3]),
        (Ramp(from: 2, to: 5, ratePerSecond: 1, startNanoseconds: 2 * second), [2, 2, 2, 3, 4, 5, 5]),
        (Ramp(from: 0, to: 0, ratePerSecond: 1), [0, 0, 0, 0, 0, 0, 0]),
    ])
    func goesEvenlyUpOrDown(ramp: Ramp, expected: [Int]) {
        #expect((0...6).map { ramp.users(before: Int64($0) * Self.second) } == expected)
    }

    @Test(arguments: [
        Ramp(from: 3, to: 40, ratePerSecond: 7, startNanoseconds: 5), Ramp(from: 40, to: 3, ratePerSecond: 7, startNanoseconds: 5),
    ])
    func eachUserIsDueWhenTheCountChanges(ramp: Ramp) {
        let step = ramp.to > ramp.from ? 1 : -1
        for count in stride(from: ramp.from, to: ramp.to, by: step) {
            let due = ramp.due(after: count)
            // Due at a moment is due before the next one.
            #expect(ramp.users(before: due - 1000) * step <= count * step)
            #expect(ramp.users(before: due + 1000) * step > count * step)
        }
        #expect(
            !ramp.isComplete(before: ramp.due(after: ramp.to - step) - 1000)
                && ramp.isComplete(before: ramp.due(after: ramp.to - step) + 1000))
    }

    @Test func theFirstUserIsDueAtTheStart() {
        #expect(Ramp(from: 0, to: 5, ratePerSecond: 0.5, startNanoseconds: 7).due(after: 0) == 7)
        #expect(Ramp(from: 5, to: 0, ratePerSecond: 0.5, startNanoseconds: 7).due(after: 5) == 7)
    }

    @Test func theSlowestRampDoesNotOverflow() {
        let ramp = Ramp(from: 0, to: 10_000_000, ratePerSecond: 1e-9, startNanoseconds: 1)
        #expect(ramp.due(after: 9_999_999) > 0 && ramp.users(before: .max / 2) < 10 && ramp.intervalNanoseconds > 0)
    }
}
