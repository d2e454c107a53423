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
