/// One line of the table of `make accuracy`.
package struct AccuracyRow: Sendable {
    /// Which check it belongs to.
    package var check: String
    package var figure: String
    package var expected: String
    package var measured: String
    package var deviation: String
    package var bar: String
    package var isHeld: Bool
    /// True when the bar as promised is not met: only the wider one is, to which the machine's own unsteadiness has moved it.
    package var isWidened: Bool

    package init(
        _ check: String, _ figure: String, expected: String, measured: String, deviation: String, bar: String, isHeld: Bool,
        isWidened: Bool = false
    ) {
        self.check = check
        self.figure = figure
        self.expected = expected
        self.measured = measured
        self.deviation = deviation
        self.bar = bar
        self.isHeld = isHeld
        self.isWidened = isWidened
    }

    /// A time against its expectation, both in seconds; the bar is a share of the expectation.
    package static func time(_ check: String, _ figure: String, expected: Double, measured: Double, within share: Double) -> AccuracyRow {
        let deviation = (measured - expected) / expected
        return AccuracyRow(
            check, figure, expected: Figures.time(expected), measured: Figures.time(measured), deviation: Figures.percent(deviation),
            bar: "± \(Figures.plainPercent(share))", isHeld: abs(deviation) <= share)
    }

    /// A time, in seconds, that may be so much longer than expected, and no shorter than by `below`.
    package static func time(
        _ check: String, _ figure: String, expected: Double, measured: Double, above: Double, below: Double = 0
    ) -> AccuracyRow {
        let deviation = measured - expected
        return AccuracyRow(
            check, figure, expected: Figures.time(expected), measured: Figures.time(measured),
            deviation: (deviation < 0 ? "−" : "+") + Figures.time(abs(deviation)), bar: "−\(Figures.time(below)) … +\(Figures.time(above))",
            isHeld: deviation >= -below && deviation <= above)
    }

    /// A figure that has to stay at or below a bar.
    package static func most(_ check: String, _ figure: String, measured: Double, bar: Double, text: (Double) -> String) -> AccuracyRow {
        AccuracyRow(
            check, figure, expected: "–", measured: text(measured), deviation: "–", bar: "≤ \(text(bar))", isHeld: measured <= bar)
    }

    /// A count that has to be so.
    package static func count(_ check: String, _ figure: String, expected: Int, measured: Int) -> AccuracyRow {
        AccuracyRow(
            check, figure, expected: "\(expected)", measured: "\(measured)", deviation: "\(measured - expected)", bar: "0",
            isHeld: measured == expected)
    }

    /// A check that could not be carried out, which is not held either.
    package static func failed(_ check: String, _ reason: String) -> AccuracyRow {
        let line = reason.split(whereSeparator: \.isNewline).joined(separator: " ").replacing("|", with: "/").prefix(300)
        return AccuracyRow(check, "carried out", expected: "yes", measured: String(line), deviation: "–", bar: "–", isHeld: false)
    }

    /// The rows of one part of a check that depends on how steady the machine is, which is made up to `most` times until each row is held without a widened
    /// bar. What disturbs a run from outside can only make it worse, and what is wrong is wrong each time. Which time it was is said.
    package static func rows(of check: String, attempts most: Int, _ make: () throws -> [AccuracyRow]) -> [AccuracyRow] {
        var best: [AccuracyRow] = []
        for attempt in 1...most {
            var rows = rows(of: check, make)
            if attempt > 1 { for index in rows.indices { rows[index].figure += " (attempt \(attempt))" } }
            let isHeld = rows.allSatisfy(\.isHeld)
            if isHeld && rows.allSatisfy({ !$0.isWidened }) { return rows }
            if best.isEmpty || isHeld || !best.allSatisfy(\.isHeld) { best = rows }
        }
        return best
    }

    /// The rows of one part of a check; one that is not held when it could not be carried out, so that the other parts are.
    package static func rows(of check: String, _ make: () throws -> [AccuracyRow]) -> [AccuracyRow] {
        do { return try make() } catch { return [.failed(check, "\(error)")] }
    }
}
