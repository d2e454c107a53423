import ArgumentParser
import Wire

/// The flags of a run, for all commands that begin one.
struct RunOptions: ParsableArguments {
    @OptionGroup(title: "Load") var load: LoadOptions
    @OptionGroup(title: "Load that changes (closed model: users in a loop)") var stages: StageOptions
    @OptionGroup(title: "Load by arrivals (open model: starts per second)") var arrivals: ArrivalOptions
    @OptionGroup(title: "Thresholds") var thresholds: ThresholdOptions
    @OptionGroup(title: "Tasks") var selection: SelectionOptions
    @OptionGroup(title: "Connections") var connections: ConnectionOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "To be looked at") var web: WebOptions
    @OptionGroup(title: "Generator") var engine: EngineOptions
    @OptionGroup(title: "Settings") var configuration: ConfigurationOptions
}

/// How the target is spoken to.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Who keeps connections: user (each its own), shared (64 users), new (a fresh one per request) (default: the script's, or user).",
            valueName: "mode"), completion: .list(["user", "shared", "new"]))
    var connections: String?

    @Option(
        help: ArgumentHelp(
            "Connections open at once; further requests wait, and the wait counts as scheduling delay (default: what descriptors allow).",
            valueName: "count"))
    var maxConnections: String?

    @Option(
        help: ArgumentHelp(
            "Connections opened per second over all workers; further ones wait, which counts as scheduling delay (default: any number).",
            valueName: "rate"))
    var connectRate: String?

    @Option(
        help: ArgumentHelp("HTTP version: auto, 1.1, 2, 2-prior-knowledge (default: auto).", valueName: "version"),
        completion: .list(["auto", "1.1", "2", "2-prior-knowledge"]))
    var httpVersion: String?

    @Flag(name: [.customShort("k"), .long], help: "Do not check TLS certificates.")
    var insecure = false

    @Option(help: ArgumentHelp("PEM file of trusted authorities.", valueName: "file"), completion: .file())
    var cacert: String?

    @Option(
        help: ArgumentHelp("PEM file with the certificate that is shown to servers, unless a class has its own.", valueName: "file"),
        completion: .file())
    var cert: String?

    @Option(help: ArgumentHelp("PEM file with its private key (default: the same file).", valueName: "file"), completion: .file())
    var key: String?

    @Option(
        help: ArgumentHelp(
            "What the key is encrypted with (better in CICADA_KEY_PASSWORD: flags can be seen by others).", valueName: "text"))
    var keyPassword: String?

    @Option(help: ArgumentHelp("Proxy for all requests.", valueName: "url"))
    var proxy: String?

    /// `--connect-rate`, per second; nil: any number. Throws a `Failure` when it is none.
    func rate() throws -> Double? {
        let setting = Setting("--connect-rate", connectRate)
        return setting.text == nil ? nil : max(WireBounds.rate.lowerBound, try setting.rate(default: 1, of: "connections"))
    }
}

/// What is shown and written.
struct OutputOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Write Locust's PREFIX_stats.csv, …_stats_history.csv, …_failures.csv, …_exceptions.csv, and those of both times, iterations, thresholds, \
            custom figures.
            """, valueName: "prefix"))
    var csv: String?

    @Flag(help: "With --csv: the history has a row for each request and second, not only for all together.")
    var csvFullHistory = false

    @Option(help: ArgumentHelp("Write the whole result, histograms included (docs/result-schema.md).", valueName: "file"))
    var json: String?

    @Option(
        help: ArgumentHelp("Write what became of the thresholds as JUnit XML (docs/thresholds.md).", valueName: "file"), completion: .file()
    )
    var junit: String?

    @Flag(help: "Show no live line, only the tables at the end.")
    var onlySummary = false

    @Option(
        name: [.customShort("L"), .long],
        help: ArgumentHelp("What is logged: error, warning, info (default: info).", valueName: "level"),
        completion: .list(["error", "warning", "info"]))
    var logLevel: String?

    @Option(help: ArgumentHelp("Exit with this code when a request failed (default: 0).", valueName: "code"))
    var exitCodeOnFailure: String?

    @Option(
        help: ArgumentHelp("Exit with this code when the measurement is invalid: docs/verdict.md (default: 98).", valueName: "code"))
    var exitCodeOnInvalid: String?
}

/// The generator itself.
struct EngineOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Engine threads; with workers, in each of them (default: one per core).", valueName: "count"))
    var threads: String?

    @Option(help: ArgumentHelp("Seed of the engine's random choices (default: a new one each time).", valueName: "number"))
    var seed: String?
}
