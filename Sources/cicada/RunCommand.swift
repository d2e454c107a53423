import ArgumentParser
import Cluster
import EventLoop
import Glibc
import LoadModel
import Reporting
import Scripting

/// `cicada run`: one load test on this machine, from the script to the tables.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a load test on this machine.",
        usage: "cicada run [<script>] [options]",
        discussion: """
            Example: cicada run shop.lua --host http://127.0.0.1:8000 -u 100 -r 10 -t 1m
            How much load: users in a loop (-u, -r, --stages or --shape), or iterations started at a rate, whatever the target does \
            (--arrival-rate 100/s --max-users 200): docs/load-models.md
            First steps with a script: cicada validate shop.lua, cicada run --debug shop.lua
            Ctrl-C stops in order and prints the tables; a second Ctrl-C stops at once. Keys: w and W for 1 and 10 users more, s and S for \
            fewer, t for a table of workers.
            Every option can also be given in the environment (--spawn-rate as CICADA_SPAWN_RATE) or in cicada.yaml: docs/configuration.md.
            Locust's names of options and variables of the same meaning are understood too: docs/locust.md.
            More: docs/scripting.md, docs/statistics.md, docs/commands.md.
            Exit codes: 0 as asked, 2 script or usage error, 3 not started, 4 not completed, 5 no request completed, 98 measurement invalid, \
            99 threshold not passed, 130 interrupted.
            """)

    @Argument(
        help: ArgumentHelp("The task script, a Lua file (docs/scripting.md); may stand in cicada.yaml.", valueName: "script"),
        completion: .file(extensions: ["lua"]))
    var script: String?

    @OptionGroup var options: RunOptions

    @Option(
        help: ArgumentHelp(
            "Worker processes, or auto: one, or as many as the users' connections need (default: none, the users run in this process).",
            valueName: "count|auto"), completion: .list(["auto", "1", "2", "4", "8"]))
    var processes: String?

    @Flag(help: "No load: one user of each class goes once through every task, and each request and answer is shown.")
    var debug = false

    @Option(name: .customLong("class"), help: ArgumentHelp("With --debug: only the users of this class.", valueName: "name"))
    var className: String?

    mutating func run() throws {
        ignoreWriteSignals()
        let log = try options.configuration.load(logLevel: options.output.logLevel)
        let script = try ConfigurationOptions.script(script)
        if debug { return try runDebug(script: script, log: log) }
        if className != nil { throw Failure.usage("--class is for --debug: a run has the users of all classes.") }
        let count = try ProcessCount(Setting("--processes", processes))
        let setup = try RunSetup(script: script, options: options, log: log, usesThisProcess: count == .none)
        // After the script's top level, which may never end, and before any thread starts, so that all inherit it.
        let linger = try options.web.lingering()
        let signals = try SignalInbox([SIGINT, SIGTERM])
        let web = try WebFace(setup: setup)
        defer { web?.end() }
        let display = LiveDisplay(setup: setup, web: web)
        display.begin()
        defer { display.end() }
        let outcome: RunOutcome
        if let processes = count.resolved(setup.plan) {
            outcome = try ProcessesRun(setup: setup, processes: processes).run(display: display, signals: signals)
        } else {
            let run = LocalRun(plan: setup.plan, version: Cicada.version, dropsDelta: TestHooks.dropsDelta)
            do { outcome = try run.run(face: display.face(signals: signals)) } catch {
                throw Failure(.notStarted, "the run could not be started: \(error)")
            }
        }
        display.end()
        try Conclusion(outcome: outcome, setup: setup, web: web).tell(linger: linger, signals: signals)
    }
}

extension RunCommand {
    /// `--debug`.
    private func runDebug(script path: String, log: Log) throws {
        let setup = try RunSetup(script: path, options: options, log: log, usesThisProcess: true, writesFiles: false)
        let plan = setup.plan
        var classes = Array(plan.scenario.userClasses.indices)
        if let className {
            classes = classes.filter { plan.scenario.userClasses[$0].name == className }
            if classes.isEmpty {
                let names = plan.scenario.userClasses.map { "'\($0.name)'" }.joined(separator: ", ")
                throw Failure.usage("--class is '\(className)', but the script's user classes are \(names).")
            }
        }
        var writeFailure: Failure?
        let output = DebugOutput(
            isColored: Terminal.wantsColor(STDOUT_FILENO), width: Terminal.width(of: STDOUT_FILENO),
            write: { if writeFailure == nil { writeFailure = Conclusion.print($0) } })
        let users: LuaUsers
        do { users = try LuaUsers(script: plan.script, seed: plan.seed, log: { output.printed($0) }) } catch {
            throw Failure.usage("\(error)")
        }
        InterruptCount.begin()
        let tally: DebugSession.Tally
        do {
            tally = try DebugSession(scenario: plan.scenario, users: users, options: plan.transport, output: output).run(classes: classes)
        } catch { throw Failure(.notStarted, "the run could not be started: \(error)") }
        switch tally.ending {
        case .setupFailed(let reason):
            throw Failure(.notStarted, "the run was not started: setup did not come to its end: \(TerminalText.printable(reason))")
        case .interrupted: throw ExitCode(ExitStatus.interrupted.rawValue)
        case .broken(let reason): throw Failure(.notCompleted, "the run was not completed: \(TerminalText.printable(reason))")
        case .complete: break
        }
        if let writeFailure { throw writeFailure }
        if tally.failedRequests + tally.exceptions > 0, setup.exitCodeOnFailure != 0 { throw ExitCode(Int32(setup.exitCodeOnFailure)) }
    }
}

/// `--processes`.
enum ProcessCount: Equatable {
    case none
    case automatic
    case count(Int)

    init(_ setting: Setting) throws {
        switch setting.text {
        case nil: self = .none
        case "auto": self = .automatic
        default:
            guard let text = setting.text, let count = Int(text), (1...1000).contains(count) else {
                throw setting.wrong("a whole number from 1 to 1000, or auto")
            }
            self = .count(count)
        }
    }

    /// How many processes a plan gets; nil: none but this one.
    func resolved(_ plan: RunPlan) -> Int? {
        switch self {
        case .none: return nil
        case .count(let count): return count
        case .automatic:
            let each = max(
                1, RunSetup.connections(perProcessOf: DescriptorLimit.raiseAndCountFree(), threads: 1, users: plan.load.mostUsers))
            let areTheirOwn = plan.scenario.userClasses.contains { ($0.connections ?? .user) != .shared }
            let needed = areTheirOwn && plan.connectionCap == nil ? (plan.load.mostUsers + each - 1) / each : 1
            return needed > 1 ? needed : nil
        }
    }
}

/// Readers that go and files that may not grow are told by errno.
func ignoreWriteSignals() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
}
