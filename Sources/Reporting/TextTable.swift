/// A table without boxes that fits a width: numbers right-aligned, one elastic column of names.
///
/// To fit it takes shorter headings, then shortens the names, then narrows the gaps, then shortens the names further and at last leaves out
/// the columns that may be missing.
package struct TextTable: Sendable {
    /// One cell.
    package struct Cell: Sendable {
        package var text: String
        package var style: TextStyle

        package init(_ text: String, _ style: TextStyle = .plain) {
            self.text = TerminalText.printable(text)
            self.style = style
        }
    }

    /// One column.
    package struct Column: Sendable {
        /// Heading, and the one used where it is narrow.
        package var heading: String
        package var shortHeading: String
        package var isNumber: Bool
        /// May be shortened in the middle, down to 10 columns.
        package var isElastic: Bool
        /// Columns above 0 may be left out, the highest first.
        package var dispensable: Int

        package init(_ heading: String, short: String? = nil, isNumber: Bool = true, isElastic: Bool = false, dispensable: Int = 0) {
            self.heading = heading
            self.shortHeading = short ?? heading
            self.isNumber = isNumber
            self.isElastic = isElastic
            self.dispensable = dispensable
        }
    }

    /// A table's title and what its figures are, ended by a line feed: side by side where they fit, else the explanation below, in as many lines as
    /// it takes.
    static func heading(_ title: String, _ explanation: String, width: Int, isColored: Bool) -> String {
        let fits = title.count + 2 + explanation.count <= width
        let gap = explanation.isEmpty ? "" : fits ? "  " : "\n"
        let rest = fits ? explanation : TerminalText.wrapped(explanation, width: width, indent: 0)
        return TextStyle.strong.applied(to: title, isColored: isColored) + gap + TextStyle.faint.applied(to: rest, isColored: isColored)
            + "\n"
    }

    private var columns: [Column]
    private var rows: [[Cell]] = []
    private var footer: [[Cell]] = []

    /// A table without rows.
    package init(columns: [Column]) { self.columns = columns }

    /// Adds a row with a cell for each column.
    package mutating func add(_ row: [Cell]) {
        precondition(row.count == columns.count, "a row has a cell for each column")
        rows.append(row)
    }

    /// Sets the last row, under a line.
    package mutating func setFooter(_ row: [Cell]) { setFooter([row]) }

    /// Sets the last rows, under a line.
    package mutating func setFooter(_ rows: [[Cell]]) {
        precondition(rows.allSatisfy { $0.count == columns.count }, "a row has a cell for each column")
        footer = rows
    }

    /// The lines of the table, each ended by a line feed, no line wider than `width` (as far as 40 and more columns allow).
    package func rendered(width: Int, isColored: Bool) -> String {
        var table = self
        while true {
            for (short, elastic, gap) in [(false, 60, 2), (true, 60, 2), (true, 24, 2), (true, 24, 1), (true, 10, 1)] {
                if let widths = table.widths(short: short, leastElastic: elastic, gap: gap, within: width) {
                    return table.rendered(widths: widths, short: short, gap: gap, isColored: isColored)
                }
            }
            let last = table.columns.indices.max { table.columns[$0].dispensable < table.columns[$1].dispensable }
            guard let last, table.columns[last].dispensable > 0 else {
                let widths = table.columns.indices.map { table.natural($0, short: true) }
                return table.rendered(widths: widths, short: true, gap: 1, isColored: isColored)
            }
            table.columns.remove(at: last)
            table.rows = table.rows.map { row in row.indices.filter { $0 != last }.map { row[$0] } }
            table.footer = table.footer.map { row in row.indices.filter { $0 != last }.map { row[$0] } }
        }
    }

    /// Widths that fit, or nil.
    private func widths(short: Bool, leastElastic: Int, gap: Int, within width: Int) -> [Int]? {
        var widths = columns.indices.map { natural($0, short: short) }
        var excess = widths.reduce(0, +) + gap * (columns.count - 1) - width
        for index in columns.indices where columns[index].isElastic && excess > 0 {
            let reduced = max(min(widths[index], leastElastic), widths[index] - excess)
            excess -= widths[index] - reduced
            widths[index] = reduced
        }
        return excess > 0 ? nil : widths
    }

    private func natural(_ index: Int, short: Bool) -> Int {
        let heading = short ? columns[index].shortHeading : columns[index].heading
        var width = TerminalText.columns(heading)
        for row in rows + footer { width = max(width, TerminalText.columns(row[index].text)) }
        return width
    }

    private func rendered(widths: [Int], short: Bool, gap: Int, isColored: Bool) -> String {
        let headings = columns.map { Cell(short ? $0.shortHeading : $0.heading, .faint) }
        var text = line(headings, widths: widths, gap: gap, isColored: isColored)
        for row in rows { text += line(row, widths: widths, gap: gap, isColored: isColored) }
        if !footer.isEmpty {
            let rule = String(repeating: "─", count: widths.reduce(0, +) + gap * (widths.count - 1))
            text += TextStyle.faint.applied(to: rule, isColored: isColored) + "\n"
            for row in footer { text += line(row, widths: widths, gap: gap, isColored: isColored) }
        }
        return text
    }

    private func line(_ row: [Cell], widths: [Int], gap: Int, isColored: Bool) -> String {
        var line = ""
        for (index, cell) in row.enumerated() {
            let isLast = index == row.count - 1
            let text = TerminalText.shortened(cell.text, to: widths[index])
            var padded = TerminalText.padded(text, to: widths[index], right: columns[index].isNumber)
            if isLast, !columns[index].isNumber { padded = text }
            line += cell.style.applied(to: padded, isColored: isColored)
            if !isLast { line += String(repeating: " ", count: gap) }
        }
        return line + "\n"
    }
}
