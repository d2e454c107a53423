/// Commands as people paste them from a terminal, taken apart as a POSIX shell would do it: words, quotes, continued lines.
///
/// Source: POSIX.1-2017, Shell Command Language, 2.2 Quoting; `$'…'` as in bash.
package struct ShellWords {
    /// The words of each command, without comments; never an empty command.
    package private(set) var commands: [[String]] = []
    /// Variables that the shell would have replaced (`$TOKEN`); they stand in the words as they were written.
    package private(set) var variables: Set<String> = []

    /// What the shell would have replaced by the output of commands: `$(date)`; it stands in the words as it was written.
    package private(set) var substitutions: [String] = []

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
        // The next word is where the output goes to, or the input comes from: no part of the command.
        var isRedirected = false
        // Behind <<: the word that ends the text which follows, once it is known.
        var hereDocument = false
        var ends: [String] = []
        func error(_ message: String, line: Int, remedy: String) -> ImportError {
            ImportError(message, at: "\(file):\(line)", remedy: remedy)
        }
        func endWord() {
            if let finished = word {
                if !isRedirected { command.append(finished) }
                if hereDocument { ends.append(finished.hasPrefix("-") ? String(finished.dropFirst()) : finished) }
                (isRedirected, hereDocument) = (false, false)
            }
            word = nil
        }
        func endCommand() {
            endWord()
            if !command.isEmpty { commands.append(command) }
            command = []
            (isRedirected, hereDocument) = (false, false)
        }
        func redirect() {
            // `2>`: the number belongs to it.
            if let number = word, !number.isEmpty, number.allSatisfy(\.isNumber) { word = nil }
            endWord()
            isRedirected = true
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
                word = (word ?? "") + "$" + variableOrSubstitution()
            case "`": word = (word ?? "") + "`" + substitution(until: "`", opening: nil, start: "`")
            case "^" where peek == "\"" || peek == "\r" || peek == "\n":
                throw error(
                    "this is quoted for Windows' cmd (^)", line: line, remedy: "in the browser choose \"Copy as cURL (bash)\"")
            case "#" where word == nil: while let skipped = peek, skipped != "\n" { index += 1 }
            case ";": endCommand()
            case "\n":
                endCommand()
                for end in ends { skipLines(until: end) }
                ends = []
            case "<" where word != nil && isPlaceholder: word = (word ?? "") + "<"
            case ">" where word?.last.map { $0.isLetter || $0.isNumber } == true && word?.lastIndex(of: "<") != nil && !isRedirected:
                word = (word ?? "") + ">"
            case "<" where peek == "<":
                _ = next()
                redirect()
                if peek == "<" { _ = next() } else { hereDocument = true }
            case ">", "<":
                redirect()
                while let sign = peek, ">|&".unicodeScalars.contains(sign) { index += 1 }
            case "&" where peek == ">":
                redirect()
                while peek == ">" { index += 1 }
            case "&", "|": endCommand()
            case " ", "\t", "\r": endWord()
            default: word = (word ?? "") + String(Character(scalar))
            }
        }
        endCommand()
    }

    /// Whether `<id>` begins here, as documentation has it in URLs; a shell would take it for two redirections.
    private var isPlaceholder: Bool {
        let name = text[index...].prefix { $0 == "_" || $0 == "-" || $0.properties.isAlphabetic || ("0"..."9").contains($0) }
        return !name.isEmpty && name.endIndex < text.count && text[name.endIndex] == ">"
    }

    private var peek: Unicode.Scalar? { index < text.count ? text[index] : nil }

    private mutating func next() -> Unicode.Scalar? {
        guard index < text.count else { return nil }
        defer { index += 1 }
        if text[index] == "\n" { line += 1 }
        return text[index]
    }

    /// The text of a here-document, and the line that ends it.
    private mutating func skipLines(until end: String) {
        while peek != nil {
            var content = ""
            while let scalar = next(), scalar != "\n" { content.unicodeScalars.append(scalar) }
            if content.filter({ !$0.isWhitespace }) == end { return }
        }
    }

    /// Behind an opening quote; nil: it is never closed.
    private mutating func doubleQuoted() -> String? {
        var part = ""
        while let scalar = next() {
            switch scalar {
            case "\"": return part
            case "$":
                part += "$" + variableOrSubstitution()
            case "`": part += "`" + substitution(until: "`", opening: nil, start: "`")
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

    /// Behind a dollar sign: notes a variable's name, which is kept as it stands, or gives the whole of `$(…)` and `${…:-…}`.
    private mutating func variableOrSubstitution() -> String {
        if peek == "(" { return substitution(until: ")", opening: "(", start: "$") }
        var position = index
        let isBraced = peek == "{"
        if isBraced { position += 1 }
        var name = ""
        while position < text.count, text[position].isASCII,
            text[position] == "_" || Character(text[position]).isLetter || Character(text[position]).isNumber
        {
            name.unicodeScalars.append(text[position])
            position += 1
        }
        if isBraced, position < text.count, text[position] != "}" { return substitution(until: "}", opening: "{", start: "$") }
        if let first = name.first, !first.isNumber { variables.insert(name) }
        return ""
    }

    /// To the closing sign, or to the end of the line where there is none.
    private mutating func substitution(until closing: Unicode.Scalar, opening: Unicode.Scalar?, start: String) -> String {
        var part = ""
        var depth = opening == nil ? 1 : 0
        while let scalar = peek, scalar != "\n" {
            _ = next()
            part.unicodeScalars.append(scalar)
            if scalar == opening { depth += 1 } else if scalar == closing { depth -= 1 }
            if depth == 0 { break }
        }
        let whole = start + part
        if !substitutions.contains(whole) { substitutions.append(whole) }
        return part
    }
}
