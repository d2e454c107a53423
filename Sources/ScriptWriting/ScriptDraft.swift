/// A script as it is going to be written: comments, variables of the environment, one user class.
struct ScriptDraft {
    /// What a task does, one after the other.
    enum Step {
        case comment(String)
        case sleep(seconds: Double)
        case call(method: String, url: LuaExpression, options: [LuaExpression.Field])
        case batch([LuaExpression])
    }

    /// One task.
    struct Task {
        var name: String
        var steps: [Step]
    }

    /// A file beside the script.
    struct File: Equatable {
        var file: String
        /// The script's name for its content.
        var name: String
        /// Without its line ends.
        var isStripped = false
    }

    /// Where something may hold a secret that could not be told apart.
    var suspects: [String] = []
    /// The lines at the top.
    var comments: [String] = []
    var secrets = Secrets()
    var files: [File] = []
    var className = "Visitor"
    var host: LuaExpression?
    /// Further fields of the class.
    var fields: [LuaExpression.Field] = []
    var waitSeconds: Double = 1
    /// Done in their order where there are several.
    var tasks: [Task] = []

    /// The whole script.
    var text: String {
        var lines = comments.map { $0.isEmpty ? "--" : "-- \(LuaText.comment($0))" }
        lines += suspects.map { "-- !!! MAY HOLD A SECRET: look at the \(LuaText.comment($0))." }
        if !secrets.list.isEmpty {
            lines += ["--", "-- Set before the run, in the environment:"]
            for secret in secrets.list { lines.append("--   \(secret.variable)  \(LuaText.comment(secret.place))") }
            lines.append("")
            for secret in secrets.list.prefix(Secrets.mostLocals) { lines.append("local \(secret.name) = \(Self.environment(secret))") }
            let rest = secrets.list.dropFirst(Secrets.mostLocals)
            if !rest.isEmpty {
                lines.append("local \(Secrets.table) = {")
                for secret in rest { lines.append("  \(secret.name) = \(Self.environment(secret)),") }
                lines.append("}")
            }
        }
        if !files.isEmpty {
            lines += ["", "-- Put these files beside the script."]
            for file in files {
                let content = "file(\(LuaText.quoted(file.file)))"
                // As curl's -d reads files.
                lines.append("local \(file.name) = " + (file.isStripped ? "(\(content):gsub(\"[\\r\\n]\", \"\"))" : content))
            }
        }
        lines += ["", "user \(LuaText.quoted(className)) {"]
        if let host { lines.append(Self.line(.init(key: "host", value: host))) }
        for field in fields { lines.append(Self.line(field)) }
        lines.append("  -- The pause between two tasks, in seconds.")
        lines.append("  wait = constant(\(LuaText.seconds(waitSeconds))),")
        lines.append("")
        let isSequence = tasks.count > 1
        if isSequence { lines.append("  sequence { \"visit\",") }
        for task in tasks {
            let indent = isSequence ? "    " : "  "
            lines.append("\(indent)task { \(LuaText.quoted(task.name)), function(self)")
            for step in task.steps { lines.append(Self.text(step, indent: indent + "  ")) }
            lines.append("\(indent)end },")
        }
        if isSequence { lines.append("  },") }
        lines.append("}")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func environment(_ secret: Secrets.Secret) -> String { "env(\(LuaText.quoted(secret.variable)), \"\")" }

    private static func line(_ field: LuaExpression.Field) -> String {
        let key = "  \(LuaText.key(field.key ?? "")) = "
        return key + field.value.text(column: key.count, indent: "  ") + ","
    }

    private static func text(_ step: Step, indent: String) -> String {
        switch step {
        case .comment(let text): return "\(indent)-- \(LuaText.comment(text))"
        case .sleep(let seconds): return "\(indent)sleep(\(LuaText.seconds(seconds)))"
        case .call(let method, let url, let options):
            let start = "\(indent)self.http:\(method)(\(url.text(column: 0, indent: indent))"
            if options.isEmpty { return start + ")" }
            return start + ", " + LuaExpression.table(options).text(column: start.count + 2, indent: indent) + ")"
        case .batch(let requests):
            let start = "\(indent)self.http:batch "
            return start + LuaExpression.list(requests).text(column: start.count, indent: indent)
        }
    }
}
