import LoadModel
import Testing

@Suite struct SplitMix64Tests {
    /// The first values of the published reference implementation for the seed 1234567.
    @Test func agreesWithTheReference() {
        var generator = SplitMix64(seed: 1_234_567)
        let values = (0..<3).map { _ in generator.next() }
        #expect(values == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
    }

    @Test func unitNumbersLieBelowOne() {
        var generator = SplitMix64(seed: 7)
        let numbers = (0..<10_000).map { _ in generator.nextUnit() }
        #expect(numbers.allSatisfy { (0..<1).contains($0) })
        #expect(abs(numbers.reduce(0, +) / 10_000 - 0.5) < 0.02)
    }
}
