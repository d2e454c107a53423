import LoadModel

/// An error message as Lua words it: `file:line: what went wrong near 'token'`.
struct LuaMessage: Equatable {
    /// From 1; nil when the message names no place.
    var line: Int?
    /// The message without its place.
    var text: String

    /// Takes a message apart. `shownName` is the script's name as Lua shows it.
    init(_ message: String, shownName: String) {
        text = message
        let prefix = shownName + ":"
        // coroutine.wrap puts its caller's place before the place of the error.
        while text.hasPrefix(prefix) {
            let rest = text.dropFirst(prefix.count)
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(digits), rest.dropFirst(digits.count).hasPrefix(": ") else { return }
            line = number
            text = String(rest.dropFirst(digits.count + 2))
        }
    }

    /// The error of a script that does not compile. `consumed` is how many bytes the compiler had read.
    func syntaxError(in script: Script, consumed: Int) -> ScriptError {
        let line = line ?? 1
        var position = script.text.start(ofLine: line)
        var remedy = "correct the line and try again"
        if let near = text.range(of: " near ", backwards: true) {
            let token = text[near.upperBound...]
            if token == "<eof>" {
                position = script.text.end(ofLine: line)
                remedy = "the script ends too early: look for a missing 'end', '}', ')' or quote"
            } else if token.hasPrefix("'<\\") {
                position = script.text.character(before: consumed - 1, onLine: line)
                remedy = "outside of texts only ASCII is understood: letters, digits and _ in names"
            } else if token.hasPrefix("'"), token.hasSuffix("'") {
                let token = String(token.dropFirst().dropLast())
                position = script.text.last(token, onLine: line, before: consumed) ?? position
                remedy = Self.syntaxRemedies.first { text.hasPrefix($0.beginning) }?.remedy ?? "look at \(token) and what stands before it"
            }
        } else if let name = text.split(separator: "'", omittingEmptySubsequences: false).dropFirst().first {
            position = script.text.first(word: String(name), onLine: line) ?? position
        }
        return ScriptError(.syntax, file: script.name, line: position.line, column: position.column, message: text, remedy: remedy)
    }

    private static let syntaxRemedies: [(beginning: String, remedy: String)] = [
        ("'}' expected", "is a comma missing before this?"),
        ("unfinished string", "end the text on the same line with the quote that began it"),
        ("invalid escape sequence", "write \\\\ for a backslash"),
    ]

    /// The error of a script whose top level raised one.
    func topLevelError(in script: Script, lineOfError: Int) -> ScriptError {
        guard let line = line ?? (lineOfError > 0 ? lineOfError : nil) else {
            return ScriptError(.evaluation, file: script.name, message: text)
        }
        let position = [quotedName, calledName].lazy.compactMap { $0 }.compactMap { script.text.first(word: $0, onLine: line) }.first
        var remedy = ""
        if let name = quotedName {
            if text.contains("a nil value (global '") {
                remedy =
                    Suggestion.nearest(to: name, among: LanguageReference.globals).map { "did you mean '\($0)'?" }
                    ?? "define '\(name)' before using it"
            }
        }
        return ScriptError(.evaluation, file: script.name, line: line, column: position?.column, message: text, remedy: remedy)
    }

    /// Where an error on a line stands, as `file:line`, with the column where the message names what is meant.
    func place(in script: Script, line: Int) -> String {
        guard let name = quotedName, let position = script.text.first(word: name, onLine: line) else { return "\(script.name):\(line)" }
        return "\(script.name):\(line):\(position.column)"
    }

    /// The function that a message begins with, as those of our own functions do, or that it is about: `bad argument #1 to 'rep'`.
    private var calledName: String? {
        if text.hasPrefix("bad argument #") {
            return text.split(separator: "'", omittingEmptySubsequences: false).dropFirst().first.map(String.init)
        }
        let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }
        guard LanguageReference.globals.contains(String(name.prefix { $0 != "." })) else { return nil }
        return name.split(separator: ".").last.map(String.init)
    }

    /// The name in `(global 'name')`, `(field 'name')` and the like.
    private var quotedName: String? {
        guard text.hasSuffix("')"), let open = text.range(of: "(", backwards: true) else { return nil }
        let parts = text[open.upperBound...].dropLast(2).split(separator: "'")
        return parts.count == 2 ? String(parts[1]) : nil
    }
}

extension String {
    /// Where a text stands first or last; nil when nowhere.
    fileprivate func range(of text: String, backwards: Bool) -> Range<String.Index>? {
        backwards ? ranges(of: text).last : firstRange(of: text)
    }
}
