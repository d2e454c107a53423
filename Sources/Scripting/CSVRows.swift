import CCSV

/// Reads a CSV file (RFC 4180) through libcsv: quotes doubled within quoted fields, which may hold delimiters and line ends; blanks belong to
/// fields; empty lines are passed over. Stricter than the library by default: no quote within a field that is not quoted, no field left open,
/// as many fields in each row.
struct CSVRows {
    private static let blockSize = 65536

    /// The rows of a text, the header first. Throws a `ScriptError` with code `.data`.
    static func read(_ text: DataText, options: DataTable.Options) throws(ScriptError) -> DataTable.Contents {
        precondition(options.delimiter < 128 && ![0, 10, 13, 34].contains(options.delimiter), "no delimiter")
        let gathering = Gathering(text, options)
        var parser = csv_parser()
        guard csv_init(&parser, UInt8(CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL)) == 0 else { fatalError("libcsv cannot be set up") }
        defer { csv_free(&parser) }
        csv_set_delim(&parser, options.delimiter)
        csv_set_space_func(&parser) { _ in 0 }
        csv_set_blk_size(&parser, blockSize)
        let context = Unmanaged.passUnretained(gathering).toOpaque()
        let content = text.content
        var offset = 0
        while offset < content.count {
            let block = UnsafeRawBufferPointer(rebasing: content[offset..<min(offset + blockSize, content.count)])
            let taken = csv_parse(&parser, block.baseAddress, block.count, Self.fieldEnds, Self.rowEnds, context)
            if let failure = gathering.failure { throw failure }
            if taken < block.count { throw Self.failure(of: &parser, text, at: offset + taken) }
            if parser.entry_pos > DataTable.longestField { throw gathering.tooLong() }
            offset += block.count
        }
        if csv_fini(&parser, Self.fieldEnds, Self.rowEnds, context) != 0 { throw gathering.neverClosed() }
        if let failure = gathering.failure { throw failure }
        return try gathering.contents()
    }

    private static let fieldEnds: @convention(c) (UnsafeMutableRawPointer?, Int, UnsafeMutableRawPointer?) -> Void = {
        guard let context = $2 else { return }
        Unmanaged<Gathering>.fromOpaque(context).takeUnretainedValue().fieldEnds(UnsafeRawBufferPointer(start: $0, count: $1))
    }

    private static let rowEnds: @convention(c) (CInt, UnsafeMutableRawPointer?) -> Void = {
        guard let context = $1 else { return }
        Unmanaged<Gathering>.fromOpaque(context).takeUnretainedValue().rowEnds(with: $0)
    }

    private static func failure(of parser: inout csv_parser, _ text: DataText, at offset: Int) -> ScriptError {
        guard csv_error(&parser) == CSV_EPARSE else { fatalError("no memory for a field of a data file") }
        return text.error(
            atContentOffset: offset,
            parser.quoted != 0
                ? "a quoted field goes on behind its closing quote" : "a quote stands within a field that does not begin with one",
            remedy: "put the whole field into quotes, and write a quote within it twice: \"a \"\"b\"\" c\"")
    }
}

/// What libcsv has called back with so far.
private final class Gathering {
    /// The first thing that was wrong; what follows is passed over.
    private(set) var failure: ScriptError?

    private let text: DataText
    private let hasHeader: Bool
    private let cells: DataCells
    private var columns: [String] = []
    /// Fields of the first row; 0 before its end.
    private var columnCount = 0
    /// Fields of the row that is being read.
    private var fields = 0
    /// Line ends outside of quotes.
    private var lineBreaks = 0
    private var lastEnd: CInt = 0

    init(_ text: DataText, _ options: DataTable.Options) {
        self.text = text
        hasHeader = options.hasHeader
        cells = DataCells(capacity: text.content.count)
    }

    func fieldEnds(_ field: UnsafeRawBufferPointer) {
        lastEnd = 0
        fields += 1
        guard failure == nil, columnCount == 0 || fields <= columnCount else { return }
        if field.count > DataTable.longestField {
            failure = tooLong()
        } else if fields > DataTable.mostColumns {
            failure = error(
                line: currentLine, "the data file has over \(DataTable.mostColumns) columns", remedy: "is the delimiter the right one?")
        } else {
            cells.append(field)
        }
    }

    /// `end`: CR, LF, or -1 at the end of the file. Called for empty lines and for the LF of CR LF, too.
    func rowEnds(with end: CInt) {
        defer {
            if end == 13 || end == 10 && lastEnd != 13 { lineBreaks += 1 }
            lastEnd = end
            fields = 0
        }
        guard failure == nil, fields > 0 else { return }
        if columnCount == 0 {
            columnCount = fields
            if hasHeader { readHeader() }
        } else if fields != columnCount {
            let line = line(afterCells: cells.count - min(fields, columnCount))
            let what = hasHeader ? "header" : "first row"
            failure = error(
                line: line, "row at line \(line) has \(fields) \(fields == 1 ? "field" : "fields"), the \(what) has \(columnCount)",
                remedy: "put fields that hold the delimiter into quotes")
        }
    }

    private func readHeader() {
        var seen: [String: Int] = [:]
        for column in 0..<columnCount {
            let name = String(decoding: cells[column], as: UTF8.self)
            let line = line(afterCells: 0)
            if name.isEmpty {
                failure = error(
                    line: line, "column \(column + 1) has no name in the header line",
                    remedy: "name each column, or say header = false if the file has no header line")
                return
            }
            if let other = seen.updateValue(column, forKey: name) {
                failure = error(
                    line: line, "columns \(other + 1) and \(column + 1) have the same name \"\(name)\"",
                    remedy: "give each column a name of its own, or say header = false if the file has no header line")
                return
            }
            columns.append(name)
        }
    }

    /// What was gathered, at the end of the file.
    func contents() throws(ScriptError) -> DataTable.Contents {
        let rows = columnCount == 0 ? 0 : cells.count / columnCount - (hasHeader ? 1 : 0)
        guard rows > 0 else {
            throw error(
                line: nil, columnCount == 0 ? "the data file has no rows: it is empty" : "the data file has no rows behind its header line",
                remedy: columnCount == 0 ? "add a header line and rows" : "add rows, or say header = false if the first line is a row")
        }
        return DataTable.Contents(cells: cells, columns: columns, columnCount: columnCount)
    }

    /// The field being read is longer than is taken.
    func tooLong() -> ScriptError {
        let line = currentLine
        return error(
            line: line, "the field that begins at line \(line) has over \(DataTable.longestField) bytes",
            remedy: "is a quote not closed, or a line end missing?")
    }

    /// The last field was opened by a quote that is not closed.
    func neverClosed() -> ScriptError {
        let line = currentLine
        return error(
            line: line, "the quote that is opened at line \(line) is never closed", remedy: "close it, or write it twice within quotes")
    }

    /// On which the field begins that is being read.
    private var currentLine: Int { line(afterCells: cells.count) }

    /// The line on which the field stands that follows so many kept ones; of what is read last only.
    private func line(afterCells count: Int) -> Int {
        var line = lineBreaks + 1
        for index in 0..<count { line += DataText.lineBreaks(in: cells[index]) }
        return line
    }

    private func error(line: Int?, _ message: String, remedy: String) -> ScriptError {
        ScriptError(.data, file: text.name, line: line, message: message, remedy: remedy)
    }
}
