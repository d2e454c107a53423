import ArgumentParser
import Cluster
import EventLoop
import Glibc
import LoadModel
import Reporting
import Wire
import ZeroMQ

/// `cicada scale`: another number of users, or another rate, for the run of a master on this machine.
struct ScaleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale", abstract: "Change the users of a running master.",
        usage: "cicada scale [--users <count>] [--spawn-rate <rate>] [options]",
        discussion: """
            Example: cicada scale --users 500
            Works where the master's key is: for the same user on the same machine, or with CICADA_MASTER_KEY.
            More: docs/commands.md.
            Exit codes: 0 done, 2 usage error or no key, 3 refused or the folder of keys is not safe, 6 no answer.
            """)

    @Option(name: [.customShort("u"), .long], help: ArgumentHelp("Users to go to (default: as it is).", valueName: "count"))
    var users: String?

    @Option(
        name: [.customShort("r"), .long], help: ArgumentHelp("Users that come or go per second (default: as it is).", valueName: "rate"))
    var spawnRate: String?

    @OptionGroup(title: "Master") var master: MasterAddressOptions

    mutating func run() throws {
        // Flags only: CICADA_USERS and CICADA_SPAWN_RATE are those of the run.
        let count = try users.map { _ in try Setting("--users", users).integer(1...10_000_000, default: 1) }
        let rate = try spawnRate.map { _ in try Setting("--spawn-rate", spawnRate).rate(default: 1) }
        if count == nil, rate == nil { throw Failure.usage("give --users, --spawn-rate, or both.") }
        switch try OperatorCall(master).ask(.scale(users: count, ratePerSecond: rate)) {
        case .scaled(let users, let rate, let usersBefore, let rateBefore):
            print(
                "now going to \(users) users at \(LoadText.rate(rate)) per second (before: \(usersBefore) at \(LoadText.rate(rateBefore)))"
            )
        case .refused(let reason): throw Failure(.notStarted, "refused: \(reason)")
        case .workers: throw Failure(.notCompleted, "the master gave another answer than was asked for")
        }
    }
}

/// `cicada workers`: the workers of a master on this machine.
struct WorkersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers", abstract: "Show the workers of a running master.",
        usage: "cicada workers [--json] [options]",
        discussion: """
            Example: cicada workers --json
            Works where the master's key is: for the same user on the same machine, or with CICADA_MASTER_KEY.
            More: docs/commands.md.
            Exit codes: 0 done, 2 usage error or no key, 3 refused or the folder of keys is not safe, 6 no answer.
            """)

    @Flag(help: "As JSON.") var json = false

    @OptionGroup(title: "Master") var master: MasterAddressOptions

    mutating func run() throws {
        switch try OperatorCall(master).ask(.workers) {
        case .workers(let rows):
            let width = Terminal.width(of: STDOUT_FILENO)
            let text =
                json ? WorkerJSON.text(rows) : WorkerTable(rows, width: width, isColored: Terminal.wantsColor(STDOUT_FILENO)).text
            if let failure = Conclusion.print(text) { throw failure }
        case .refused(let reason): throw Failure(.notStarted, "refused: \(reason)")
        case .scaled: throw Failure(.notCompleted, "the master gave another answer than was asked for")
        }
    }
}

/// `cicada token`: keys that outlive a master, such as for a Kubernetes Secret, and those of one that runs.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make or show keys for masters and workers.",
        discussion: """
            Example: cicada token show
            What the keys are for: docs/security.md.
            """,
        subcommands: [New.self, Show.self])

    /// New keys.
    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new", abstract: "Make a master key and its join token, and print both.",
            discussion: """
                Two lines for the environment: CICADA_MASTER_KEY for the master alone, CICADA_JOIN_TOKEN for its workers. As a Kubernetes Secret:
                  kubectl create secret generic cicada --from-env-file=<(cicada token new)
                Example: cicada token new
                More: docs/security.md.
                """)

        mutating func run() throws {
            try TokenCommand.print(MasterKey.new())
        }
    }

    /// The keys of a master on this machine.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Print the key of a master on this machine and its join token.",
            discussion: """
                The two lines that `token new` prints, of the master that listens on the port, or did last. Works where the master's key is: for the \
                same user on the same machine, or with CICADA_MASTER_KEY.
                Example: cicada token show --port 5557
                More: docs/security.md.
                Exit codes: 0 printed, 2 no key, 3 the folder of keys is not safe.
                """)

        @Option(help: ArgumentHelp("The master's port (default: 5557).", valueName: "port"))
        var port: String?

        mutating func run() throws {
            let port = try Setting("--port", port).integer(1...65535, default: ListenOptions.port)
            try TokenCommand.print(try OperatorCall.key(port: port, otherPort: "--port"))
        }
    }

    private static func print(_ key: MasterKey) throws {
        let text = "CICADA_MASTER_KEY=\(key.text)\nCICADA_JOIN_TOKEN=\(key.joinToken.text)\n"
        if let failure = Conclusion.print(text) { throw failure }
    }
}

/// One question to a running master.
struct OperatorCall {
    /// The master's answer is waited for this long.
    private static let longestWait: Int64 = 5_000_000_000

    private let host: String
    private let port: Int
    private let security: WorkerSecurity

    init(_ options: MasterAddressOptions) throws {
        (host, port) = try options.address()
        if try options.isPlain() {
            security = .plain
            return
        }
        security = .operator(try Self.key(port: port, otherPort: "--master-port"))
    }

    /// The key of the environment, or that of the master on a port of this machine; `otherPort`: the flag for another one. Throws a `Failure`.
    static func key(port: Int, otherPort: String) throws -> MasterKey {
        if let given = try MasterCommand.keyOfEnvironment() { return given }
        do {
            let file = try KeyFile(port: port)
            if let key = try file.masterKey() { return key }
            throw Failure.usage(
                "no key of a master on port \(port) in \(file.folder) (or was it started with --plain?). Run this as the user and on the machine of "
                    + "the master, give \(otherPort), or set CICADA_MASTER_KEY")
        } catch let error as LinkError { throw Failure(.notStarted, "\(error)") }
    }

    /// Asks and waits for the answer.
    func ask(_ question: OperatorMessage) throws -> OperatorReply {
        let context = try MessageContext()
        let socket = try WorkerSocket(
            context, host: host, port: port, security: security, limits: LinkLimits(greatestMessage: Protocol.largestWorkerMessage))
        let poller = try Poller()
        for descriptor in socket.descriptors { poller.add(descriptor, bits: Poller.readable, token: 0) }
        let deadline = MonotonicClock.nanoseconds() + Self.longestWait
        var problem = ""
        while true {
            for event in socket.takeEvents() {
                switch event {
                case .connected: _ = socket.send(question.encoded(nodeID: "operator"))
                case .refused(let reason): throw Failure(.notStarted, reason)
                case .unreachable(let reason): problem = reason
                case .disconnected: break
                }
            }
            var answer: OperatorReply?
            while answer == nil, socket.receive({ bytes in answer = try? OperatorReply.decode(bytes).message }) {}
            if let answer { return answer }
            let left = deadline - MonotonicClock.nanoseconds()
            if left <= 0 { throw Failure(.noMaster, problem.isEmpty ? "the master at \(host):\(port) did not answer within 5 s" : problem) }
            _ = poller.wait(nanoseconds: min(left, 100_000_000))
        }
    }
}
