import LoadModel
import Testing

@testable import Scripting

struct DataTableTests {
    /// Columns, then the rows' cells as text.
    private static func read(_ text: String, _ options: DataTable.Options = .init()) throws -> (columns: [String], rows: [[String]]) {
        let table = try DataTable(name: "a.csv", bytes: Array(text.utf8), options: options)
        let rows = (0..<table.rowCount).map { row in
            (0..<table.columnCount).map { String(decoding: table.cell(row: row, column: $0), as: UTF8.self) }
        }
        return (table.columns, rows)
    }

    private static func error(_ bytes: [UInt8], name: String = "a.csv", _ options: DataTable.Options = .init()) -> ScriptError? {
        do throws(ScriptError) {
            _ = try DataTable(name: name, bytes: bytes, options: options)
            return nil
        } catch {
            return error
        }
    }

    static let files: [(String, [[String]])] = [
        ("a,b\n1,2\n3,4\n", [["1", "2"], ["3", "4"]]),
        ("a,b\r\n1,2\r\n3,4", [["1", "2"], ["3", "4"]]),
        ("a,b\r1,2\r3,4\r", [["1", "2"], ["3", "4"]]),
        ("\u{FEFF}a,b\n1,2\n", [["1", "2"]]),
        ("\n\r\na,b\n\n1,2\n\n\n3,4\n\n", [["1", "2"], ["3", "4"]]),
        ("a,b\n\"1,5\",\"say \"\"hi\"\"\"\n", [["1,5", "say \"hi\""]]),
        ("a,b\n\"two\nlines\",\"and\r\nmore\"\n", [["two\nlines", "and\r\nmore"]]),
        ("a,b\n 1 ,\t2\n\" 3\",\"4 \"\n", [[" 1 ", "\t2"], [" 3", "4 "]]),
        ("a,b\n,\n\"\",\"\"\n", [["", ""], ["", ""]]),
        ("ä,日本\né,😀\n", [["é", "😀"]]),
        ("a\n1\n\n\"\"\n", [["1"], [""]]),
        ("a,b\n1,2\n\"3\",\"4\"", [["1", "2"], ["3", "4"]]),
    ]

    @Test(arguments: files) func rowsOfFile(text: String, rows: [[String]]) throws {
        #expect(try Self.read(text).rows == rows)
    }

    @Test func headerNamesTheColumns() throws {
        #expect(try Self.read("\"user name\",pass\nx,y\n").columns == ["user name", "pass"])
        let bare = try Self.read("x;y\nx;y\n", .init(hasHeader: false, delimiter: UInt8(ascii: ";")))
        #expect(bare.columns == [] && bare.rows == [["x", "y"], ["x", "y"]])
    }

    @Test func cellsLongerThanABlockOfTheParser() throws {
        let long = String(repeating: "0123456789", count: 30_000)
        let rows = try Self.read("a,b\n\(long),1\n2,\"\(long)\"\n").rows
        #expect(rows == [[long, "1"], ["2", long]])
    }

    @Test func jsonLinesStayAsTheyStand() throws {
        let text = "\u{FEFF}{\"a\": [1, 2.5e3]}\r\n\n  \t\n\"\\u0000é\"\n12\rnull"
        let table = try DataTable(name: "folder/rows.JSONL", bytes: Array(text.utf8))
        let lines = (0..<table.rowCount).map { String(decoding: table.jsonLine($0), as: UTF8.self) }
        #expect(lines == ["{\"a\": [1, 2.5e3]}", "\"\\u0000é\"", "12", "null"])
        #expect(table.columns == [] && table.columnCount == 0 && table.format == .jsonLines)
    }

    static let broken: [(String, String)] = [
        ("a,b\n1,2\n1,2,3\n", "a.csv:3: row at line 3 has 3 fields, the header has 2"),
        ("a,b,c\n1,\"2\n\r\n\r\",3\n\n\n5\n", "a.csv:8: row at line 8 has 1 field, the header has 3"),
        ("a,b\r\n1,2\r\n\r\n1\r\n", "a.csv:4: row at line 4 has 1 field, the header has 2"),
        ("a,b\r1,2\r\r1\r", "a.csv:4: row at line 4 has 1 field, the header has 2"),
        ("a,b\n\"\n\",\"\n\",3,4\n", "a.csv:2: row at line 2 has 4 fields, the header has 2"),
        ("a,b\n1,2\n1", "a.csv:3: row at line 3 has 1 field, the header has 2"),
        ("a,b\n1,2\n3,\"4\n5,6\n", "a.csv:3: the quote that is opened at line 3 is never closed"),
        ("a,b\n1,2\nx\"y,4\n", "a.csv:3:2: a quote stands within a field that does not begin with one"),
        ("a,b\n1,2\néé,\"4\"5\n", "a.csv:3:7: a quoted field goes on behind its closing quote"),
        ("a,,c\n1,2,3\n", "a.csv:1: column 2 has no name in the header line"),
        ("\n\na,b,a\n1,2,3\n", "a.csv:3: columns 1 and 3 have the same name \"a\""),
        ("", "a.csv: the data file has no rows: it is empty"),
        ("\u{FEFF}", "a.csv: the data file has no rows: it is empty"),
        ("\n\r\n\n", "a.csv: the data file has no rows: it is empty"),
        ("a,b\n", "a.csv: the data file has no rows behind its header line"),
        ("a,b\nx,\u{0}\n", "a.csv:2:3: the data file holds a NUL byte"),
        (String(repeating: ",", count: 100_000), "a.csv:1: the data file has over 1000 columns"),
    ]

