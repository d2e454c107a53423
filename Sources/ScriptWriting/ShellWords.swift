/// Commands as people paste them from a terminal, taken apart as a POSIX shell would do it: words, quotes, continued lines.
///
/// Source: POSIX.1-2017, Shell Command Language, 2.2 Quoting; `$'…'` as in bash.
package struct ShellWords {
    /// The words of each command, without comments; never an empty command.
    package private(set) var commands: [[String]] = []
    /// Variables that the shell would have replaced (`$TOKEN`); they stand in the words as they were written.
    package private(set) var variables: Set<String> = []

    private let text: [Unicode.Scalar]
    private var index = 0
    private var line = 1
    private let file: String

    /// Takes a text apart. Throws an `ImportError` when a quote is not closed, or the text is for another shell.
    package init(_ text: String, file: String) throws(ImportError) {
        self.text = Array(text.unicodeScalars)
        self.file = file
        try read()
    }

    private mutating func read() throws(ImportError) {
        var command: [String] = []
        var word: String?
        func error(_ message: String, line: Int, remedy: String) -> ImportError {
            ImportError(message, at: "\(file):\(line)", remedy: remedy)
        }
        func endWord() {
            if let finished = word { command.append(finished) }
            word = nil
        }
        func endCommand() {
            endWord()
            if !command.isEmpty { commands.append(command) }
            command = []
        }
        while let scalar = next() {
            switch scalar {
            case "\\":
                guard let escaped = next() else { break }
                if escaped == "\r", peek == "\n" { _ = next() } else if escaped != "\n" { word = (word ?? "") + String(Character(escaped)) }
            case "'":
                let start = line
                var part = ""
                while true {
                    guard let inside = next() else {
                        throw error("a text that begins with ' is not closed", line: start, remedy: "copy the whole command")
                    }
                    if inside == "'" { break }
                    part.unicodeScalars.append(inside)
                }
                word = (word ?? "") + part
            case "\"":
                let start = line
                word = (word ?? "")
                guard let part = doubleQuoted() else {
                    throw error("a text that begins with \" is not closed", line: start, remedy: "copy the whole command")
                }
                word? += part
            case "$" where peek == "'":
                let start = line
                _ = next()
                guard let part = ansiQuoted() else {
                    throw error("a text that begins with $' is not closed", line: start, remedy: "copy the whole command")
                }
                word = (word ?? "") + part
            case "$":
                word = (word ?? "") + "$"
                noteVariable()
            case "^" where peek == "\"" || peek == "\r" || peek == "\n":
                throw error(
                    "this is quoted for Windows' cmd (^)", line: line, remedy: "in the browser choose \"Copy as cURL (bash)\"")
            case "#" where word == nil: while let skipped = peek, skipped != "\n" { index += 1 }
            case "\n", ";": endCommand()
            case "&", "|":
                // Whatever the output is sent to is no part of the request.
                endCommand()
                if scalar == "|", peek != "|" { skipCommand() }
            case " ", "\t", "\r": endWord()
            default: word = (word ?? "") + String(Character(scalar))
            }
        }
        endCommand()
    }

    private var peek: Unicode.Scalar? { index < text.count ? text[index] : nil }

    private mutating func next() -> Unicode.Scalar? {
        guard index < text.count else { return nil }
        defer { index += 1 }
        if text[index] == "\n" { line += 1 }
        return text[index]
    }

    private mutating func skipCommand() {
        while let scalar = peek, scalar != "\n", scalar != ";" { index += 1 }
    }

    /// Behind an opening quote; nil: it is never closed.
    private mutating func doubleQuoted() -> String? {
        var part = ""
        while let scalar = next() {
            switch scalar {
            case "\"": return part
            case "$":
                part += "$"
                noteVariable()
            case "\\":
                guard let escaped = next() else { return nil }
                switch escaped {
                case "\"", "\\", "$", "`": part.unicodeScalars.append(escaped)
                case "\n": break
                default:
                    part += "\\"
                    part.unicodeScalars.append(escaped)
                }
            default: part.unicodeScalars.append(scalar)
            }
        }
        return nil
    }

    /// Behind `$'`; nil: it is never closed.
    private mutating func ansiQuoted() -> String? {
        var part = ""
        while let scalar = next() {
            if scalar == "'" { return part }
            guard scalar == "\\" else {
                part.unicodeScalars.append(scalar)
                continue
            }
            guard let escaped = next() else { return nil }
            switch escaped {
            case "n": part += "\n"
            case "r": part += "\r"
            case "t": part += "\t"
            case "a": part += "\u{7}"
            case "b": part += "\u{8}"
            case "e", "E": part += "\u{1B}"
            case "f": part += "\u{C}"
            case "v": part += "\u{B}"
            case "x": part.unicodeScalars.append(number(radix: 16, digits: 2) ?? "x")
            case "u": appendUTF16(to: &part)
            case "U": part.unicodeScalars.append(number(radix: 16, digits: 8) ?? "U")
            case "0"..."7":
                index -= 1
                part.unicodeScalars.append(number(radix: 8, digits: 3) ?? "0")
            default: part.unicodeScalars.append(escaped)
            }
        }
        return nil
    }

    /// Browsers write characters beyond U+FFFF as two halves.
    private mutating func appendUTF16(to part: inout String) {
        guard let first = value(radix: 16, digits: 4) else { return part += "u" }
        if (0xD800..<0xDC00).contains(first), peek == "\\", index + 1 < text.count, text[index + 1] == "u" {
            let start = index
            index += 2
            if let second = value(radix: 16, digits: 4), (0xDC00..<0xE000).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            {
                return part.unicodeScalars.append(scalar)
            }
            index = start
        }
        part.unicodeScalars.append(Unicode.Scalar(first) ?? "\u{FFFD}")
    }

    private mutating func number(radix: Int, digits: Int) -> Unicode.Scalar? {
        value(radix: radix, digits: digits).flatMap { Unicode.Scalar($0) }
    }

    private mutating func value(radix: Int, digits: Int) -> UInt32? {
        var text = ""
        while text.count < digits, let scalar = peek, Character(scalar).isHexDigit, UInt32(String(scalar), radix: radix) != nil {
            text.unicodeScalars.append(scalar)
            index += 1
        }
        return UInt32(text, radix: radix)
    }

    /// Behind a dollar sign, which is kept as it stands.
    private mutating func noteVariable() {
        var position = index
        if position < text.count, text[position] == "{" { position += 1 }
        var name = ""
        while position < text.count, text[position].isASCII,
            text[position] == "_" || Character(text[position]).isLetter || Character(text[position]).isNumber
        {
            name.unicodeScalars.append(text[position])
            position += 1
        }
        if let first = name.first, !first.isNumber { variables.insert(name) }
    }
}
