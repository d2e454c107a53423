import LoadModel
import Testing

@testable import Scripting

/// Whatever stands in a data file, reading it gives a table whose every cell can be read, or an error with a place. Seeded: the same files each time.
struct DataTableMutationTests {
    private static let corpus: [[UInt8]] = [
        "name,password\nalice,secret\nbob,\"two\nlines\"\n", "\u{FEFF}a;b\r\n1;2\r\n\"3\"\"\";4\r\n", "x\n\n\n\"\"\n\"a,b\"\r\r\n",
        "{\"a\": [1, 2, {\"b\": null}], \"c\": \"\\u00e9\\ud83d\\ude00\"}\n[true, false, -1.5e-3]\n\"text\"\n",
        "ä,日本,😀\né,\"\",\"\"\n1,2,3",
    ].map { Array($0.utf8) }

    /// What such files trip over.
    private static let pieces: [[UInt8]] = [
        [0], [13], [10], [13, 10], [34], [34, 34], [44], [59], [92], [0xEF, 0xBB, 0xBF], [0xFF, 0xFE], [0xC3], [0xED, 0xA0, 0x80], [91],
        [123], [9], [32],
    ]

    private static func mutated(using random: inout SplitMix64) -> [UInt8] {
        var bytes = corpus[Int.random(in: 0..<corpus.count, using: &random)]
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let position = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes.removeSubrange(position...)
            case 1: bytes.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count, using: &random)], at: position)
            case 2: if position < bytes.count { bytes[position] = UInt8.random(in: 0...255, using: &random) }
            case 3:
                let end = min(bytes.count, position + Int.random(in: 0...8, using: &random))
                bytes.removeSubrange(position..<end)
            case 4:
                let other = corpus[Int.random(in: 0..<corpus.count, using: &random)]
                bytes.insert(contentsOf: other[Int.random(in: 0..<other.count, using: &random)...], at: position)
            default:
                let piece = pieces[Int.random(in: 0..<pieces.count, using: &random)]
                for _ in 0..<Int.random(in: 1...150, using: &random) { bytes.insert(contentsOf: piece, at: min(position, bytes.count)) }
            }
        }
        return bytes
    }

    @Test(.timeLimit(.minutes(1))) func tenThousandDamagedFiles() {
        var random = SplitMix64(seed: 11)
        var tables = 0
        var errors: Set<String> = []
        for number in 0..<10_000 {
            let bytes = Self.mutated(using: &random)
            let name = number % 2 == 0 ? "a.csv" : "a.jsonl"
            let options = DataTable.Options(hasHeader: number % 4 < 2, delimiter: UInt8(ascii: number % 8 < 4 ? "," : ";"))
            do throws(ScriptError) {
                let table = try DataTable(name: name, bytes: bytes, options: options)
                tables += 1
                check(table, bytes)
            } catch {
                errors.insert(String(error.message.prefix(20)))
                let lines = bytes.withUnsafeBytes { DataText.lineBreaks(in: $0) } + 1
                #expect(error.code == .data && error.file == name && !error.remedy.isEmpty)
                #expect(error.line.map { (1...lines).contains($0) } ?? true, "\(error) of \(bytes)")
            }
        }
        // A mutator that makes nothing but one kind of garbage would test little.
        #expect(tables > 500 && errors.count >= 10, "\(tables) tables, \(errors)")
    }

    private func check(_ table: DataTable, _ bytes: [UInt8]) {
        #expect(table.rowCount >= 1)
        var total = 0
        for row in 0..<table.rowCount {
            if table.format == .jsonLines {
                total += table.jsonLine(row).count
            } else {
                for column in 0..<table.columnCount { total += table.cell(row: row, column: column).count }
            }
        }
        #expect(total <= bytes.count)
        #expect(table.columns.isEmpty || table.columns.count == table.columnCount && Set(table.columns).count == table.columnCount)
    }
}
