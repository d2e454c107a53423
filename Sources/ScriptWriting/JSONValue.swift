/// A JSON text as it stands: members in their order, numbers as they were written. For request bodies, which are to be written again.
///
/// Source: RFC 8259.
package indirect enum JSONValue: Equatable {
    /// A name and its value in an object.
    package struct Member: Equatable {
        package var name: String
        package var value: JSONValue
    }

    case null
    case boolean(Bool)
    case number(String)
    case text(String)
    case array([JSONValue])
    case object([Member])

    /// Tables inside one another that are followed.
    private static let greatestDepth = 90

    /// Nil when the text is no JSON, or nested very deeply.
    package init?(_ text: String) {
        var reader = Reader(bytes: Array(text.utf8))
        guard let value = reader.value(depth: 0) else { return nil }
        reader.skipSpace()
        guard reader.isAtEnd else { return nil }
        self = value
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        var isAtEnd: Bool { index >= bytes.count }
        private var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

        mutating func skipSpace() { while let byte, byte == 32 || byte == 9 || byte == 10 || byte == 13 { index += 1 } }

        private mutating func takes(_ text: String) -> Bool {
            guard bytes[index...].starts(with: text.utf8) else { return false }
            index += text.utf8.count
            return true
        }

        private mutating func takesBehindSpace(_ text: String) -> Bool {
            skipSpace()
            return takes(text)
        }

        mutating func value(depth: Int) -> JSONValue? {
            guard depth <= JSONValue.greatestDepth else { return nil }
            skipSpace()
            switch byte {
            case UInt8(ascii: "{"): return object(depth: depth)
            case UInt8(ascii: "["): return array(depth: depth)
            case UInt8(ascii: "\""): return string().map { .text($0) }
            case UInt8(ascii: "t"): return takes("true") ? .boolean(true) : nil
            case UInt8(ascii: "f"): return takes("false") ? .boolean(false) : nil
            case UInt8(ascii: "n"): return takes("null") ? .null : nil
            default: return number()
            }
        }

        private mutating func object(depth: Int) -> JSONValue? {
            index += 1
            var members: [Member] = []
            if takesBehindSpace("}") { return .object(members) }
            while true {
                skipSpace()
                guard byte == UInt8(ascii: "\""), let name = string(), takesBehindSpace(":"), let value = value(depth: depth + 1) else {
                    return nil
                }
                members.append(Member(name: name, value: value))
                if takesBehindSpace("}") { return .object(members) }
                guard takesBehindSpace(",") else { return nil }
            }
        }

        private mutating func array(depth: Int) -> JSONValue? {
            index += 1
            var items: [JSONValue] = []
            if takesBehindSpace("]") { return .array(items) }
            while true {
                guard let value = value(depth: depth + 1) else { return nil }
                items.append(value)
                if takesBehindSpace("]") { return .array(items) }
                guard takesBehindSpace(",") else { return nil }
            }
        }

        private mutating func number() -> JSONValue? {
            let start = index
            _ = takes("-")
            guard digits() > 0 else { return nil }
            let first = bytes[start] == UInt8(ascii: "-") ? start + 1 : start
            if bytes[first] == UInt8(ascii: "0"), index > first + 1 { return nil }
            if takes("."), digits() == 0 { return nil }
            if takes("e") || takes("E") {
                if !takes("+") { _ = takes("-") }
                if digits() == 0 { return nil }
            }
            return .number(String(decoding: bytes[start..<index], as: UTF8.self))
        }

        private mutating func digits() -> Int {
            let start = index
            while let byte, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
            return index - start
        }

        private mutating func string() -> String? {
            index += 1
            var units: [UInt8] = []
            while let byte {
                index += 1
                switch byte {
                case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    guard let scalar = escape() else { return nil }
                    units += String(Character(scalar)).utf8
                case 0..<32: return nil
                default: units.append(byte)
                }
            }
            return nil
        }

        private mutating func escape() -> Unicode.Scalar? {
            guard let byte else { return nil }
            index += 1
            switch byte {
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "t"): return "\t"
            case UInt8(ascii: "b"): return "\u{8}"
            case UInt8(ascii: "f"): return "\u{C}"
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
            case UInt8(ascii: "u"):
                guard let first = unit() else { return nil }
                guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) }
                guard takes("\\u"), let second = unit(), (0xDC00..<0xE000).contains(second) else { return nil }
                return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            default: return nil
            }
        }

        private mutating func unit() -> UInt32? {
            guard index + 4 <= bytes.count, bytes[index..<index + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
                return nil
            }
            defer { index += 4 }
            return UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16)
        }
    }
}
