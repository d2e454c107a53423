import ArgumentParser
import Glibc
import HTTPTransport
import ScriptWriting

/// `cicada new`: a first script.
struct NewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Write a first script, with comments.",
        usage: "cicada new [<name.lua>] [--kind <kind>] [--host <url>] [options]",
        discussion: """
            On a terminal it asks what was not given as a flag; elsewhere it takes the defaults. The script runs as it is against sample-webapp; \
            change its paths. The kind "api" comes with a data file beside it.
            Example: cicada new shop.lua --kind login --host http://127.0.0.1:8000
            More: docs/scripting.md. Exit codes: 0 written, 2 usage error or the file exists.
            """)

    @Argument(
        help: ArgumentHelp("The script to write (default: asked for, or standard output).", valueName: "name.lua"),
        completion: .file(extensions: ["lua"]))
    var name: String?

    @Option(
        help: ArgumentHelp("get: a simple GET; login: sign in, then browse; api: JSON and a data file (default: get).", valueName: "kind"),
        completion: .list(NewScript.Kind.allCases.map(\.rawValue)))
    var kind: String?

    @Option(
        name: [.customShort("H"), .long],
        help: ArgumentHelp("Base URL of the target (default: http://127.0.0.1:8000).", valueName: "url"))
    var host: String?

    @Option(help: ArgumentHelp("Seconds between two tasks of a user, or a range: 1, 0.5-3 (default: 1).", valueName: "seconds"))
    var wait: String?

    @Option(
        name: [.customShort("o"), .long], help: ArgumentHelp("The script to write, as the argument.", valueName: "file"),
        completion: .file(extensions: ["lua"]))
    var output: String?

    @Flag(help: "Write a cicada.yaml beside it, so that cicada run needs no flags.")
    var config = false

    @Flag(help: "Overwrite files that exist.")
    var force = false

    mutating func run() throws {
        ignoreWriteSignals()
        if name != nil, output != nil { throw Failure.usage("give the file as argument or with --output, not both.") }
        let isAsked = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1
        let questions = Questions(isAsked: isAsked)
        var path = name ?? output
        if path == nil, isAsked { path = try questions.ask("File", default: "script.lua") { $0 } }
        // Before any question: nobody likes to answer for nothing.
        if !force, let path, access(path, F_OK) == 0 { throw Failure.usage("\(path) exists; --force overwrites it.") }
        let kind = try value(self.kind, questions, "Kind", words: Self.kindWords, default: "get", flag: "--kind") {
            NewScript.Kind(rawValue: $0)
        }
        let host = try value(
            self.host, questions, "Host of the target", words: "a URL such as http://127.0.0.1:8000", default: "http://127.0.0.1:8000",
            flag: "--host"
        ) { text in (text.hasPrefix("http://") || text.hasPrefix("https://")) && BaseURL.isValid(text) ? text : nil }
        let wait = try value(
            self.wait, questions, "Seconds between two tasks", words: "a number such as 1, or a range such as 0.5-3", default: "1",
            flag: "--wait",
            read: Self.range)

        let fileName = path.flatMap { $0.split(separator: "/").last.map(String.init) } ?? "script.lua"
        let script = NewScript(kind: kind, host: host, wait: wait, fileName: fileName)
        guard let path else {
            if let data = script.dataFile {
                throw Failure.usage(
                    "give the script a name: it comes with a data file (\(data.name)) beside it, as in cicada new shop.lua --kind api.")
            }
            if config { throw Failure.usage("give the script a name: cicada.yaml names it.") }
            if let failure = Conclusion.print(script.text) { throw failure }
            return
        }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        var files = [(path, script.text)]
        if let data = script.dataFile { files.append((folder + data.name, data.text)) }
        if config { files.append((folder + ConfigurationFile.usualName, script.configuration())) }
        // All or nothing: no script without its data file.
        if !force, let existing = files.first(where: { access($0.0, F_OK) == 0 }) {
            throw Failure.usage("\(existing.0) exists; --force overwrites it.")
        }
        for (path, text) in files { try WrittenFile.write(text, to: path, overwrites: force) }
        complain("wrote \(files.map(\.0).joined(separator: ", ")). Next:\n  cicada validate \(path)\n  cicada run --debug \(path)")
    }

    private static let kindWords = NewScript.Kind.allCases.map { "\($0.rawValue) (\($0.words))" }.joined(separator: ", ")

    /// `1`, or `0.5-3`.
    private static func range(_ text: String) -> ClosedRange<Double>? {
        let sides = text.split(separator: "-", omittingEmptySubsequences: false).map { Double($0) }
        guard (1...2).contains(sides.count), let from = sides[0], let to = sides[sides.count - 1], from >= 0, from <= to, to <= 1e6 else {
            return nil
        }
        return from...to
    }

    /// A value of a flag, or else of a question.
    private func value<Value>(
        _ given: String?, _ questions: Questions, _ question: String, words: String, default fallback: String, flag: String,
        read: (String) -> Value?
    ) throws -> Value {
        if let given {
            guard let value = read(given) else { throw Failure.usage("\(flag) is '\(given)'; it must be \(words).") }
            return value
        }
        return try questions.ask("\(question): \(words)", default: fallback, read: read)
    }
}

/// Questions on a terminal, each with an answer that Enter stands for. Elsewhere nothing is asked.
struct Questions {
    let isAsked: Bool

    /// Text in lines that fit a terminal of 80 columns.
    static func folded(_ text: String) -> String {
        var lines = [""]
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if lines[lines.count - 1].count + word.count > 70 { lines.append(" ") }
            lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
        }
        return lines.joined(separator: "\n")
    }

    /// Asks until the answer can be used. Throws a `Failure` when the input ends.
    func ask<Value>(_ question: String, default fallback: String, read: (String) -> Value?) throws -> Value {
        guard isAsked else {
            guard let value = read(fallback) else { preconditionFailure("a default that cannot be used") }
            return value
        }
        while true {
            let prompt = Array(Self.folded("\(question) [\(fallback)] ").utf8)
            _ = prompt.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard let line = readLine() else { throw Failure.usage("\nnothing was written: the answers ended.") }
            let answer = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if let value = read(answer.isEmpty ? fallback : answer) { return value }
            complain("'\(answer)' cannot be used.")
        }
    }
}
