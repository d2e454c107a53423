/// Who is told what the steps of users do beside their requests: `cicada run --debug`. A run has none.
package struct StepObserver {
    /// What a script says of an answer.
    package enum Judgement: Equatable {
        /// A check with this description holds.
        case holds(String)
        /// A check with this description fails.
        case fails(String)
        /// `fail` with this reason.
        case failure(String)
        /// `pass`.
        case pass
    }

    /// Called with the answer's number in its batch, from 0, or nil when it stands alone.
    package var judged: (_ item: Int?, _ judgement: Judgement) -> Void
    /// Called with a data source, the row that a user has now, both from 0, and what stands in it.
    package var drew: (_ source: Int, _ row: Int, _ fields: [(name: String, value: String)]) -> Void

    package init(
        judged: @escaping (_ item: Int?, _ judgement: Judgement) -> Void,
        drew: @escaping (_ source: Int, _ row: Int, _ fields: [(name: String, value: String)]) -> Void
    ) {
        self.judged = judged
        self.drew = drew
    }
}

extension DataTable {
    /// What stands in a row, by column; for JSON, the whole row without a name.
    func fields(ofRow row: Int) -> [(name: String, value: String)] {
        if format != .csv { return [("", String(decoding: jsonLine(row), as: UTF8.self))] }
        return (0..<columnCount).map { column in
            let name = columns.indices.contains(column) ? columns[column] : "column \(column + 1)"
            return (name, String(decoding: cell(row: row, column: column), as: UTF8.self))
        }
    }
}
