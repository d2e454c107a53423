import Scripting

/// What libFuzzer calls with each input: the first byte says how the rest is read as a data file. Whatever it is, it becomes a table of which every
/// cell can be read, or an error with a place and what to do.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDataFiles(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let start, count > 0 else { return 0 }
    let way = start[0]
    let bytes = [UInt8](UnsafeBufferPointer(start: start + 1, count: count - 1))
    let options = DataTable.Options(hasHeader: way & 2 == 0, delimiter: way & 4 == 0 ? UInt8(ascii: ",") : UInt8(ascii: ";"))
    do throws(ScriptError) {
        use(try DataTable(name: way & 1 == 0 ? "a.csv" : "a.jsonl", bytes: bytes, options: options), size: bytes.count)
    } catch {
        precondition(error.code == .data && !error.message.isEmpty && !error.remedy.isEmpty, "an error that says too little: \(error)")
        let ends = bytes.count { $0 == 10 || $0 == 13 }
        precondition(error.line.map { $0 >= 1 && $0 <= ends + 1 } ?? true, "an error on a line that is not there: \(error)")
    }
    return 0
}

private func use(_ table: DataTable, size: Int) {
    precondition(table.rowCount > 0, "a table without rows")
    precondition(table.columns.isEmpty || table.columns.count == table.columnCount, "columns without names")
    precondition(Set(table.columns).count == table.columns.count, "two columns of one name")
    var cells = 0
    var sum: UInt8 = 0
    for row in 0..<table.rowCount {
        for column in 0..<max(table.columnCount, 1) {
            let cell = table.format == .csv ? table.cell(row: row, column: column) : table.jsonLine(row)
            cells += cell.count
            for byte in cell { sum &+= byte }
        }
    }
    precondition(cells <= size, "more bytes in cells than in the file")
}
