/// The bytes of a data file: whether they are text, and where in them things stand.
struct DataText {
    /// The file's name, for errors.
    let name: String
    private let bytes: UnsafeRawBufferPointer

    /// Takes a file's bytes, which must stay where they are. Throws a `ScriptError` with code `.data` where they are no UTF-8 text.
    init(name: String, bytes: UnsafeRawBufferPointer) throws(ScriptError) {
        self.name = name
        self.bytes = bytes
        let isUTF16 =
            bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
            || bytes.count >= 4 && bytes.count % 2 == 0
                && (bytes[0] == 0 && bytes[1] != 0 && bytes[2] == 0 || bytes[0] != 0 && bytes[1] == 0 && bytes[3] == 0)
        if isUTF16 { throw ScriptError(.data, file: name, message: "the data file is UTF-16 text", remedy: "save it as UTF-8") }
        if let offset = Self.firstOffender(in: bytes) {
            if bytes[offset] == 0 {
                throw error(at: offset, "the data file holds a NUL byte", remedy: "is it a text file? save it as UTF-8")
            }
            let hex = String(bytes[offset], radix: 16, uppercase: true)
            throw error(
                at: offset, "the data file is not UTF-8 text: byte 0x\(hex) cannot stand here",
                remedy: "save it as UTF-8, or convert it: iconv -f ISO-8859-1 -t UTF-8")
        }
    }

    /// The text, without a byte order mark.
    var content: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[start...]) }

    private var start: Int { bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }

    /// An error at a byte of `content`, with its line and column; columns are counted in characters.
    func error(atContentOffset offset: Int, _ message: String, remedy: String = "") -> ScriptError {
        error(at: start + offset, message, remedy: remedy)
    }

    private func error(at offset: Int, _ message: String, remedy: String) -> ScriptError {
        let before = UnsafeRawBufferPointer(rebasing: bytes[start..<max(start, offset)])
        let lineStart = (before.lastIndex { $0 == 10 || $0 == 13 } ?? -1) + 1
        let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
        return ScriptError(
            .data, file: name, line: Self.lineBreaks(in: before) + 1, column: column, message: message, remedy: remedy)
    }

    /// Number of line breaks: LF, CR, or CR LF.
    static func lineBreaks(in bytes: UnsafeRawBufferPointer) -> Int {
        var count = 0
        var previous: UInt8 = 0
        for byte in bytes {
            if byte == 13 || byte == 10 && previous != 13 { count += 1 }
            previous = byte
        }
        return count
    }

    /// The first byte that is NUL or not part of a well-formed UTF-8 sequence (RFC 3629); nil when there is none.
    ///
    /// Eight bytes a step as long as they are ASCII.
    static func firstOffender(in bytes: UnsafeRawBufferPointer) -> Int? {
        let high: UInt64 = 0x8080_8080_8080_8080
        let low: UInt64 = 0x0101_0101_0101_0101
        var index = 0
        while index < bytes.count {
            if index &+ 8 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if (word | (word &- low)) & high == 0 {
                    index &+= 8
                    continue
                }
            }
            let byte = bytes[index]
            if byte == 0 { return index }
            if byte < 0x80 {
                index &+= 1
                continue
            }
            guard let length = sequenceLength(in: bytes, at: index) else { return index }
            index &+= length
        }
        return nil
    }

    private static func sequenceLength(in bytes: UnsafeRawBufferPointer, at index: Int) -> Int? {
        let first = bytes[index]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0:
            length = 3
            second = 0xA0...0xBF
        case 0xED:
            length = 3
            second = 0x80...0x9F
        case 0xE1...0xEF: length = 3
        case 0xF0:
            length = 4
            second = 0x90...0xBF
        case 0xF1...0xF3: length = 4
        case 0xF4:
            length = 4
            second = 0x80...0x8F
        default: return nil
        }
        guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return nil }
        for offset in 2..<max(length, 2) where bytes[index + offset] & 0xC0 != 0x80 { return nil }
        return length
    }
}
