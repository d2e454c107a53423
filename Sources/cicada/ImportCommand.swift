import ArgumentParser
import ScriptWriting

/// `cicada import`: scripts from what others recorded.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Write a script from curl commands or a browser's recording.",
        discussion: """
            Example: cicada import har shop.har --output shop.lua
            What it does with names, pauses, cookies and secrets: docs/commands.md.
            """,
        subcommands: [Curl.self, HAR.self])

    /// Curl commands.
    struct Curl: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "curl", abstract: "Write a script from curl commands.",
            usage: """
                cicada import curl <file> [--output <file>] [--force]
                cicada import curl [--output <file>] -- curl <url> …
                """,
            discussion: """
                In a browser: network tab, right click on a request, "Copy as cURL (bash)". One file may hold many commands; each becomes a task, and \
                the tasks run in their order. Secrets become variables of the environment, named at the top of the script.
                Example: cicada import curl -- curl http://127.0.0.1:8000/login -d deviceid=1
                More: docs/commands.md. Exit codes: 0 written, 2 it cannot be imported.
                """)

        @Argument(help: ArgumentHelp("A file with curl commands; - for standard input.", valueName: "file"), completion: .file())
        var file: String?

        @OptionGroup var writing: WritingOptions

        @Argument(parsing: .postTerminator, help: ArgumentHelp("A command itself, behind --.", valueName: "curl …"))
        var command: [String] = []

        mutating func run() throws {
            ignoreWriteSignals()
            do {
                if let file, command.isEmpty {
                    let bytes = try InputBytes.read(file, limit: CurlImport.largestSize)
                    try writing.write(CurlImport.script(of: bytes, file: shownName(file)))
                } else if file == nil, !command.isEmpty {
                    try writing.write(CurlImport.script(ofWords: command))
                } else {
                    throw Failure.usage("give a file (- for standard input), or a command behind --: cicada import curl -- curl http://…")
                }
            } catch let error as ImportError { throw Failure.usage("\(error)") }
        }
    }

    /// HAR files.
    struct HAR: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "har", abstract: "Write a script from a browser's recording (HAR).",
            discussion: """
                In a browser: open the network tab, visit the pages, "Save all as HAR". Pages become tasks in their order, with the pauses of the \
                visitor; /products/7 and /products/12 are counted as /products/[id]. Cookies are left to the client, secrets become variables of the \
                environment, named at the top of the script.
                Example: cicada import har shop.har --output shop.lua
                More: docs/commands.md. Exit codes: 0 written, 2 it cannot be imported.
                """)

        @Argument(
            help: ArgumentHelp("A HAR file; - for standard input.", valueName: "file"), completion: .file(extensions: ["har", "json"]))
        var file: String

        @Flag(name: .customLong("static"), help: "Keep images, styles, scripts and fonts too, as batches.")
        var keepsStatic = false

        @OptionGroup var writing: WritingOptions

        mutating func run() throws {
            ignoreWriteSignals()
            do {
                let bytes = try InputBytes.read(file, limit: HARImport.largestSize)
                try writing.write(
                    HARImport.script(of: bytes, file: shownName(file), options: HARImport.Options(keepsStatic: keepsStatic)))
            } catch let error as ImportError { throw Failure.usage("\(error)") }
        }
    }
}

/// A file's name without folders, for messages.
private func shownName(_ path: String) -> String {
    path == "-" ? "standard input" : path.split(separator: "/").last.map(String.init) ?? path
}
