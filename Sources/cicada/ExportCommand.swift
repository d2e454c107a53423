import ArgumentParser
import ScriptWriting
import Scripting

/// `cicada export`: what other programs need to know of a script.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write what a Locust master needs to know of a script.",
        discussion: """
            Example: cicada export locustfile shop.lua --output locustfile.py
            More: docs/locust.md.
            """,
        subcommands: [LocustfileCommand.self])

    /// A locustfile for a master of Locust's.
    struct LocustfileCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "locustfile", abstract: "Write a locustfile with a script's classes, for a Locust master of Cicada workers.",
            usage: "cicada export locustfile <script> [--output <file>] [--force]",
            discussion: """
                The file has the names, weights, fixed counts and hosts of the classes, and the names, weights and tags of their tasks. Locust's \
                master deals users by it, and shows it; what the tasks do stays in the script, which each worker reads: cicada worker --locust SCRIPT.
                Example: cicada export locustfile shop.lua --output locustfile.py
                More: docs/locust.md. Exit codes: 0 written, 2 a class has a name that Python does not take, or the script has an error.
                """)

        @Argument(help: ArgumentHelp("The task script, a Lua file.", valueName: "script"), completion: .file(extensions: ["lua"]))
        var script: String

        @OptionGroup var writing: WritingOptions

        mutating func run() throws {
            ignoreWriteSignals()
            let loaded: LoadedScript
            do { loaded = try Script.load(path: script, runTimeNanoseconds: nil, log: { complain("script: \($0)") }) } catch {
                throw Failure.usage("\(error)")
            }
            do {
                try writing.write(Locustfile(loaded.scenario).text, next: "locust -f \(writing.output ?? "") --master")
            } catch let problem as Locustfile.Problem { throw Failure.usage("\(problem).") }
        }
    }
}
