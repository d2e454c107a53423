import Testing

@testable import Judgement

struct ThresholdTests {
    @Test func keepsItsText() { #expect(Threshold(text: "p95 < 1s").text == "p95 < 1s") }
}
