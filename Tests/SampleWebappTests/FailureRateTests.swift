import LoadModel
import SampleWebapp
import Testing

@Suite struct FailureRateTests {
    @Test(arguments: [("2%", 0.02, "2%"), ("0.5%", 0.005, "0.5%"), ("0%", 0, "0%"), ("0", 0, "0%"), ("100%", 1, "100%")])
    func readsPercentages(text: String, share: Double, printed: String) throws {
        let rate = try FailureRate(parsing: text)
        #expect(abs(rate.share - share) < 1e-12)
        #expect(rate.text == printed)
    }

    @Test(arguments: [
        ("0.02", ["0.02% if it is a percentage", "2% if it is a fraction"]), ("2", ["2% if it is a percentage", "more than all"]),
        ("1", ["1% if", "100% if it is a fraction"]), ("101%", ["0% to 100%"]), ("-1%", ["not a failure rate"]),
        ("", ["not a failure rate"]),
        ("%", ["not a failure rate"]), ("two%", ["not a failure rate"]), ("2 %", ["not a failure rate"]),
    ])
    func refusesInWords(text: String, words: [String]) {
        let error = #expect(throws: WebappError.self) { try FailureRate(parsing: text) }
        #expect(error?.code == .usage)
        for word in words { #expect(error?.description.contains(word) == true, "\(String(describing: error))") }
    }

    @Test(arguments: [0.0, 0.005, 0.02, 0.5, 1.0])
    func strikesAtItsRate(share: Double) {
        let rate = FailureRate(share: share)
        var generator = SplitMix64(seed: 42)
        let draws = 100_000
        var strikes = 0
        for _ in 0..<draws where rate.strikes(using: &generator) { strikes += 1 }
        #expect(abs(Double(strikes) - Double(draws) * share) <= 5 * (Double(draws) * share * (1 - share)).squareRoot())
    }
}
