import Accuracy
import Testing

struct AccuracyTableTests {
    @Test func aRowIsHeldOnlyWithinItsBar() {
        #expect(AccuracyRow.time("c", "f", expected: 1, measured: 1.029, within: 0.03).isHeld)
        #expect(!AccuracyRow.time("c", "f", expected: 1, measured: 1.031, within: 0.03).isHeld)
        #expect(!AccuracyRow.time("c", "f", expected: 1, measured: 0.969, within: 0.03).isHeld)
        #expect(!AccuracyRow.time("c", "f", expected: 0, measured: 0.1, within: 0.03).isHeld)
        #expect(!AccuracyRow.time("c", "f", expected: 1, measured: 1.2, above: 0.1).isHeld)
        #expect(!AccuracyRow.time("c", "f", expected: 1, measured: 0.999, above: 0.1).isHeld)
        #expect(!AccuracyRow.most("c", "f", measured: .nan, bar: 1, text: Figures.time).isHeld)
        #expect(!AccuracyRow.count("c", "f", expected: 1, measured: 2).isHeld)
        #expect(!AccuracyRow.failed("c", "why").isHeld)
    }

    @Test func aTableIsHeldWhenAllRowsAreAndThereAreSome() {
        var table = AccuracyTable()
        #expect(!table.isHeld)
        table.rows = [.count("c", "f", expected: 1, measured: 1)]
        #expect(table.isHeld)
        #expect(table.markdown.contains("| c | f | 1 | 1 | 0 | 0 | yes |"))
        table.rows.append(.failed("d", "no server"))
        #expect(!table.isHeld)
        #expect(table.text.contains("no server") && table.text.contains("NO"))
    }

    /// What only a wider bar holds is not counted among what is held.
    @Test func aWidenedBarIsNotAHeldOne() {
        var table = AccuracyTable()
        table.rows = [.count("c", "f", expected: 1, measured: 1), .count("c", "g", expected: 1, measured: 1), .failed("d", "no server")]
        table.rows[1].isWidened = true
        #expect(table.summary.hasPrefix("1 of 3 bars held, 1 more only") && table.markdown.contains("| g | 1 | 1 | 0 | 0 | widened |"))
        table.rows.removeLast(2)
        #expect(table.summary == "1 of 1 bars held")
    }

    @Test(arguments: [(0.0, "0.000"), (0.0126, "0.013"), (1.234, "1.23"), (-12.34, "−12.3"), (1502.4, "1502"), (.infinity, "∞")])
    func numbersHaveThreeDigits(value: Double, text: String) { #expect(Figures.number(value) == text) }
}
