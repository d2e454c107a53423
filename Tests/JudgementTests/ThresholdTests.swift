import Testing

@testable import Judgement

struct ThresholdTests {
    @Test func keepsItsText() throws { #expect(try Threshold("p95 < 1s").text == "p95 < 1s") }
}
