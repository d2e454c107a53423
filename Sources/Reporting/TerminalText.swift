/// How a piece of a table looks where colour is wanted.
package enum TextStyle: Sendable, Equatable {
    case plain, strong, faint, bad, warning

    /// The text between the escape sequences of the style (ECMA-48, SGR).
    func applied(to text: String, isColored: Bool) -> String {
        guard isColored, !text.isEmpty else { return text }
        return switch self {
        case .plain: text
        case .strong: "\u{1B}[1m\(text)\u{1B}[0m"
        case .faint: "\u{1B}[2m\(text)\u{1B}[0m"
        case .bad: "\u{1B}[31m\(text)\u{1B}[0m"
        case .warning: "\u{1B}[33m\(text)\u{1B}[0m"
        }
    }
}

/// Text measured and cut in terminal columns.
package enum TerminalText {
    /// Text in which every control character is a space: names and reasons come from scripts and servers, and must not steer a terminal.
    package static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var clean = ""
        for scalar in text.unicodeScalars { clean.unicodeScalars.append(isControl(scalar) ? " " : scalar) }
        return clean
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.properties.generalCategory == .format
    }

    /// Terminal columns that a text takes; East Asian wide characters and pictures take two.
    package static func columns(_ text: String) -> Int { text.reduce(0) { $0 + columns($1) } }

    private static func columns(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first, scalar.value >= 0x1100 else { return 1 }
        let wide: [ClosedRange<UInt32>] = [
            0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0x1F300...0x1FAFF,
            0x20000...0x3FFFD,
        ]
        return wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    /// A text of at most `width` columns, cut in the middle: both ends of a path tell it apart.
    package static func shortened(_ text: String, to width: Int) -> String {
        if columns(text) <= width { return text }
        if width <= 1 { return width == 1 ? "…" : "" }
        let tail = (width - 1) / 2
        return prefix(text, width - 1 - tail) + "…" + String(prefix(String(text.reversed()), tail).reversed())
    }

    private static func prefix(_ text: String, _ width: Int) -> String {
        var used = 0
        return String(
            text.prefix { character in
                used += columns(character)
                return used <= width
            })
    }

    /// A text filled with blanks to `width` columns.
    static func padded(_ text: String, to width: Int, right: Bool) -> String {
        let blanks = String(repeating: " ", count: max(0, width - columns(text)))
        return right ? blanks + text : text + blanks
    }

    /// Words in lines of at most `width` columns, later lines indented by `indent`.
    package static func wrapped(_ text: String, width: Int, indent: Int = 2) -> String {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, columns(line) + 1 + columns(String(word)) > width {
                lines.append(line)
                line = String(repeating: " ", count: indent) + word
            } else {
                line += (line.isEmpty ? "" : " ") + word
            }
        }
        lines.append(line)
        return lines.joined(separator: "\n")
    }
}
