import Statistics

/// The table of what scripts raised, and below it the call stacks of the most frequent ones. Pure.
struct ExceptionTable {
    /// Exceptions whose stacks are printed, and lines of each.
    private static let mostStacks = 3
    private static let mostLines = 8

    private let exceptions: [ExceptionStatistics]
    private let width: Int
    private let isColored: Bool

    /// `exceptions` in the order of printing, as many as are to be printed.
    init(_ exceptions: [ExceptionStatistics], width: Int, isColored: Bool) {
        self.exceptions = exceptions
        self.width = width
        self.isColored = isColored
    }

    /// One row a place; the class is that of the user that raised the example.
    var table: String {
        var table = TextTable(
            columns: [
                .init("Count"), .init("Place", isNumber: false, isElastic: true), .init("User class", isNumber: false, dispensable: 1),
                .init("Message", isNumber: false, isElastic: true),
            ])
        for exception in exceptions {
            let example = exception.total.example
            table.add([
                .init(NumberText.grouped(exception.total.count), .bad), .init(example.place), .init(exception.total.userClass),
                .init(example.message),
            ])
        }
        return TextTable.heading("Exceptions", "errors that the script raised", width: width, isColored: isColored)
            + table.rendered(width: width, isColored: isColored)
    }

    /// Place, class and whole message of the most frequent ones, each with its call stack, innermost call first; empty where none has a stack.
    var stacks: String {
        exceptions.prefix(Self.mostStacks).filter { !$0.total.example.stack.isEmpty }.map { "\n" + stack(of: $0.total) }.joined()
    }

    private func stack(of exception: ExceptionInterval) -> String {
        let example = exception.example
        let userClass = exception.userClass.isEmpty ? "" : ", user class \(exception.userClass)"
        let title = TerminalText.printable("\(example.place)\(userClass): \(example.message)")
        var text = TerminalText.wrapped(title, width: width, indent: 2) + "\n"
        let lines = example.stack.split(whereSeparator: \.isNewline).map { TerminalText.printable(String($0)) }
        let shown = lines.count > Self.mostLines ? Self.mostLines - 1 : lines.count
        for line in lines.prefix(shown) {
            text += "    " + TerminalText.shortened(String(line.drop { $0 == " " }), to: width - 4) + "\n"
        }
        if lines.count > shown { text += "    … and \(lines.count - shown) more calls\n" }
        return TextStyle.faint.applied(to: String(text.dropLast()), isColored: isColored) + "\n"
    }
}
