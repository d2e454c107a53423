/// What users drew from one data file.
package struct DataUseRow: Sendable, Equatable {
    /// The file's name, as the script gives it.
    package var file: String
    /// Rows in the file.
    package var rows: Int
    /// Rows that users got; each draw counts where rows are drawn again and again.
    package var drawn: Int64
    /// Rows that were leased to a worker that was lost, and are given to nobody.
    package var burnt: Int64
    /// Rows that nobody got; nil where rows are drawn again and again, so that there are always some.
    package var left: Int64?

    package init(file: String, rows: Int, drawn: Int64, burnt: Int64 = 0, left: Int64? = nil) {
        self.file = file
        self.rows = rows
        self.drawn = drawn
        self.burnt = burnt
        self.left = left
    }

    /// One line: `accounts.csv: 500 of 1,000 rows drawn, 20 burnt with lost workers, 480 left`.
    package var text: String {
        let rows = "\(NumberText.grouped(Int64(rows))) \(rows == 1 ? "row" : "rows")"
        var text = "\(file): "
        if left == nil {
            text += "\(NumberText.grouped(drawn)) \(drawn == 1 ? "draw" : "draws") from \(rows)"
        } else {
            text += "\(NumberText.grouped(drawn)) of \(rows) drawn"
        }
        if burnt > 0 { text += ", \(NumberText.grouped(burnt)) burnt with lost workers" }
        if let left { text += ", \(NumberText.grouped(left)) left" }
        return text
    }
}
