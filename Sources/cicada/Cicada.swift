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
        subcommands: [
            RunCommand.self, MasterCommand.self, WorkerCommand.self, ScaleCommand.self, WorkersCommand.self, TokenCommand.self,
        ])

    static func main() {
        occupyStandardStreams()
        do {
            var command = try parseAsRoot()
            try command.run()
            end(ExitStatus.asAsked.rawValue)
        } catch let failure as Failure {
            complain("cicada: \(failure.message)")
            end(failure.status.rawValue)
        } catch let code as ExitCode {
            end(code.rawValue)
        } catch {
            // Help and version end well; everything else that the parser finds is a usage error.
            let text = fullMessage(for: error)
            if exitCode(for: error) == .success {
                print(text)
                end(ExitStatus.asAsked.rawValue)
            }
            complain(text)
            end(ExitStatus.usage.rawValue)
        }
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