    @Test(arguments: broken) func errorSaysWhere(text: String, message: String) throws {
        let error = try #require(Self.error(Array(text.utf8)))
        #expect(error.description.split(separator: "\n").first.map(String.init) == message)
        #expect(error.code == .data && !error.remedy.isEmpty)
    }

    static let brokenLines: [(String, String)] = [
        ("{}\n[1,2\n{}\n", "a.jsonl:2:4: the line holds no JSON value: ']' expected near end of file"),
        ("1\n\n\"é\" x", "a.jsonl:3:5: the line holds no JSON value: end of file expected near 'x'"),
        ("{'a': 1}", "a.jsonl:1:2: the line holds no JSON value: string or '}' expected near '''"),
        ("\n \n", "a.jsonl: the data file has no rows: it is empty"),
        (
            "1\n" + String(repeating: "[", count: 200_000),
            "a.jsonl:2:101: arrays and objects go deeper than 100 here"
        ),
    ]

    @Test(arguments: brokenLines) func jsonErrorSaysWhere(text: String, message: String) throws {
        let error = try #require(Self.error(Array(text.utf8), name: "a.jsonl"))
        #expect(error.description.split(separator: "\n").first.map(String.init) == message)
    }

    @Test func nestingIsLimitedButTextIsNotNesting() throws {
        let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        let quoted = "[\"" + String(repeating: "[{\\\"", count: 500) + "\"]"
        #expect(try DataTable(name: "a.ndjson", bytes: Array("\(deep)\n\(quoted)\n".utf8)).rowCount == 2)
    }

    static let notText: [([UInt8], String)] = [
        ([0xFF, 0xFE, 0x61, 0, 0x0A, 0], "a.csv: the data file is UTF-16 text"),
        ([0xFE, 0xFF, 0, 0x61, 0, 0x0A], "a.csv: the data file is UTF-16 text"),
        (Array("a".utf8) + [0, 0x2C, 0, 0x62, 0, 0x0A, 0], "a.csv: the data file is UTF-16 text"),
        (Array("a,b\nM\u{0}".utf8) + [0xFC], "a.csv:2:2: the data file holds a NUL byte"),
        (Array("a,b\nM".utf8) + [0xFC] + Array("ller,x\n".utf8), "a.csv:2:2: the data file is not UTF-8 text: byte 0xFC cannot stand here"),
        ([0xEF, 0xBB, 0xBF] + Array("é".utf8) + [0xC0, 0x80], "a.csv:1:2: the data file is not UTF-8 text: byte 0xC0 cannot stand here"),
        (Array("abcdefg".utf8) + [0xE2, 0x82], "a.csv:1:8: the data file is not UTF-8 text: byte 0xE2 cannot stand here"),
        ([0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0, 0, 0], "a.csv:1:8: the data file holds a NUL byte"),
    ]

    @Test(arguments: notText) func bytesThatAreNoText(bytes: [UInt8], message: String) throws {
        let error = try #require(Self.error(bytes))
        #expect(error.description.split(separator: "\n").first.map(String.init) == message)
    }

    /// Against the standard library, over all sequences of two bytes and many of three and four.
    @Test func whatIsUTF8() {
        func isSame(_ bytes: [UInt8]) -> Bool {
            bytes.withUnsafeBytes { DataText.firstOffender(in: $0) == nil } == (String(validating: bytes, as: UTF8.self) != nil)
        }
        for first in UInt8(1)...255 {
            for second in UInt8(1)...255 {
                #expect(isSame([first, second]))
                guard first >= 0xE0 else { continue }
                for third: UInt8 in [0x7F, 0x80, 0xBF, 0xC0] {
                    #expect(isSame([first, second, third]))
                    for fourth: UInt8 in [0x7F, 0x80, 0xBF, 0xC0] { #expect(isSame([first, second, third, fourth])) }
                }
            }
        }
    }

    @Test func formatGoesByTheName() {
        #expect(DataTable.Format(fileName: "x.CSV") == .csv && DataTable.Format(fileName: "a/b.c.ndjson") == .jsonLines)
        #expect(DataTable.Format(fileName: "csv") == nil && DataTable.Format(fileName: "x.txt") == nil)
        #expect(Self.error([97], name: "x.txt")?.message == "the file's name does not say what its rows are")
    }

    /// A line of 100 MB is refused within a field's greatest length, not read to its end.
    @Test(.timeLimit(.minutes(1))) func veryLongLines() {
        var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 100 << 20)
        bytes.replaceSubrange(0..<8, with: Array("a,b\n1,2\n".utf8))
        let error = Self.error(bytes)
        #expect(error?.message == "the field that begins at line 3 has over 1048576 bytes")
        #expect(error?.remedy == "is a quote not closed, or a line end missing?")
        bytes.replaceSubrange(0..<4, with: Array("{}\n\"".utf8))
        bytes[7] = UInt8(ascii: "x")
        #expect(Self.error(bytes, name: "a.jsonl")?.message == "the line has 104857597 bytes; at most 1048576 are taken")
    }

    @Test func filesOfOverAQuarterOfAGigabyte() {
        let bytes = [UInt8](repeating: 10, count: DataTable.largestSize + 1)
        #expect(Self.error(bytes)?.message == "the data file has 268435457 bytes; at most 268435456 are read")
    }

    @Test func manyRows() throws {
        let line = "some.user.name,correct horse,12345\n"
        let bytes = Array(("name,password,number\n" + String(repeating: line, count: 100_000)).utf8)
        let table = try DataTable(name: "a.csv", bytes: bytes)
        #expect(table.rowCount == 100_000)
        #expect(String(decoding: table.cell(row: 99_999, column: 1), as: UTF8.self) == "correct horse")
    }
}
