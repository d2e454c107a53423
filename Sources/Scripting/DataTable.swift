/// The rows of a data file that a script's users draw from.
///
/// Immutable, and shared by all Lua states of a process. Memory is the file's text without quotes and delimiters, and 4 bytes a field.
package final class DataTable: Sendable {
    /// How a CSV file is written.
    package struct Options: Sendable, Equatable {
        /// Whether the first line names the columns.
        package var hasHeader = true
        /// What parts fields: one ASCII character that is no quote and no line end.
        package var delimiter = UInt8(ascii: ",")

        package init(hasHeader: Bool = true, delimiter: UInt8 = UInt8(ascii: ",")) {
            self.hasHeader = hasHeader
            self.delimiter = delimiter
        }
    }

    /// The kinds of data files.
    package enum Format: Sendable, Equatable {
        /// Fields by column, RFC 4180.
        case csv
        /// A JSON value on each line.
        case jsonLines

        /// By the ending of a file's name; nil when it is none of `.csv`, `.jsonl` and `.ndjson`.
        package init?(fileName: String) {
            switch fileName.split(separator: ".", omittingEmptySubsequences: false).dropFirst().last?.lowercased() {
            case "csv": self = .csv
            case "jsonl", "ndjson": self = .jsonLines
            default: return nil
            }
        }
    }

    /// The largest file taken, in bytes.
    package static let largestSize = 256 << 20
    /// Most columns of a CSV file.
    package static let mostColumns = 1_000
    /// The longest field of a CSV file and the longest line of a JSON-lines file, in bytes.
    package static let longestField = 1 << 20
    /// Greatest depth of arrays and objects within one another.
    package static let deepestNesting = 100

    /// The file's name as the script gives it.
    package let name: String
    /// What kind of file it was.
    package let format: Format
    /// Number of rows without the header, at least 1.
    package let rowCount: Int
    /// Names of the columns, all different and none empty; none without a header line and for JSON lines.
    package let columns: [String]
    /// Fields of each row; 0 for JSON lines.
    package let columnCount: Int

    private let cells: DataCells
    /// Position of the first row's first cell.
    private let first: Int

    /// Reads and checks the whole of a file; its format goes by its name. Keeps no part of `bytes`.
    ///
    /// Throws a `ScriptError` with code `.data` and the place in the data file.
    /// - Complexity: O(bytes)
    package init(name: String, bytes: [UInt8], options: Options = Options()) throws(ScriptError) {
        guard let format = Format(fileName: name) else {
            throw ScriptError(
                .data, file: name, message: "the file's name does not say what its rows are",
                remedy: "name CSV files .csv, files with a JSON value on each line .jsonl or .ndjson")
        }
        guard bytes.count <= Self.largestSize else {
            throw ScriptError(
                .data, file: name, message: "the data file has \(bytes.count) bytes; at most \(Self.largestSize) are read",
                remedy: "use fewer rows or columns")
        }
        let contents = try Self.read(name: name, format: format, bytes: bytes, options: options)
        self.name = name
        self.format = format
        cells = contents.cells
        cells.close()
        columns = contents.columns
        columnCount = contents.columnCount
        first = options.hasHeader ? contents.columnCount : 0
        rowCount = format == .csv ? (cells.count - first) / columnCount : cells.count
    }

    /// What a reader of either format hands back.
    struct Contents {
        /// The header's fields, if there is one, then row by row; for JSON lines the lines.
        var cells: DataCells
        var columns: [String] = []
        var columnCount = 0
    }

    private static func read(
        name: String, format: Format, bytes: [UInt8], options: Options
    ) throws(ScriptError) -> Contents {
        // A closure that throws a type of its own is not inferred through `withUnsafeBytes` of this toolchain's arrays.
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(ScriptError) in
                let text = try DataText(name: name, bytes: bytes)
                return switch format {
                case .csv: try CSVRows.read(text, options: options)
                case .jsonLines: try JSONLines.read(text)
                }
            }
        }
        return try result.get()
    }

    /// A field of a CSV file without its quotes; row and column from 0. UTF-8 without NUL; the address holds as long as the table lives.
    package func cell(row: Int, column: Int) -> UnsafeRawBufferPointer {
        precondition(row >= 0 && row < rowCount && column >= 0 && column < columnCount, "there is no such cell")
        return cells[first + row * columnCount + column]
    }

    /// The JSON value of a row, from 0, as it stands in the file; jansson loads it with `JSON_DECODE_ANY | JSON_ALLOW_NUL`. The address holds as
    /// long as the table lives.
    package func jsonLine(_ row: Int) -> UnsafeRawBufferPointer {
        precondition(format == .jsonLines, "a CSV file has cells")
        return cells[row]
    }
}
