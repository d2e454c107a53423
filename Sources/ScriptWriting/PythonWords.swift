/// Names and texts as Python's source has them.
enum PythonWords {
    /// Words that are no names in Python.
    private static let reserved: Set<String> = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
        "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise",
        "return", "try", "while", "with", "yield",
    ]

    /// Whether a text is a name in Python, of ASCII letters, digits and `_`.
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
        return !reserved.contains(text) && text.utf8.allSatisfy(isPart)
    }

    /// The nearest name: what cannot be part of one becomes `_`.
    static func name(_ text: String) -> String {
        var name = String(decoding: text.utf8.map { isPart($0) ? $0 : 95 }, as: UTF8.self)
        if name.utf8.first.map({ (48...57).contains($0) }) ?? true { name = "_" + name }
        return reserved.contains(name) ? name + "_" : name
    }

    /// A text in double quotes.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where (32..<127).contains(scalar.value): result.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                let width = scalar.value < 0x10000 ? 4 : 8
                result += (width == 4 ? "\\u" : "\\U") + String(repeating: "0", count: width - digits.count) + digits
            }
        }
        return result + "\""
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
    }
}
