/// Locust's names of options: those of the same meaning are understood, those that say what Cicada does anyway are taken, and all others are refused
/// with what to do instead (docs/locust.md).
enum LocustNames {
    /// Commands on whose lines Locust's options may stand.
    static let commands: Set<String> = ["run", "master", "worker"]

    /// Ours, by Locust's.
    static let options = [
        "--master-bind-host": "--bind", "--master-bind-port": "--port", "--exit-code-on-error": "--exit-code-on-failure",
        "--loglevel": "--log-level",
    ]

    /// Switches that say what is so anyway.
    static let idle: Set<String> = ["--headless", "--autostart", "--enable-rebalancing", "--print-stats"]

    /// What to do instead of options that have no counterpart.
    static let refused: [String: String] = [
        "--locustfile": "scripts are Lua and stand without a flag: cicada run shop.lua",
        "--master": "that is a command: cicada master",
        "--worker": "that is a command: cicada worker",
        "--list": "cicada validate SCRIPT shows the user classes",
        "--show-task-ratio": "cicada validate SCRIPT shows the shares of classes and tasks",
        "--show-task-ratio-json": "cicada validate SCRIPT shows the shares of classes and tasks, GET /tasks of --web-port as JSON",
        "--config-users": "set weight, fixed_count and host in the script, from env(\"NAME\", default) if they change",
        "--class-picker": "there is no page to pick classes on; choose tasks with --tags",
        "--headful": "there is no page to start a run on: the command starts it",
        "--autoquit": "the command ends when its run is over",
        "--web-login":
            "figures are read only, and --web-host keeps them on this machine; for more put a proxy with a login before --web-port",
        "--web-auth":
            "figures are read only, and --web-host keeps them on this machine; for more put a proxy with a login before --web-port",
        "--tls-cert": "put a proxy with TLS before --web-port; the link of master and workers is encrypted anyway",
        "--tls-key": "put a proxy with TLS before --web-port; the link of master and workers is encrypted anyway",
        "--web-base-path": "put a proxy before --web-port that takes the path off",
        "--web-host-display-name": "there is no page that would show it",
        "--build-path": "there is no page; the paths of --web-port are for programs",
        "--legacy-ui": "there is no page; the paths of --web-port are for programs",
        "--reset-stats": "--warm-up TIME leaves the beginning out of the result, on all workers alike",
        "--html": "there is no HTML report; --json FILE has all figures with their histograms, --csv PREFIX the tables",
        "--json-file": "--json FILE writes the result (docs/result-schema.md)",
        "--skip-log-setup": "messages go to standard error; --log-level error leaves the errors",
        "--logfile": "messages go to standard error: 2>file",
        "--equal-weights": "give the classes of the script the same weight",
        "--profile": "a run has no label; name the files of --json and --csv for it",
        "--otel": "there is no OpenTelemetry; --web-port and the files have the figures",
    ]

    private static let shortNames = ["-f": "--locustfile", "-l": "--list"]

    /// The arguments of the program (without its name) with our options in place of Locust's. Throws a `Failure` for those that have no counterpart.
    static func translate(_ arguments: [String]) throws -> [String] {
        guard let command = arguments.first, commands.contains(command) else { return arguments }
        var translated: [String] = []
        for (position, argument) in arguments.enumerated() {
            if argument == "--" { return translated + arguments[position...] }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = shortNames[argument] ?? parts[0]
            if idle.contains(name) || name == "--\(command)" && command != "run" { continue }
            if let remedy = refused[name] {
                throw Failure.usage("\(parts[0]) is an option of Locust's that Cicada does not have: \(remedy).")
            }
            if name == "--processes", parts.last == "-1" || arguments[(position + 1)...].first == "-1" {
                throw Failure.usage("--processes -1 is a process for each core with Locust. One of Cicada's uses all cores: leave it out.")
            }
            translated.append(([options[name] ?? parts[0]] + parts.dropFirst()).joined(separator: "="))
        }
        return translated
    }
}
