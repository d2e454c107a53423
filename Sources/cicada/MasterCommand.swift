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
        usage: "cicada master [<script>] [options]",
        discussion: """
            Example: cicada master shop.lua --expect-workers 2 -u 1000 -r 50 -t 5m
            How much load: users in a loop (-u, -r, --stages or --shape), or iterations started at a rate, whatever the target does \
            (--arrival-rate 100/s --max-users 200): docs/load-models.md
            The master runs no users itself. Start any number of `cicada worker`, before or after it: on this machine they find it by themselves, \
            elsewhere they need --master-host and the join token that the master prints.
            On a terminal: w and W for 1 and 10 users more, s and S for fewer, t for the table of workers. From another terminal: cicada scale, \
            cicada workers. Keys: kept in $CICADA_HOME, $XDG_RUNTIME_DIR/cicada or ~/.cicada, or given as CICADA_MASTER_KEY (cicada token).
            Every option can also be given in the environment (--expect-workers as CICADA_EXPECT_WORKERS) or in cicada.yaml: docs/configuration.md.
            Locust's names of options and variables of the same meaning are understood too: docs/locust.md.
            More: docs/lifecycle.md, docs/security.md, docs/commands.md.
            Exit codes: 0 as asked, 2 script or usage error, 3 not started, 4 not completed, 5 no request completed, 98 measurement invalid, \
            99 threshold not passed, 130 interrupted.
            """)

    @Argument(
        help: ArgumentHelp("The task script, a Lua file (docs/scripting.md); may stand in cicada.yaml.", valueName: "script"),
        completion: .file(extensions: ["lua"]))
    var script: String?

    @OptionGroup(title: "Workers") var listen: ListenOptions

    @Option(
        help: ArgumentHelp(
            "Keep the run in this folder: a master that was killed, or ended by SIGTERM, takes it up again from there (--resume-within).",
            valueName: "folder"))
    var state: String?

    @Option(
        help: ArgumentHelp(
            "With --state: take up a run whose master was away for no longer than this; its workers need as much patience (default: 60s).",
            valueName: "time"))
    var resumeWithin: String?

    @OptionGroup(title: "Locust's workers") var locust: LocustOptions

    @OptionGroup var options: RunOptions

    mutating func run() throws {
        ignoreWriteSignals()
        TestHooks.waitUntilTold()
        let log = try options.configuration.load(logLevel: options.output.logLevel)
        if let master = try LocustMaster(locust, script: script, state: state, listen: listen, options: options) {
            return try run(master, log: log)
        }
        let script = try ConfigurationOptions.script(script)
        let stateFolder = Setting("--state", state).text
        let setup = try RunSetup(
            script: script, options: options, log: log, usesThisProcess: false, mayBeTakenUp: stateFolder != nil)
        let (expected, wait) = try expectations()
        let absence = try Setting("--resume-within", resumeWithin).duration() ?? StateLog.longestAbsence
        let linger = try options.web.lingering()
        _ = DescriptorLimit.raise()
        let signals = try SignalInbox([SIGINT, SIGTERM])
        let (socket, passingKey) = try listen(log: log)
        defer { if let passingKey { try? KeyFile(port: socket.port).forget(passingKey) } }

        let web = try WebFace(setup: setup)
        defer { web?.end() }
        let display = LiveDisplay(setup: setup, web: web)
        defer { display.end() }
        var run = try ClusterRun(
            setup: setup, expectedWorkers: expected, longestWait: wait, stateFolder: stateFolder, longestAbsence: absence)
        if stateFolder != nil, !run.isTakenUp { try setup.outputs.beginHistoryAnew() }
        display.begin()
        if let taken = run.takenUp { display.say(taken) }
        sayWaiting(expected, wait, log: log)
        let outcome: RunOutcome
        do { outcome = try run.run(socket: socket, face: display.face(signals: signals)) } catch let left as RunLeft {
            display.end()
            throw Self.failure(left, state: stateFolder ?? "", within: absence)
        }
        display.end()
        try Conclusion(outcome: outcome, setup: setup, web: web, whenWritten: { run.forget() })
            .tell(linger: linger, signals: signals, socket: socket)
    }

    /// What is said of a run that is left to another master.
    private static func failure(_ left: RunLeft, state folder: String, within nanoseconds: Int64) -> Failure {
        guard left.hasBegun else {
            return Failure(.interrupted, "told to end (SIGTERM) before the first user was due; another master begins the run anew.")
        }
        return Failure(
            .interrupted,
            "told to end (SIGTERM): the run is left in \(folder) as it stands. A master that is started with the same script, options and --state "
                + "within \(DurationText.words(nanoseconds: nanoseconds)) takes it up; without one its workers stop their load after 4 s.")
    }

    /// A run with Locust's workers.
    private func run(_ master: LocustMaster, log: Log) throws {
        let setup = try RunSetup(locust: master.classes, options: options, log: log)
        let (expected, wait) = try expectations()
        let linger = try options.web.lingering()
        _ = DescriptorLimit.raise()
        let signals = try SignalInbox([SIGINT, SIGTERM])
        let link = try master.link(setup, bind: Setting("--bind", listen.bind), log: log)
        let web = try WebFace(setup: setup)
        defer { web?.end() }
        let display = LiveDisplay(setup: setup, web: web)
        defer { display.end() }
        var run = try ClusterRun(setup: setup, expectedWorkers: expected, longestWait: wait, stateFolder: nil)
        display.begin()
        sayWaiting(expected, wait, log: log)
        let outcome = try run.run(link: link, reading: .locust, face: display.face(signals: signals))
        display.end()
        try Conclusion(outcome: outcome, setup: setup, web: web).tell(linger: linger, signals: signals)
    }

    /// How many workers the run begins with, and how long they are waited for.
    private func expectations() throws -> (workers: Int, nanoseconds: Int64) {
        (
            try Setting("--expect-workers", listen.expectWorkers).integer(1...10_000, default: 1),
            try Setting("--expect-workers-max-wait", listen.expectWorkersMaxWait).duration() ?? 300_000_000_000
        )
    }

    private func sayWaiting(_ expected: Int, _ wait: Int64, log: Log) {
        log(.info, "waiting for \(expected == 1 ? "a worker" : "\(expected) workers"), \(DurationText.words(nanoseconds: wait)) at most")
    }

    /// The master key in the environment. Throws a `Failure` when it is none.
    static func keyOfEnvironment() throws -> MasterKey? {
        guard let text = getenv("CICADA_MASTER_KEY").map({ String(cString: $0) }), !text.isEmpty else { return nil }
        do { return try MasterKey(text: text) } catch { throw Failure.usage("CICADA_MASTER_KEY cannot be used: \(error)") }
    }

    /// Opens the socket and says how workers get there. With it comes a key whose files are of no use after the run.
    private func listen(log: Log) throws -> (MasterSocket, passingKey: MasterKey?) {
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
                return (socket, nil)
            }
            let given = try Self.keyOfEnvironment()
            if given == nil, let pod = Pod.name {
                throw Failure.usage(
                    "CICADA_MASTER_KEY is not set, so no worker in another pod could join (this is pod \(pod)). Give it from the Secret cicada-keys, "
                        + "which is made of what cicada token new prints: docs/security.md.")
            }
            var key = given
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
            // Who looks at 127.0.0.1 does not find a master on another address.
            let hostFlag = ["127.0.0.1", "localhost", "0.0.0.0", "*", "::"].contains(host) ? "" : " --master-host \(host)"
            log(.info, "  workers on this machine:  cicada worker\(hostFlag)\(portFlag)")
            if isThisMachine(host) {
                log(.info, "  workers elsewhere:        give the master --bind 0.0.0.0, or this machine's address")
            } else if given != nil {
                // Whoever gave the key has the token too, and a log may have more readers.
                log(.info, "  workers elsewhere:        cicada worker --master-host \(Self.reachable(host))\(portFlag)")
                log(.info, "                            with its join token in CICADA_JOIN_TOKEN (cicada token show)")
            } else {
                log(.info, "  workers elsewhere:        CICADA_JOIN_TOKEN=\(chosen.joinToken.text) \\")
                log(.info, "                            cicada worker --master-host \(Self.reachable(host))\(portFlag)")
            }
            return (socket, port == 0 ? chosen : nil)
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
        (["127.0.0.1", "localhost"].contains(host) ? "" : " --master-host \(reachable(host))")
            + (port == ListenOptions.port ? "" : " --master-port \(port)")
    }

    private static func reachable(_ host: String) -> String {
        guard host == "0.0.0.0" || host == "*" || host == "::" else { return host }
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
