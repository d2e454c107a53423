import ArgumentParser
import Glibc

/// The command line: parses, runs, and turns every end into words and an exit code of docs/exit-codes.md.
@main
struct Cicada: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "cicada",
        abstract: "Load tests whose numbers can be believed.",
        discussion: """
            Try it: cicada run examples/sample-webapp.lua --host http://127.0.0.1:8000 --users 100 --spawn-rate 20 --run-time 20s
            """,
        version: version,
        subcommands: [RunCommand.self])

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let failure as Failure {
            complain("cicada: \(failure.message)")
            Glibc.exit(failure.status.rawValue)
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            // Help and version end well; everything else that the parser finds is a usage error.
            let text = fullMessage(for: error)
            if exitCode(for: error) == .success {
                print(text)
                Glibc.exit(ExitStatus.asAsked.rawValue)
            }
            complain(text)
            Glibc.exit(ExitStatus.usage.rawValue)
        }
    }
}
