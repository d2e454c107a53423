/// The rows of a whole run, as texts.
package struct AccuracyTable: Sendable {
    package var rows: [AccuracyRow] = []

    package init() {}

    /// True when there are rows, and no bar was missed by more than the machine's own unsteadiness explains.
    package var isHeld: Bool { !rows.isEmpty && rows.allSatisfy(\.isHeld) }

    /// How many bars were held, and how many only as far as this machine can show.
    package var summary: String {
        let widened = rows.count { $0.isHeld && $0.isWidened }
        let held = rows.count(where: \.isHeld) - widened
        return "\(held) of \(rows.count) bars held"
            + (widened > 0 ? ", \(widened) more only within what this machine's own timers deviate (\"widened\")" : "")
    }

    private static let head = ["check", "figure", "expected", "measured", "deviation", "bar", "held"]
    private var cells: [[String]] {
        rows.map {
            [$0.check, $0.figure, $0.expected, $0.measured, $0.deviation, $0.bar, $0.isHeld ? $0.isWidened ? "widened" : "yes" : "NO"]
        }
    }

    /// For a terminal.
    package var text: String { Self.aligned([Self.head] + cells) }
    /// For a page.
    package var markdown: String { Self.markdown(head: Self.head, cells) }

    /// Any table for a page.
    package static func markdown(head: [String], _ cells: [[String]]) -> String {
        ([head, head.map { _ in "---" }] + cells).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n") + "\n"
    }

    private static func aligned(_ lines: [[String]]) -> String {
        let widths = head.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            var text = ""
            for (cell, width) in zip(line, widths) { text += cell + String(repeating: " ", count: width - cell.count + 2) }
            while text.last == " " { text.removeLast() }
            return text
        }.joined(separator: "\n") + "\n"
    }
}
