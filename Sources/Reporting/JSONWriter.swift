/// Writes JSON (RFC 8259) piece by piece, members in the order given, two blanks a level; short arrays of numbers on one line.
struct JSONWriter {
    private(set) var text = ""
    /// For each open object or array: whether it has a member yet.
    private var hasMember: [Bool] = []

    init() {}

    /// An object, or one as the value of a member.
    mutating func object(_ key: String? = nil, _ body: (inout JSONWriter) -> Void) { nested(key, "{", "}", body) }

    /// An array, or one as the value of a member.
    mutating func array(_ key: String? = nil, _ body: (inout JSONWriter) -> Void) { nested(key, "[", "]", body) }

    /// A member, or nothing but `null` when there is no value.
    mutating func member(_ key: String, _ value: String?) {
        begin(key)
        text += value.map(Self.quoted) ?? "null"
    }

    /// A whole number.
    mutating func member(_ key: String, _ value: Int64?) {
        begin(key)
        text += value.map(String.init) ?? "null"
    }

    /// A number with at most `decimals` decimals, none of them idle.
    mutating func member(_ key: String, _ value: Double?, decimals: Int = 6) {
        begin(key)
        text += value.map { Self.number($0, decimals: decimals) } ?? "null"
    }

    /// A row of pairs on one line: `[[1, 2], [3, 4]]`.
    mutating func pairs(_ key: String, _ pairs: [(Int64, Int64)]) {
        begin(key)
        text += "[" + pairs.map { "[\($0.0), \($0.1)]" }.joined(separator: ", ") + "]"
    }

    /// A text, as an element of an array.
    mutating func element(_ value: String) {
        begin(nil)
        text += Self.quoted(value)
    }

    private mutating func nested(_ key: String?, _ open: String, _ close: String, _ body: (inout JSONWriter) -> Void) {
        begin(key)
        text += open
        hasMember.append(false)
        body(&self)
        if hasMember.removeLast() { newLine() }
        text += close
    }

    private mutating func begin(_ key: String?) {
        if let last = hasMember.indices.last {
            if hasMember[last] { text += "," }
            hasMember[last] = true
            newLine()
        }
        if let key { text += Self.quoted(key) + ": " }
    }

    private mutating func newLine() { text += "\n" + String(repeating: "  ", count: hasMember.count) }

    private static func number(_ value: Double, decimals: Int) -> String {
        guard value.isFinite else { return "null" }
        var text = NumberText.fixed(value, decimals)
        if decimals > 0, text.utf8.contains(UInt8(ascii: ".")) {
            var bytes = Substring(text).utf8
            while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
            if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
            text = String(Substring(bytes))
        }
        return text
    }

    private static func quoted(_ value: String) -> String {
        // Nearly all texts stand for themselves.
        if value.utf8.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            return "\"\(value)\""
        }
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default:
                if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) {
                    let digits = String(scalar.value, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
        return text + "\""
    }
}
