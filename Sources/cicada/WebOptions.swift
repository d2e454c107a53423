import ArgumentParser

/// Where a run can be looked at over HTTP.
struct WebOptions: ParsableArguments {
    @Option(
        name: [.customShort("P"), .long],
        help: ArgumentHelp("Answer Locust's read-only paths, such as /stats/requests, on this port (default: none).", valueName: "port"))
    var webPort: String?

    @Option(
        help: ArgumentHelp("Address of --web-port; whoever reaches it sees the figures (default: 127.0.0.1).", valueName: "address"))
    var webHost: String?

    @Option(
        help: ArgumentHelp(
            "With --web-port: go on answering for so long after the run, then end with its exit code; SIGTERM ends it at once (default: 0).",
            valueName: "time"))
    var linger: String?

    /// How long the port stays open after the run; nil: it does not.
    func lingering() throws -> Linger? {
        let (port, linger) = (Setting("--web-port", webPort), Setting("--linger", linger))
        guard let time = try linger.duration(), time > 0 else { return nil }
        if port.text == nil, linger.origin == .flag { throw Failure.usage("--linger keeps a port open: give --web-port too.") }
        return Linger(nanoseconds: time)
    }

    /// The address, checked; nil: the run is not to be looked at.
    func address() throws -> (host: String, port: Int)? {
        let (port, host) = (Setting("--web-port", webPort), Setting("--web-host", webHost))
        guard port.text != nil else {
            if host.origin == .flag { throw Failure.usage("--web-host is the address of a port: give --web-port too.") }
            return nil
        }
        let address = host.text ?? "127.0.0.1"
        return (["*", ""].contains(address) ? "0.0.0.0" : address, try port.integer(0...65535, default: 0))
    }
}
