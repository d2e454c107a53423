import ArgumentParser
import Foundation
import Glibc

/// Which configuration file a command reads.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Settings under the names of flags, as YAML (default: ./cicada.yaml if there is one).", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    /// Reads the file, if there is one; afterwards every `Setting` knows it. Answers with what the user is told.
    func load() throws -> String? {
        let named = Setting("--config", config)
        guard let path = named.text ?? (access(ConfigurationFile.usualName, F_OK) == 0 ? ConfigurationFile.usualName : nil) else {
            return nil
        }
        let file = try ConfigurationFile(path: path, known: ConfigurationKeys.all)
        file.makeCurrent()
        return file.entries.isEmpty ? nil : "settings: \(path)"
    }

    /// Reads the file and says so, if what is logged is not less than that.
    func load(logLevel: String?) throws -> Log {
        let notice = try load()
        try LocustVariables.refuseOthers()
        let log = Log(level: try Log.Level(Setting("--log-level", logLevel)))
        if let notice { log(.info, notice) }
        return log
    }

    /// The script that the command line or the file names.
    static func script(_ given: String?) throws -> String {
        if let given { return given }
        if let entry = ConfigurationFile.current?.entries["script"] {
            if access(entry.text, F_OK) != 0 {
                throw Failure.usage(
                    "script (\(entry.place)) is '\(entry.text)', but there is no such file. Paths start at the folder of the settings.")
            }
            return entry.text
        }
        throw Failure.usage("give a script: a Lua file, or script: in cicada.yaml. cicada new writes one, docs/scripting.md tells how.")
    }
}

/// What a configuration file may set: every option of the commands that read one, under its long name.
enum ConfigurationKeys {
    /// The script beside the flags.
    static let script = "script"
    /// Those that take several values.
    static let listKeys: Set<String> = ["tags", "exclude-tags", "threshold", "locust-option"]

    /// Options that say what this call of a command does, and hold for no other.
    private static let excluded: Set<String> = [
        "help", "version", "config", "with-parent", "debug", "class", "locust", "data", "data-part",
    ]

    /// In alphabetical order.
    static let all: [String] = {
        var names: Set<String> = [script]
        for command in [RunCommand._dumpHelp(), MasterCommand._dumpHelp(), WorkerCommand._dumpHelp()] {
            names.formUnion(CommandTool(dumped: command)?.longOptions ?? [])
        }
        return names.subtracting(excluded).sorted()
    }()
}

/// The parser's own description of a command, as far as it is needed here.
private struct CommandTool: Decodable {
    private struct Command: Decodable { var arguments: [Argument]? }
    private struct Argument: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String
        }
        var kind: String
        var names: [Name]?
    }
    private var command: Command

    init?(dumped text: String) {
        guard let tool = try? JSONDecoder().decode(CommandTool.self, from: Data(text.utf8)) else { return nil }
        self = tool
    }

    /// Long names of options and flags, without dashes.
    var longOptions: [String] {
        (command.arguments ?? []).filter { $0.kind != "positional" }.flatMap { $0.names ?? [] }.filter { $0.kind == "long" }.map(\.name)
    }
}
