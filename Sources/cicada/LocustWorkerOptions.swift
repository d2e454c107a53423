import ArgumentParser

/// How a worker takes part in the test of a Locust master, which can send it no script.
struct LocustWorkerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Work for a Locust master, with this script: its user classes are those of the master's locustfile (docs/locust.md).",
            valueName: "script"), completion: .file(extensions: ["lua"]))
    var locust: String?

    @Option(
        help: ArgumentHelp(
            "Read the script's data file NAME from FILE instead; may be repeated.", valueName: "name=file"))
    var data: [String] = []

    @Option(
        help: ArgumentHelp(
            "This worker's part of rows that are unique in a run, as 2/4: a Locust master shares none out.", valueName: "part/parts"))
    var dataPart: String?

    @Option(
        name: [.customShort("H"), .long],
        help: ArgumentHelp("Base URL, unless the Locust master has one (default: the script's).", valueName: "url"))
    var host: String?

    /// Throws a `Failure` when something is given that only makes sense with `--locust`.
    func check(_ selection: SelectionOptions, _ connections: ConnectionOptions) throws {
        if locust != nil { return }
        let given: [(flag: String, isGiven: Bool)] = [
            ("--data", !data.isEmpty), ("--data-part", dataPart != nil), ("--host", host != nil), ("--tags", selection.tags != nil),
            ("--exclude-tags", selection.excludeTags != nil), ("--connections", connections.connections != nil),
            ("--max-connections", connections.maxConnections != nil), ("--connect-rate", connections.connectRate != nil),
            ("--http-version", connections.httpVersion != nil),
            ("--insecure", connections.insecure), ("--cacert", connections.cacert != nil), ("--cert", connections.cert != nil),
            ("--key", connections.key != nil), ("--key-password", connections.keyPassword != nil), ("--proxy", connections.proxy != nil),
        ]
        if let flag = given.first(where: \.isGiven)?.flag {
            throw Failure.usage("\(flag): a Cicada master says that to its workers; give it there. Here it goes with --locust only.")
        }
    }
}
