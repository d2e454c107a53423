import ArgumentParser

/// Where the master listens, and for how many workers it waits.
struct ListenOptions: ParsableArguments {
    static let port = 5557

    @Option(help: ArgumentHelp("Address to listen on; 0.0.0.0 for all of this machine (default: 127.0.0.1).", valueName: "address"))
    var bind: String?

    @Option(help: ArgumentHelp("Port to listen on (default: 5557).", valueName: "port"))
    var port: String?

    @Flag(help: "Open the socket to everybody who can reach it, without encryption or keys.")
    var plain = false

    @Option(help: ArgumentHelp("Begin when so many workers are ready (default: 1).", valueName: "count"))
    var expectWorkers: String?

    @Option(help: ArgumentHelp("Give up when they have not come after so long (default: 5m).", valueName: "time"))
    var expectWorkersMaxWait: String?
}

/// Where the master is found.
struct MasterAddressOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The master's machine (default: 127.0.0.1).", valueName: "host"))
    var masterHost: String?

    @Option(help: ArgumentHelp("The master's port (default: 5557).", valueName: "port"))
    var masterPort: String?

    @Flag(help: "The master was started with --plain.")
    var plain = false

    /// The address, checked.
    func address() throws -> (host: String, port: Int) {
        let port = try Setting("--master-port", masterPort).integer(1...65535, default: ListenOptions.port)
        return (Setting("--master-host", masterHost).text ?? "127.0.0.1", port)
    }

    /// Whether the link is without encryption.
    func isPlain() throws -> Bool { try Setting.isOn("--plain", plain) }
}

/// Whether a host is this machine by name or loopback address.
func isThisMachine(_ host: String) -> Bool {
    host == "localhost" || host == "::1" || host == "[::1]" || host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." }
}
