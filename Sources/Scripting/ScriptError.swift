/// Why a script cannot be run: what is wrong, where, and what to do about it.
package struct ScriptError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of trouble; further kinds may come.
    package struct Code: Sendable, Hashable {
        private let name: String

        /// The file is no text that could be a script, or cannot be read.
        package static let unreadable = Self(name: "unreadable")
        /// The compiler does not accept the text.
        package static let syntax = Self(name: "syntax")
        /// The top level raised an error.
        package static let evaluation = Self(name: "evaluation")
        /// A user class or task is declared wrongly.
        package static let declaration = Self(name: "declaration")
        /// A name that nobody has defined.
        package static let unknownName = Self(name: "unknown name")
        /// A data file cannot be used.
        package static let data = Self(name: "data")
        /// Lua got no memory.
        package static let memory = Self(name: "memory")
    }

    /// The kind of trouble.
    package var code: Code
    /// The script's file name.
    package var file: String
    /// From 1; nil when the error belongs to the file as a whole.
    package var line: Int?
    /// From 1, in characters.
    package var column: Int?
    /// What is wrong, without the place.
    package var message: String
    /// What to do; empty when the message says it.
    package var remedy: String

    /// An error of a script file.
    package init(_ code: Code, file: String, line: Int? = nil, column: Int? = nil, message: String, remedy: String = "") {
        self.code = code
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.remedy = remedy
    }

    /// `file:line:column: message`, then the remedy on a line of its own. Control characters of the script are blanks there: they must not
    /// steer a terminal.
    package var description: String {
        var text = Self.printable(file)
        if let line {
            text += ":\(line)"
            if let column { text += ":\(column)" }
        }
        text += ": \(Self.printable(message))"
        if !remedy.isEmpty { text += "\n    \(Self.printable(remedy))" }
        return text
    }

    /// Line breaks stay: messages of several lines have them.
    private static func printable(_ text: String) -> String {
        func isControl(_ scalar: Unicode.Scalar) -> Bool {
            scalar != "\n" && [.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
        }
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var clean = ""
        for scalar in text.unicodeScalars { clean.unicodeScalars.append(isControl(scalar) ? " " : scalar) }
        return clean
    }
}
