extension LanguageReference {
    /// The line behind which the reference stands in docs/scripting.md.
    package static let markdownStart =
        "<!-- From here to the end of the reference: made from Sources/Scripting/LanguageReference*.swift. Do not edit. -->"
    /// The line before which it ends.
    package static let markdownEnd = "<!-- End of the reference. -->"

    /// The reference as Markdown, chapter by chapter.
    package static var markdown: String {
        var lines: [String] = []
        for section in sections {
            lines += ["## \(section.title)", ""]
            if !section.text.isEmpty { lines += [section.text, ""] }
            for item in section.items {
                switch item {
                case .function(let function): lines += markdown(function)
                case .fields(let fields): lines += markdown(fields)
                }
            }
        }
        lines += ["## Lua's own library", "", "As in Lua 5.4: " + (luaFunctions).map { "`\($0)`" }.joined(separator: ", ") + ", and:", ""]
        for library in luaLibraries {
            lines.append("- `\(library.name)`: " + library.members.map { "`\($0)`" }.joined(separator: ", "))
        }
        lines += [
            "",
            """
            Missing, since a script runs on other people's machines: `io`, `os`, `debug`, `package`, `require`, `load` and its relatives, `collectgarbage`, `string.dump`, `warn`, `math.randomseed`, and the metamethod `__gc`. `coroutine.yield` works in coroutines that the script made; `coroutine.running` gives nil in a task. What makes a text makes 64 MiB at most, and what moves the items of a table moves 1000000 at most. At the top level `pairs` goes through a table in the order of its keys, so that every worker declares the same.
            """, "",
        ]
        return lines.joined(separator: "\n")
    }

    /// `name(a, b [, c])`.
    static func call(_ function: Function) -> String {
        if let usage = function.usage { return usage }
        var text = function.name + "("
        for (index, parameter) in function.parameters.enumerated() {
            let comma = index == 0 ? "" : ", "
            text += parameter.isOptional ? (index == 0 ? "[\(parameter.name)]" : " [\(comma)\(parameter.name)]") : comma + parameter.name
        }
        return text + ")"
    }

    private static func markdown(_ function: Function) -> [String] {
        var lines = ["### \(call(function))", "", function.text, ""]
        if !function.parameters.isEmpty {
            lines += ["| parameter | type | meaning |", "|---|---|---|"]
            for parameter in function.parameters {
                let optional = parameter.isOptional ? " (may be left out)" : ""
                lines.append("| `\(parameter.name)` | \(cell(parameter.type)) | \(parameter.text)\(optional) |")
            }
            lines.append("")
        }
        for (index, result) in function.results.enumerated() {
            lines.append("- \(index == 0 ? "Gives" : "and") \(code(result.type)): \(result.text)")
        }
        if !function.errors.isEmpty { lines.append("- Errors: \(function.errors)") }
        lines += ["- Use it \(function.place.rawValue).", ""]
        lines += ["```lua", function.example, "```"]
        return lines + [""]
    }

    private static func markdown(_ fields: Fields) -> [String] {
        var lines = ["### \(fields.title)", ""]
        if !fields.text.isEmpty { lines += [fields.text, ""] }
        let isWritten = fields.fields.contains { $0.missing != nil }
        lines +=
            isWritten ? ["| field | type | meaning | if missing |", "|---|---|---|---|"] : ["| field | type | meaning |", "|---|---|---|"]
        for field in fields.fields {
            lines.append("| `\(field.name)` | \(cell(field.type)) | \(field.text) |" + (isWritten ? " \(field.missing ?? "") |" : ""))
        }
        return lines + [""]
    }

    private static func code(_ type: String) -> String { "`\(type)`" }

    /// A type in a table, where a bar would part two columns.
    private static func cell(_ type: String) -> String { "`\(type.replacing("|", with: "\\|"))`" }
}
