import ArgumentParser
import Glibc
import Judgement
import LoadModel
import Reporting
import Scripting

/// `cicada validate`: what a script would do, in words, without doing it.
struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Say what a script would run, and find its mistakes.",
        usage: "cicada validate [<script>] [--users <count>] [--host <url>] [options]",
        discussion: """
            Sends no request. Finds errors of the top level, misspelt options and functions that do not exist, and says which classes, tasks, \
            waits, hosts, data files and variables of the environment there are.
            Example: cicada validate shop.lua --users 100
            More: docs/commands.md. Exit codes: 0 nothing is wrong, 2 something is.
            """)

    @Argument(
        help: ArgumentHelp("The task script, a Lua file (docs/scripting.md); may stand in cicada.yaml.", valueName: "script"),
        completion: .file(extensions: ["lua"]))
    var script: String?

    @OptionGroup(title: "Load") var load: LoadOptions

    @OptionGroup(title: "Load that changes (closed model: users in a loop)") var stages: StageOptions

    @OptionGroup(title: "Load by arrivals (open model: starts per second)") var arrivals: ArrivalOptions

    @OptionGroup(title: "Tasks") var selection: SelectionOptions

    @OptionGroup(title: "Thresholds") var thresholds: ThresholdOptions

    @OptionGroup(title: "Settings") var configuration: ConfigurationOptions

    mutating func run() throws {
        ignoreWriteSignals()
        let notice = try configuration.load()
        if let notice { complain(notice) }
        let path = try ConfigurationOptions.script(script)
        let host = Setting("--host", load.host)
        let settings = try LoadSettings(load, stages, arrivals)
        let loaded: LoadedScript
        let names: ScriptNames
        do {
            // Mistakes in names first: they explain errors of the top level.
            names = try Script.read(path: path).names()
            do {
                loaded = try Script.load(path: path, runTimeNanoseconds: settings.runTimeNanoseconds, log: { complain("script: \($0)") })
            } catch {
                throw Failure.usage(([error] + names.problems.filter { $0.line != error.line }).map { "\($0)" }.joined(separator: "\n"))
            }
        } catch let error as ScriptError { throw Failure.usage("\(error)") }
        let script = loaded.script
        var scenario = loaded.scenario
        try selection.selection().apply(to: &scenario)
        let order = try settings.order(script: loaded.load, seed: 0)
        var problems = names.problems.map { "\($0)" }
        let words = ScenarioWords(scenario, load: order.load)
        if let problem = words.problem { problems.append(problem) }
        for index in scenario.userClasses.indices {
            if let text = host.text { scenario.userClasses[index].host = text }
            do { try RunSetup.checkHost(scenario.userClasses[index], setting: host, script: script.name) } catch let failure as Failure {
                problems.append(failure.message)
            }
        }
        var judged: [Threshold] = []
        do { judged = try thresholds.thresholds(of: scenario) } catch let failure as Failure { problems.append(failure.message) }
        if let failure = Conclusion.print(report(scenario, of: loaded, names: names, order: order, thresholds: judged)) { throw failure }
        if !problems.isEmpty {
            throw Failure.usage("\(problems.count == 1 ? "1 problem" : "\(problems.count) problems")\n\(problems.joined(separator: "\n"))")
        }
        if let failure = Conclusion.print("No problem found.\n") { throw failure }
    }

    /// Tasks that can be reached.
    private static func tasks(_ scenario: Scenario) -> Int { scenario.userClasses.reduce(0) { $0 + $1.order.tasksInOrder.count } }

    private func report(_ scenario: Scenario, of loaded: LoadedScript, names: ScriptNames, order: LoadOrder, thresholds: [Threshold])
        -> String
    {
        let classes = scenario.userClasses.count
        let (kept, all) = (Self.tasks(scenario), Self.tasks(loaded.scenario))
        let tasks = "\(kept == 1 ? "1 task" : "\(kept) tasks")" + (kept < all ? " (tags leave out \(all - kept))" : "")
        var lines = ["\(loaded.script.name): \(classes == 1 ? "1 user class" : "\(classes) user classes"), \(tasks)", ""]
        let words = ScenarioWords(scenario, load: order.load)
        for index in scenario.userClasses.indices { lines += words.lines(ofClass: index) + [""] }
        lines += LoadWords(order).lines + [""]
        if !scenario.dataSources.isEmpty {
            lines.append("Data files")
            for (index, source) in scenario.dataSources.enumerated() {
                let columns = loaded.columns.indices.contains(index) ? loaded.columns[index] : []
                lines.append("  \(source.file)" + (columns.isEmpty ? "" : " (\(columns.joined(separator: ", ")))"))
                lines.append("    \(ScenarioWords.words(source))")
            }
            lines.append("")
        }
        if !names.environment.isEmpty {
            lines.append("Variables of the environment")
            let width = names.environment.map(\.count).max() ?? 0
            for name in names.environment {
                let state = getenv(name) != nil ? "set" : "not set"
                lines.append("  \(name)\(String(repeating: " ", count: width - name.count))  \(state)")
            }
            lines.append("")
        }
        if scenario.hasSetup { lines.append("setup runs once, before the first user.") }
        if scenario.hasTeardown { lines.append("teardown runs once, after the last user.") }
        if scenario.hasSetup || scenario.hasTeardown { lines.append("") }
        lines += ThresholdOptions.lines(thresholds)
        return lines.map { TerminalText.printable($0) }.joined(separator: "\n") + "\n"
    }
}
