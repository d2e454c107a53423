/// A value as it will stand in a script, laid out for readers: on one line where that fits, one field a line otherwise.
indirect enum LuaExpression: Equatable {
    /// A field of a table; `key` nil: an item.
    struct Field: Equatable {
        var key: String?
        var value: LuaExpression
    }

    /// Code as it stands.
    case code(String)
    case table([Field])

    /// The width that lines are kept to where possible.
    static let width = 110

    /// A table of items.
    static func list(_ items: [LuaExpression]) -> LuaExpression { .table(items.map { Field(key: nil, value: $0) }) }

    /// This text and another behind it.
    func joined(with other: LuaExpression) -> LuaExpression {
        let (first, second) = (oneLine, other.oneLine)
        // Two literals are one.
        if first.hasSuffix("\""), second.hasPrefix("\"") { return .code("\(first.dropLast())\(second.dropFirst())") }
        return .code("\(first) .. \(second)")
    }

    /// The text, whose first line begins at a column; further lines are indented.
    func text(column: Int, indent: String) -> String {
        let line = oneLine
        guard case .table(let fields) = self, column + line.count > Self.width, !fields.isEmpty else { return line }
        let inner = indent + "  "
        let rows = fields.map { field in
            let key = field.key.map { "\(LuaText.key($0)) = " } ?? ""
            return inner + key + field.value.text(column: inner.count + key.count, indent: inner) + ","
        }
        return "{\n" + rows.joined(separator: "\n") + "\n\(indent)}"
    }

    private var oneLine: String {
        switch self {
        case .code(let text): text
        case .table(let fields) where fields.isEmpty: "{}"
        case .table(let fields):
            "{ " + fields.map { ($0.key.map { "\(LuaText.key($0)) = " } ?? "") + $0.value.oneLine }.joined(separator: ", ") + " }"
        }
    }
}
