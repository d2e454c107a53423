import CJansson
import Glibc

/// Reads a file with a JSON value (RFC 8259) on each line; each is checked by jansson and kept as it stands. Lines of blanks are passed over.
struct JSONLines {
    /// The lines that are not empty. Throws a `ScriptError` with code `.data`.
    static func read(_ text: DataText) throws(ScriptError) -> DataTable.Contents {
        let content = text.content
        let cells = DataCells(capacity: content.count)
        var start = 0
        while start < content.count {
            let line = firstLine(of: UnsafeRawBufferPointer(rebasing: content[start...]))
            if !line.allSatisfy({ $0 == 32 || $0 == 9 }) {
                try check(line, text, start: start)
                cells.append(line)
            }
            start += line.count + 1
        }
        guard cells.count > 0 else {
            throw ScriptError(
                .data, file: text.name, message: "the data file has no rows: it is empty", remedy: "put a JSON value on each line")
        }
        return DataTable.Contents(cells: cells)
    }

    /// Up to the first LF or CR. A CR is only looked for before the LF, so that a file without any is not searched to its end for each line.
    private static func firstLine(of text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var line = text
        for end: CInt in [10, 13] {
            guard let start = line.baseAddress, let found = memchr(start, end, line.count) else { continue }
            line = UnsafeRawBufferPointer(start: start, count: UnsafeRawPointer(found) - start)
        }
        return line
    }

    private static func check(_ line: UnsafeRawBufferPointer, _ text: DataText, start: Int) throws(ScriptError) {
        if line.count > DataTable.longestField {
            throw text.error(
                atContentOffset: start, "the line has \(line.count) bytes; at most \(DataTable.longestField) are taken",
                remedy: "put one JSON value on each line")
        }
        if let deep = tooDeep(line) {
            throw text.error(
                atContentOffset: start + deep, "arrays and objects go deeper than \(DataTable.deepestNesting) here",
                remedy: "rows become tables of the script: keep them flat")
        }
        var error = json_error_t()
        guard let value = json_loadb(line.baseAddress, line.count, size_t(JSON_DECODE_ANY | JSON_ALLOW_NUL), &error) else {
            let reason = withUnsafeBytes(of: &error.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            throw text.error(
                atContentOffset: start + max(Int(error.position) - 1, 0), "the line holds no JSON value: \(reason)",
                remedy: "put one JSON value on each line")
        }
        json_decref(value)
    }

    /// Where the line opens more arrays and objects than may be open; nil: nowhere.
    private static func tooDeep(_ line: UnsafeRawBufferPointer) -> Int? {
        var depth = 0
        var isText = false
        var index = 0
        while index < line.count {
            switch line[index] {
            case UInt8(ascii: "\""): isText.toggle()
            case UInt8(ascii: "\\") where isText: index += 1
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                if !isText { depth += 1 }
                if depth > DataTable.deepestNesting { return index }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): if !isText { depth -= 1 }
            default: break
            }
            index += 1
        }
        return nil
    }
}
