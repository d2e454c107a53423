import ArgumentParser
import Cluster
import EventLoop
import Glibc
import LoadModel
import Reporting
import Statistics

/// `cicada run`: one load test on this machine, from the script to the tables.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a load test on this machine.",
        discussion: """
            Every option can also be given in the environment: --spawn-rate as CICADA_SPAWN_RATE, and so on. A flag beats its variable.
            Ctrl-C stops in order and prints the tables; a second Ctrl-C stops at once.
            Exit codes: 0 as asked, 2 script or usage error, 3 not started, 4 not completed, 5 no request made, 130 interrupted.
            """)

    @Argument(help: ArgumentHelp("The task script, a Lua file (docs/scripting.md).", valueName: "script"))
    var script: String

    @OptionGroup(title: "Load") var load: LoadOptions
    @OptionGroup(title: "Connections") var connections: ConnectionOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Generator") var engine: EngineOptions

    mutating func run() throws {
        // Readers that go and files that may not grow are told by errno.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        let log = Log(level: try Setting("--log-level", output.logLevel).word(of: Log.Level.self) ?? .info)
        let setup = try RunSetup(command: self, log: log)
        // After the script's top level, which may never end, and before any thread starts, so that all inherit it.
        let signals = try SignalInbox([SIGINT, SIGTERM])
        let display = LiveDisplay(setup: setup)
        display.begin()
        let outcome: LocalRun.Outcome
        do {
            outcome = try LocalRun(plan: setup.plan).run(
                signals: signals, log: { display.logFromScript($0) }, interrupted: { display.sayStopping() }, show: { display.show($0) })
        } catch {
            throw Failure(.notStarted, "the run could not be started: \(error)")
        }
        display.end()
        try conclude(outcome, setup: setup)
    }

    /// Tables, files and exit code.
    private func conclude(_ outcome: LocalRun.Outcome, setup: RunSetup) throws {
        var info = setup.info(elapsedNanoseconds: outcome.elapsedNanoseconds)
        switch outcome.ending {
        case .runTimeOver: break
        case .interrupted: info.endedBecause = "interrupted"
        case .failed(let reason): info.endedBecause = reason
        }
        let report = ConsoleReport(
            outcome.result, info, width: Terminal.width(of: STDOUT_FILENO), isColored: Terminal.wantsColor(STDOUT_FILENO))
        var writeFailure = Self.print(report.text)
        do { try setup.outputs.finish(outcome.result, info: info) } catch let failure as Failure { writeFailure = failure }

        switch outcome.ending {
        case .interrupted:
            if let writeFailure { complain("cicada: \(writeFailure.message)") }
            throw ExitCode(ExitStatus.interrupted.rawValue)
        case .failed(let reason): throw Failure(.notCompleted, "the run was not completed: \(reason)")
        case .runTimeOver: break
        }
        if let writeFailure { throw writeFailure }
        let total = outcome.result.total()
        if total.requests == 0 {
            throw Failure(
                .noRequest,
                """
                no request was completed, so nothing was measured. Either no task made one (is the wait longer than the run? did the \
                tasks raise errors before?) or none was answered in time (see --run-time and --stop-timeout).
                """)
        }
        if total.failures > 0, setup.exitCodeOnFailure != 0 { throw ExitCode(Int32(setup.exitCodeOnFailure)) }
    }

    /// Writes the tables to standard output. A reader that has gone (`| head`) has all it wanted; anything else that fails is told.
    private static func print(_ text: String) -> Failure? {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR { continue }
                if errno == EPIPE { return nil }
                return Failure(.notCompleted, "the tables could not be written to standard output: \(String(cString: strerror(errno)))")
            }
            rest = rest.dropFirst(written)
        }
        return nil
    }
}
