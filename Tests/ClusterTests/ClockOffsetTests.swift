import LoadModel
import Testing
import Wire

@testable import Cluster

struct ClockOffsetTests {
    private static let millisecond: Int64 = 1_000_000

    /// One exchange: sent at `at` of the worker's clock, which is `shift` behind the master's, with these ways there and back.
    private static func exchange(_ clock: inout ClockOffset, _ sequence: Int64, at: Int64, shift: Int64, there: Int64, back: Int64) {
        clock.noteSent(sequence, at: at)
        clock.noteAnswered(sequence, clock: at + shift + there, now: at + there + back)
    }

    @Test(arguments: [0, 1, -1, 1_000, -1_000] as [Int64]) func theTruthLiesWithinTheUncertainty(seconds: Int64) {
        var clock = ClockOffset()
        var random = SplitMix64(seed: 7)
        let shift = seconds * 1_000_000_000 + 12_345
        for sequence in 1...200 as ClosedRange<Int64> {
            let ways = (0..<2).map { _ in Int64.random(in: 20_000...40 * Self.millisecond, using: &random) }
            Self.exchange(&clock, sequence, at: sequence * 250 * Self.millisecond, shift: shift, there: ways[0], back: ways[1])
            if sequence == 3 { clock.noteBegan(700 * Self.millisecond) }
            if let reading = clock.reading {
                #expect(abs(reading.offsetNanoseconds - shift) <= reading.uncertaintyNanoseconds)
                #expect(reading.beganNanoseconds == 700 * Self.millisecond)
            }
        }
        #expect(clock.reading != nil)
    }

    @Test func theQuickestAnswerSaysTheMost() throws {
        var clock = ClockOffset()
        clock.noteBegan(0)
        Self.exchange(&clock, 1, at: 0, shift: 500, there: 9000, back: 1000)
        #expect(clock.best?.half == 5000 && clock.best?.offset == 4500)
        Self.exchange(&clock, 2, at: 20_000, shift: 500, there: 100, back: 100)
        #expect(clock.best?.half == 100 && clock.best?.offset == 500)
        Self.exchange(&clock, 3, at: 40_000, shift: 500, there: 900, back: 100)
        #expect(clock.best?.half == 100)
        // Long after the beginning a quick answer says less than a slow one then: clocks drift.
        Self.exchange(&clock, 4, at: 100 * Self.millisecond, shift: 500, there: 1, back: 1)
        #expect(clock.best?.half == 100)
        #expect(try #require(clock.reading).uncertaintyNanoseconds == 100 + 20_200 / 10_000)
    }

    @Test func onlyAnswersToWhatWasSentCount() {
        var clock = ClockOffset()
        clock.noteBegan(0)
        clock.noteAnswered(1, clock: 5, now: 5)
        #expect(clock.best == nil && clock.reading == nil)
        for sequence in 1...1000 as ClosedRange<Int64> { clock.noteSent(sequence, at: sequence) }
        clock.noteAnswered(1, clock: 5, now: 2000)
        #expect(clock.best == nil)
        clock.noteAnswered(1000, clock: .min, now: 2000)
        #expect(clock.best == nil)
        clock.noteAnswered(999, clock: 5, now: 2000)
        let known = clock.best
        #expect(known != nil)
        // Twice the same answer is one.
        clock.noteAnswered(999, clock: 70, now: 1001)
        #expect(clock.best == known)
        clock.forgetAnswers()
        clock.noteAnswered(998, clock: 5, now: 2000)
        #expect(clock.best == nil && clock.began == 0)
    }

    @Test func theRunBeginsOnce() {
        var clock = ClockOffset()
        clock.noteBegan(5)
        clock.noteBegan(9)
        #expect(clock.began == 5)
    }
}
