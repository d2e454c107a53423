/// A script made of curl commands, as browsers copy them and documentation shows them.
package enum CurlImport {
    /// The largest text that is read, in bytes.
    package static let largestSize = 16 << 20

    /// Writes the script. `file` names the source in messages and in the script. Throws an `ImportError`.
    package static func script(of bytes: [UInt8], file: String) throws(ImportError) -> String {
        if bytes.count > largestSize {
            throw ImportError("there are more than \(largestSize >> 20) MiB", at: file, remedy: "give a file with curl commands")
        }
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        guard !content.contains(0), let text = String(validating: content, as: UTF8.self) else {
            throw ImportError("this is no text (UTF-8)", at: file, remedy: "give a file with curl commands")
        }
        if text.contains("Invoke-WebRequest") || text.contains("Invoke-RestMethod") {
            throw ImportError("this is a command of PowerShell", at: file, remedy: "in the browser choose \"Copy as cURL (bash)\"")
        }
        let words = try ShellWords(text, file: file)
        return try script(of: words.commands, variables: words.variables, file: file)
    }

    /// Writes the script of one command whose words are known: as behind `cicada import curl --`.
    package static func script(ofWords words: [String]) throws(ImportError) -> String {
        try script(of: [words], variables: [], file: "the command")
    }

    private static func script(of commands: [[String]], variables: Set<String>, file: String) throws(ImportError) -> String {
        var parsed: [CurlCommand] = []
        for (index, words) in commands.enumerated() {
            let behindPrompt = words.first == "$" ? words.dropFirst() : words[...]
            guard behindPrompt.first?.split(separator: "/").last == "curl" || behindPrompt.first == "curl.exe" else {
                if commands.count == 1 {
                    throw ImportError(
                        "this is no curl command: it begins with \(String((words.first ?? "").prefix(60)))", at: file,
                        remedy: "in the browser's network tab choose \"Copy as cURL\"")
                }
                continue
            }
            let place = commands.count == 1 ? file : "\(file): command \(index + 1)"
            parsed.append(try CurlCommand(Array(behindPrompt.dropFirst()), place: place))
        }
        if parsed.isEmpty {
            throw ImportError("there is no curl command in it", at: file, remedy: "in the browser's network tab choose \"Copy as cURL\"")
        }
        return draft(of: parsed, variables: variables, file: file, skipped: commands.count - parsed.count).text
    }

    private static func draft(of commands: [CurlCommand], variables: Set<String>, file: String, skipped: Int) -> ScriptDraft {
        let requests = commands.flatMap(\.requests)
        let host = Origins.most(of: requests)
        var writer = RequestWriter(host: host, variables: variables)
        let names = RequestNames(paths: requests.map(\.url.path))
        var draft = ScriptDraft()
        draft.host = host
        var taskNames = TaskNames()
        for request in requests {
            var steps = request.remarks.map { ScriptDraft.Step.comment($0) }
            if let call = writer.call(request, name: names.name(of: request.url.path)) {
                steps.append(.call(method: call.method.text.lowercased(), url: call.url, options: call.options))
            } else {
                steps.append(.comment("left out: \(request.method) \(request.url.path), a method that scripts do not have"))
            }
            draft.tasks.append(ScriptDraft.Task(name: taskNames.unique("\(request.method) \(request.url.path)"), steps: steps))
        }
        let count = requests.count == 1 ? "a request" : "\(requests.count) requests"
        draft.comments = ["Written by cicada import curl: \(count) from \(file)."]
        if skipped > 0 { draft.comments.append("Left out: what is no curl command (\(skipped)).") }
        var remarks: [String] = []
        for remark in commands.flatMap(\.remarks) where !remarks.contains(remark) { remarks.append(remark) }
        draft.comments += remarks.map { "curl's \($0)." }
        if commands.contains(where: { !$0.followsRedirects }) {
            draft.comments.append(
                "Redirects are followed, as browsers do; add redirects = false to a request to see them as curl without -L does.")
        }
        if let proxy = commands.compactMap(\.proxy).first { draft.fields.append(.init(key: "proxy", value: writer.expression(proxy))) }
        if let certificate = commands.compactMap(\.certificate).first {
            var fields = [LuaExpression.Field(key: "cert", value: .code(writer.file(certificate)))]
            if let key = commands.compactMap(\.key).first { fields.append(.init(key: "key", value: .code(writer.file(key)))) }
            if let password = commands.compactMap(\.keyPassword).first {
                fields.append(
                    .init(key: "password", value: .code(writer.secret(password, called: "key_password", at: "password of the key"))))
            }
            draft.fields.append(.init(key: "certificate", value: .table(fields)))
        }
        draft.secrets = writer.secrets
        draft.files = writer.files
        return draft
    }
}
