import LoadModel
import Testing

struct LoadTextTests {
    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (19_915, "19,915"), (-1_234_567, "-1,234,567")])
    func thousandsAreMarked(value: Int64, text: String) { #expect(LoadText.grouped(value) == text) }

    @Test(arguments: [(10, "10"), (0.5, "0.5"), (12.5, "12.5"), (1e-300, "1e-300"), (1e9, "1000000000")])
    func ratesAreAsTheyWereAskedFor(rate: Double, text: String) { #expect(LoadText.rate(rate) == text) }
}
