/// The text of a script, cleaned for the compiler, and where in it things stand.
struct SourceText: Sendable {
    /// A place in the text; both count from 1, columns in characters.
    struct Position: Equatable {
        var line: Int
        var column: Int
    }

    /// Without a byte order mark; a first line `#!…` is turned into a comment of the same length.
    let bytes: [UInt8]
    private let lines: [Range<Int>]

    /// Takes the bytes of a file as they are.
    init(_ raw: [UInt8]) {
        var bytes = raw.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(raw.dropFirst(3)) : raw
        if bytes.starts(with: Array("#!".utf8)) { bytes.replaceSubrange(0..<2, with: Array("--".utf8)) }
        self.bytes = bytes
        self.lines = Self.lines(of: bytes)
    }

    /// Line breaks are Lua's: LF, CR, or both in either order.
    private static func lines(of bytes: [UInt8]) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            guard byte == 10 || byte == 13 else {
                index += 1
                continue
            }
            lines.append(start..<index)
            index += index + 1 < bytes.count && bytes[index + 1] == 23 - byte ? 2 : 1
            start = index
        }
        lines.append(start..<bytes.count)
        return lines
    }

    /// The first character of a line that is not blank.
    func start(ofLine line: Int) -> Position {
        guard lines.indices.contains(line - 1) else { return Position(line: max(line, 1), column: 1) }
        let range = lines[line - 1]
        let first = range.first { bytes[$0] != 32 && bytes[$0] != 9 } ?? range.lowerBound
        return position(at: first, line: line)
    }

    /// The last place on a line where a token stands that ends before a byte; nil when there is none.
    func last(_ token: String, onLine line: Int, before end: Int) -> Position? {
        guard lines.indices.contains(line - 1), !token.isEmpty else { return nil }
        let range = lines[line - 1]
        let token = Array(token.utf8)
        var start = min(range.upperBound, end) - token.count
        while start >= range.lowerBound {
            if bytes[start..<start + token.count].elementsEqual(token) { return position(at: start, line: line) }
            start -= 1
        }
        return nil
    }

    /// The character that ends before a byte; on this line, if need be its last or first.
    func character(before end: Int, onLine line: Int) -> Position {
        guard lines.indices.contains(line - 1) else { return Position(line: max(line, 1), column: 1) }
        let range = lines[line - 1]
        return position(at: max(range.lowerBound, min(end - 1, range.upperBound)), line: line)
    }

    /// Just behind the last character of a line.
    func end(ofLine line: Int) -> Position {
        guard lines.indices.contains(line - 1) else { return Position(line: max(line, 1), column: 1) }
        return position(at: lines[line - 1].upperBound, line: line)
    }

    /// The first place on a line where a name stands as a word of its own; nil when there is none.
    func first(word: String, onLine line: Int) -> Position? {
        guard lines.indices.contains(line - 1), !word.isEmpty else { return nil }
        let range = lines[line - 1]
        let word = Array(word.utf8)
        for start in range where start + word.count <= range.upperBound && isWord(word, at: start) {
            return position(at: start, line: line)
        }
        return nil
    }

    /// Where `key = …` stands in a table whose opening brace is on a line; nil when it is not written like that.
    ///
    /// Understands strings, comments and nested braces, no more of the language.
    func field(_ key: String, ofTableOnLine line: Int) -> Position? {
        guard lines.indices.contains(line - 1), !key.isEmpty else { return nil }
        let key = Array(key.utf8)
        for brace in lines[line - 1] where bytes[brace] == UInt8(ascii: "{") {
            if let offset = field(key, behindBrace: brace) { return position(at: offset) }
        }
        return nil
    }

    private func field(_ key: [UInt8], behindBrace brace: Int) -> Int? {
        var depth = 1
        var index = brace + 1
        while index < bytes.count, depth > 0 {
            switch bytes[index] {
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: "\""), UInt8(ascii: "'"): index = endOfString(from: index)
            case UInt8(ascii: "-") where index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "-"): index = endOfComment(from: index)
            case key[0] where depth == 1 && isWord(key, at: index) && isAssigned(from: index + key.count): return index
            default: break
            }
            index += 1
        }
        return nil
    }

    private func endOfString(from start: Int) -> Int {
        var index = start + 1
        while index < bytes.count, bytes[index] != bytes[start], bytes[index] != 10, bytes[index] != 13 {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return index
    }

    private func endOfComment(from start: Int) -> Int {
        if bytes[start...].starts(with: Array("--[[".utf8)) {
            var index = start + 4
            while index + 1 < bytes.count, bytes[index] != UInt8(ascii: "]") || bytes[index + 1] != UInt8(ascii: "]") { index += 1 }
            return index + 1
        }
        return bytes[start...].firstIndex { $0 == 10 || $0 == 13 } ?? bytes.count
    }

    private func isAssigned(from start: Int) -> Bool {
        var index = start
        while index < bytes.count, bytes[index] == 32 || bytes[index] == 9 { index += 1 }
        return index + 1 < bytes.count && bytes[index] == UInt8(ascii: "=") && bytes[index + 1] != UInt8(ascii: "=")
    }

    private func isWord(_ word: [UInt8], at start: Int) -> Bool {
        func isPart(_ index: Int) -> Bool {
            guard bytes.indices.contains(index) else { return false }
            return switch bytes[index] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: bytes[index] == UInt8(ascii: "_")
            }
        }
        let end = start + word.count
        return end <= bytes.count && bytes[start..<end].elementsEqual(word) && !isPart(start - 1) && !isPart(end)
    }

    private func position(at offset: Int) -> Position {
        let line = lines.firstIndex { offset <= $0.upperBound } ?? lines.count - 1
        return position(at: offset, line: line + 1)
    }

    private func position(at offset: Int, line: Int) -> Position {
        let before = bytes[lines[line - 1].lowerBound..<offset]
        return Position(line: line, column: before.count { $0 & 0xC0 != 0x80 } + 1)
    }
}
