import LoadModel
import SampleWebapp
import Testing

@Suite struct LatencyDistributionTests {
    @Test(
        arguments: [
            ("0", [(0, 1.0)], "0"),
            ("500ms", [(500_000_000, 1)], "500ms"),
            ("2us", [(2_000, 1)], "2us"),
            ("2µs", [(2_000, 1)], "2us"),
            ("1.5s", [(1_500_000_000, 1)], "1500ms"),
            ("0.5us", [(500, 1)], "0.5us"),
            ("0ms", [(0, 1)], "0"),
            ("1500us", [(1_500_000, 1)], "1500us"),
            ("3600s", [(3_600_000_000_000, 1)], "3600s"),
            ("20ms:5", [(20_000_000, 5)], "20ms"),
            ("2ms:90,20ms:9,500ms:1", [(2_000_000, 90), (20_000_000, 9), (500_000_000, 1)], "2ms:90,20ms:9,500ms:1"),
            ("0:99.5,1s:0.5", [(0, 99.5), (1_000_000_000, 0.5)], "0:99.5,1s:0.5"),
        ] as [(String, [(Int64, Double)], String)])
    func readsSpansAndWeights(text: String, parts: [(Int64, Double)], printed: String) throws {
        let distribution = try LatencyDistribution(parsing: text)
        #expect(distribution.parts == parts.map { LatencyDistribution.Part(nanoseconds: $0.0, weight: $0.1) })
        #expect(distribution.text == printed)
    }

    @Test(arguments: [
        ("5", "5ms for milliseconds"), ("0.02", "no unit"), ("5m", "unknown unit 'm'"), ("5 ms", "unknown unit"), ("", "not a latency"),
        ("ms", "not a latency"), ("-2ms", "not a latency"), ("1e3ms", "unknown unit"), ("nan", "not a latency"),
        ("1.2.3ms", "not a latency"),
        ("3601s", "one hour"), ("2ms:", "not a weight"), ("2ms:0", "not a weight"), ("2ms:-1", "not a weight"), ("2ms:x", "not a weight"),
        ("2ms:90,", "not a latency"), ("2ms,3ms", "no weight"), ("2ms:90,3ms", "write it as 3ms:WEIGHT"), ("2:90,3ms:10", "no unit"),
        ("2ms:1:1", "not a latency"), (":1", "not a latency"),
    ])
    func refusesInWords(text: String, words: String) {
        let error = #expect(throws: WebappError.self) { try LatencyDistribution(parsing: text) }
        #expect(error?.code == .usage)
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test func drawsInProportionToTheWeights() throws {
        let distribution = try LatencyDistribution(parsing: "2ms:90,20ms:9,500ms:1")
        var generator = SplitMix64(seed: 1)
        var counts: [Int64: Int] = [:]
        let draws = 100_000
        for _ in 0..<draws { counts[distribution.draw(using: &generator), default: 0] += 1 }
        for part in distribution.parts {
            // Five standard deviations of a binomial count.
            let share = part.weight / 100
            let tolerance = 5 * (Double(draws) * share * (1 - share)).squareRoot()
            #expect(abs(Double(counts[part.nanoseconds] ?? 0) - Double(draws) * share) < tolerance, "\(part): \(counts)")
        }
        #expect(counts.values.reduce(0, +) == draws && counts.count == 3)
    }
}
