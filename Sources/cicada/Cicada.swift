import ArgumentParser
import Glibc
import LoadModel

/// The command line: parses, runs, and turns every end into words and an exit code of docs/exit-codes.md.
@main
struct Cicada: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "cicada",
        abstract: "Load tests whose numbers can be believed.",
        discussion: """
            Quick start:
              cicada demo                                       see what a run looks like
              cicada new shop.lua && cicada validate shop.lua   write a script, check it
              cicada run shop.lua -u 100 -r 10 -t 1m            100 users for a minute
            """,
        version: version,
        groupedSubcommands: [
            CommandGroup(name: "Run a test", subcommands: [RunCommand.self, MasterCommand.self, WorkerCommand.self, DemoCommand.self]),
            CommandGroup(
                name: "Write a script", subcommands: [NewCommand.self, ImportCommand.self, ValidateCommand.self, ExportCommand.self]),
            CommandGroup(
                name: "Look after a run", subcommands: [ScaleCommand.self, WorkersCommand.self, ReportCommand.self, TokenCommand.self]),
            CommandGroup(name: "Set up", subcommands: [CompletionCommand.self]),
        ])

    static func main() {
        occupyStandardStreams()
        do {
            try refuseUnknownCommand(CommandLine.arguments.dropFirst())
            var command = try parseAsRoot(LocustNames.translate(Array(CommandLine.arguments.dropFirst())))
            try command.run()
            end(ExitStatus.asAsked.rawValue)
        } catch let failure as Failure {
            complain("cicada: \(Pod.name == nil ? failure.message : Pod.line(failure.message))")
            end(failure.status.rawValue)
        } catch let code as ExitCode {
            end(code.rawValue)
        } catch {
            // Help and version end well; everything else that the parser finds is a usage error.
            var text = fullMessage(for: error)
            if exitCode(for: error) == .success {
                if text == helpMessage() { text = RootHelp.text }
                print(text)
                end(ExitStatus.asAsked.rawValue)
            }
            complain(Pod.name == nil ? text : "cicada: \(Pod.line(message(for: error)))")
            end(ExitStatus.usage.rawValue)
        }
    }

    /// Throws a `Failure` with what was meant when the first word, or the one behind `help`, is no command.
    private static func refuseUnknownCommand(_ arguments: ArraySlice<String>) throws {
        let names = configuration.subcommands.compactMap { $0.configuration.commandName }
        let word = arguments.first == "help" ? arguments.dropFirst().first : arguments.first
        guard let word, !word.isEmpty, !word.hasPrefix("-"), word != "help", !names.contains(word) else { return }
        let remedy = Suggestion.nearest(to: word, among: names).map { "did you mean '\($0)'?" } ?? "cicada --help lists the commands."
        throw Failure.usage("there is no command '\(word)'.\n    \(remedy)")
    }

    /// Standard streams that are closed (`>&-`) lead nowhere: otherwise a result file would get their number, and the tables with it.
    private static func occupyStandardStreams() {
        for stream in STDIN_FILENO...STDERR_FILENO where fcntl(stream, F_GETFD) < 0 { _ = open("/dev/null", O_RDWR) }
    }

    /// Leaves without the clean-up of libraries: engine threads that were given up may still be using them.
    private static func end(_ status: Int32) -> Never {
        fflush(nil)
        _exit(status)
    }
}
