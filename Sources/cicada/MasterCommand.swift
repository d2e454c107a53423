import ArgumentParser
import Cluster
import EventLoop
import Glibc
import LoadModel
import Wire
import ZeroMQ

/// `cicada master`: a load test from many machines; this one deals the users and adds up.
struct MasterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "master",
        abstract: "Run a load test with workers, on this machine or others.",
        discussion: """
            The master runs no users itself. Start any number of `cicada worker`, before or after it: on this machine they find it by themselves, \
            elsewhere they need --master-host and the join token that the master prints.
            Keys: w and W for 1 and 10 users more, s and S for fewer, t for the table of workers. From another terminal: cicada scale, cicada workers.
            Every option can also be given in the environment: --expect-workers as CICADA_EXPECT_WORKERS, and so on. A flag beats its variable.
            Exit codes: 0 as asked, 2 script or usage error, 3 not started, 4 not completed, 5 no request made, 130 interrupted.
            """)

    @Argument(help: ArgumentHelp("The task script, a Lua file (docs/scripting.md).", valueName: "script"))
    var script: String

    @OptionGroup(title: "Workers") var listen: ListenOptions

    @Option(help: ArgumentHelp("Begin when so many workers are ready (default: 1).", valueName: "count"))
    var expectWorkers: String?

    @Option(help: ArgumentHelp("Give up when they have not come after so long (default: 5m).", valueName: "time"))
    var expectWorkersMaxWait: String?

    @Option(
        help: ArgumentHelp(
            "Keep the run in this folder; a master that was killed takes it up again from there within 60 s.", valueName: "folder"))
    var state: String?

    @OptionGroup var options: RunOptions

    mutating func run() throws {
        ignoreWriteSignals()
        let log = Log(level: try Setting("--log-level", options.output.logLevel).word(of: Log.Level.self) ?? .info)
        let setup = try RunSetup(script: script, options: options, log: log, usesThisProcess: false)
        let expected = try Setting("--expect-workers", expectWorkers).integer(1...100_000, default: 1)
        let wait = try Setting("--expect-workers-max-wait", expectWorkersMaxWait).duration() ?? 300_000_000_000
        _ = DescriptorLimit.raise()
        let signals = try SignalInbox([SIGINT, SIGTERM])
        let socket = try listen(log: log)

        let display = LiveDisplay(setup: setup)
        defer { display.end() }
        var run = try ClusterRun(setup: setup, expectedWorkers: expected, longestWait: wait, stateFolder: Setting("--state", state).text)
        display.begin()
        if let taken = run.takenUp { display.say(taken) }
        log(.info, "waiting for \(expected == 1 ? "a worker" : "\(expected) workers"), \(DurationText.words(nanoseconds: wait)) at most")
        let outcome = try run.run(socket: socket, face: display.face(signals: signals))
        display.end()
        try Conclusion(outcome: outcome, setup: setup, whenWritten: { run.forget() }).tell()
    }

    /// Opens the socket and says how workers get there.
    private func listen(log: Log) throws -> MasterSocket {
        let host = Setting("--bind", listen.bind).text ?? "127.0.0.1"
        let port = try Setting("--port", listen.port).integer(0...65535, default: ListenOptions.port)
        do {
            let context = try MessageContext()
            if try Setting.isOn("--plain", listen.plain) {
                let socket = try Self.open(context, host: host, port: port, security: .plain)
                log(
                    .warning,
                    "--plain: whoever can reach \(socket.address) can take part, read the script, and add to the result. Leave it out to have keys."
                )
                log(.info, "workers: cicada worker --plain\(Self.address(host, socket.port))")
                return socket
            }
            let given = getenv("CICADA_MASTER_KEY").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
            var key = try given.map { try MasterKey(text: $0) }
            if key == nil, port != 0 { key = try KeyFile(port: port).keptOrNew() }
            let chosen = key ?? MasterKey.new()
            let socket = try Self.open(context, host: host, port: port, security: .curve(chosen))
            if given != nil || port == 0 {
                // A key from the environment need not lie in a file as well: a container's file system may be read-only.
                do { try KeyFile(port: socket.port).keep(chosen) } catch {
                    log(.warning, "workers and operators on this machine need the key in their environment: \(error)")
                }
            }
            log(.info, "listening on \(socket.address), encrypted; who has no join token is not let in")
            let portFlag = socket.port == ListenOptions.port ? "" : " --master-port \(socket.port)"
            log(.info, "  workers on this machine:  cicada worker\(portFlag)")
            if isThisMachine(host) {
                log(.info, "  workers elsewhere:        give the master --bind 0.0.0.0, or this machine's address")
            } else {
                log(.info, "  workers elsewhere:        CICADA_JOIN_TOKEN=\(chosen.joinToken.text) \\")
                log(.info, "                            cicada worker --master-host \(Self.reachable(host))\(portFlag)")
            }
            return socket
        } catch let error as LinkError {
            throw Failure(.notStarted, "the master could not be started: \(error)")
        }
    }

    private static func open(_ context: MessageContext, host: String, port: Int, security: MasterSecurity) throws -> MasterSocket {
        try MasterSocket(
            context, host: host, port: port, security: security,
            limits: LinkLimits(greatestMessage: Protocol.largestWorkerMessage, queuedMessages: 1000))
    }

    private static func address(_ host: String, _ port: Int) -> String {
        (isThisMachine(host) ? "" : " --master-host \(reachable(host))") + (port == ListenOptions.port ? "" : " --master-port \(port)")
    }

    private static func reachable(_ host: String) -> String {
        host == "0.0.0.0" || host == "*" || host == "::"
            ? WorkerIdentity.ofThisProcess(version: Cicada.version, session: 0).host : host
    }
}
