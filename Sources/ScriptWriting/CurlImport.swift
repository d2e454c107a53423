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
        return try script(of: words.commands, variables: words.variables, substitutions: words.substitutions, file: file)
    }

    /// Writes the script of one command whose words are known: as behind `cicada import curl --`.
    package static func script(ofWords words: [String]) throws(ImportError) -> String {
        try script(of: [words], variables: [], substitutions: [], file: "the command")
    }

    private static func script(
        of commands: [[String]], variables: Set<String>, substitutions: [String], file: String
    ) throws(ImportError) -> String {
        var parsed: [CurlCommand] = []
        for (index, words) in commands.enumerated() {
            var behindPrompt = words.first == "$" ? words.dropFirst() : words[...]
            // TOKEN=abc curl …: the variable is one of the environment here too, and its value is nobody's business.
            behindPrompt = behindPrompt.drop(while: isAssignment)
            guard behindPrompt.first?.split(separator: "/").last == "curl" || behindPrompt.first == "curl.exe" else {
                if commands.count == 1, let first = behindPrompt.first {
                    throw ImportError(
                        "this is no curl command: it begins with \(String(first.prefix(60)))", at: file,
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
        var draft = draft(of: parsed, variables: variables, file: file, skipped: commands.count - parsed.count)
        draft.comments += substitutions.map {
            "The shell puts the output of \(SecretText.shown($0)) into a command; here it stands as it was written. Compute it in the script."
        }
        return draft.text
    }

    /// `NAME=value` before a command.
    private static func isAssignment(_ word: String) -> Bool {
        guard let equals = word.firstIndex(of: "="), let first = word.utf8.first, !(48...57).contains(first) else { return false }
        return equals > word.startIndex
            && word[..<equals].utf8.allSatisfy { $0 == 95 || Character(Unicode.Scalar($0)).isLetter && $0 < 128 || (48...57).contains($0) }
    }

    private static func draft(of commands: [CurlCommand], variables: Set<String>, file: String, skipped: Int) -> ScriptDraft {
        let requests = commands.flatMap(\.requests)
        let host = Origins.most(of: requests)
        var writer = RequestWriter(host: host, variables: variables)
        let names = RequestNames(paths: requests.map { SecretText.shown($0.url.path) })
        var draft = ScriptDraft()
        draft.host = writer.expression(host, at: "host")
        var taskNames = TaskNames()
        var originsWithCookies: Set<String> = []
        var leftOutCookies = false
        for var request in requests {
            if request.header("cookie") != nil, !originsWithCookies.insert(request.url.origin).inserted {
                request.headers.removeAll { $0.name.lowercased() == "cookie" }
                leftOutCookies = true
            }
            let path = SecretText.shown(request.url.path)
            var steps = request.remarks.map { ScriptDraft.Step.comment($0) }
            if let call = writer.call(request, name: names.name(of: path)) {
                steps.append(.call(method: call.method.text.lowercased(), url: call.url, options: call.options))
            } else {
                steps.append(.comment("left out: \(request.method) \(path), a method that scripts do not have"))
            }
            draft.tasks.append(ScriptDraft.Task(name: taskNames.unique("\(request.method) \(path)"), steps: steps))
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
        if leftOutCookies {
            draft.comments.append(
                "The Cookie of the commands goes with the first request to a host only: users keep the cookies of answers by themselves, and a "
                    + "header beside them would be a second Cookie. Where the server sets none anew, add the header to the others too.")
        }
        if let command = commands.first(where: { $0.proxy != nil }), let proxy = command.proxy {
            draft.fields.append(.init(key: "proxy", value: writer.proxy(proxy, user: command.proxyUser)))
        }
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
        draft.suspects = writer.suspects
        draft.files = writer.files
        return draft
    }
}
