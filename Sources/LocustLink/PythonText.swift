import ZeroMQ

/// How Python writes values, as far as Locust's messages depend on it.
package enum PythonText {
    /// A text as `repr` writes it: in single quotes, in double ones where it has single ones and no double ones.
    package static func repr(_ text: String) -> String {
        let quote: Unicode.Scalar = text.contains("'") && !text.contains("\"") ? "\"" : "'"
        var written = String(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": written += "\\\\"
            case "\n": written += "\\n"
            case "\r": written += "\\r"
            case "\t": written += "\\t"
            case quote: written += "\\" + String(quote)
            default: written += isPrintable(scalar) ? String(scalar) : escape(scalar)
            }
        }
        return written + String(quote)
    }

    /// The key under which Locust's reports count an error: SHA-256, in hexadecimal, of method, name and the text as `repr` writes it.
    package static func errorKey(method: String, name: String, text: String) -> String {
        SHA256.hash(Array("\(method).\(name).\(repr(text))".utf8)).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count < 2 ? "0" + digits : digits
        }.joined()
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        return "\\\(letter)" + String(repeating: "0", count: width - digits.count) + digits
    }
}
