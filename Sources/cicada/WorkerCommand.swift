import ArgumentParser
import Cluster
import EventLoop
import Glibc
import HTTPTransport
import LoadModel
import Scripting
import Wire
import ZeroMQ

/// `cicada worker`: generates load for a master.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Generate load for a master.",
        usage: "cicada worker [--master-host <host>] [--master-port <port>] [options]",
        discussion: """
            Example: cicada worker --master-host 10.0.0.5
            Takes the plan from the master and runs the users that it is given. On the master's machine it needs no option; elsewhere it needs \
            --master-host, and the join token that the master prints, in CICADA_JOIN_TOKEN or with --join-token.
            It may be started before the master. Without the master's word it stops its load after 4 s, and gives up after 60 s \
            (--master-max-wait).
            Ctrl-C or SIGTERM: its users end, its last figures are delivered (10 s at most), and the others take over.
            Every option can also be given in the environment (--master-host as CICADA_MASTER_HOST) or in cicada.yaml: docs/configuration.md. On the \
            master's machine its token is looked for in $CICADA_HOME, $XDG_RUNTIME_DIR/cicada or ~/.cicada.
            With --locust it works for a Locust master, with a script of its own: cicada worker --locust shop.lua --master-host 10.0.0.5
            Locust's names of options and variables of the same meaning are understood too: docs/locust.md.
            More: docs/lifecycle.md, docs/security.md, docs/locust.md, docs/commands.md.
            Exit codes: 0 the run is over, 2 usage error, 3 not started or refused by the master, 4 could not go on, 6 no master, 130 interrupted.
            """)

    @OptionGroup(title: "Master") var master: MasterAddressOptions

    @Option(help: ArgumentHelp("The master's join token (better in CICADA_JOIN_TOKEN: flags can be seen by others).", valueName: "token"))
    var joinToken: String?

    @Option(
        help: ArgumentHelp(
            "Give up when there has been no master for so long, at the start or after a loss (default: 60s).", valueName: "time"))
    var masterMaxWait: String?

    @Flag(help: "Wait for the next run after each, until Ctrl-C.")
    var stay = false

    @Option(help: ArgumentHelp("This worker's id; each worker needs its own (default: host and a random number).", valueName: "id"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            """
            This worker's place in an Indexed Job, from 0: its id is worker-N, and the next process of the same place takes over when it has gone \
            (default: JOB_COMPLETION_INDEX, which Kubernetes sets).
            """, valueName: "number"))
    var index: String?

    @Option(help: ArgumentHelp("Engine threads, unless the master says it (default: one per core).", valueName: "count"))
    var threads: String?

    @Option(
        help: ArgumentHelp(
            "IP addresses of this machine to load the target from, in turns, with commas: each has ports of its own (default: the system chooses).",
            valueName: "addresses"))
    var sourceAddress: String?

    @Option(
        name: [.customShort("L"), .long],
        help: ArgumentHelp("What is logged: error, warning, info (default: info).", valueName: "level"))
    var logLevel: String?

    @OptionGroup(title: "Under a Locust master") var locust: LocustWorkerOptions
    @OptionGroup(title: "Tasks, with --locust") var selection: SelectionOptions
    @OptionGroup(title: "Connections, with --locust") var connections: ConnectionOptions
    @OptionGroup var configuration: ConfigurationOptions

    @Option(help: .hidden)
    var withParent: String?

    mutating func run() throws {
        ignoreWriteSignals()
        let log = try configuration.load(logLevel: logLevel)
        if let parent = withParent.flatMap({ Int32($0) }) {
            // Nobody is left to deliver figures to, so this is no departure in order.
            OSThread.endProcessWithParent()
            if getppid() != parent { throw Failure(.noMaster, "the master's process has gone") }
        }
        // Before anything is opened: descriptors that are open now were inherited.
        var identity = WorkerIdentity.ofThisProcess(version: Cicada.version, session: RandomBytes.uint64())
        let signals = try SignalInbox([SIGINT, SIGTERM])
        let (host, port) = try master.address()
        identity.machine.index = try place()
        let nameSetting = Setting("--name", name)
        let number = locust.locust == nil ? String(identity.session, radix: 16) : Self.hexadecimal(RandomBytes.bytes(16))
        let id = nameSetting.text ?? identity.index.map { "worker-\($0)" } ?? "\(identity.host.prefix(200))_\(number)"
        if id.utf8.count > 255 || id.contains(where: { $0.isNewline }) { throw nameSetting.wrong("at most 255 bytes in one line") }
        var settings = WorkerSettings()
        let threadsSetting = Setting("--threads", threads)
        if threadsSetting.text != nil { settings.threads = try threadsSetting.integer(1...256, default: 1) }
        settings.dropsDelta = TestHooks.dropsDelta
        settings.giveUpNanoseconds = try longestWait()
        let source = Setting("--source-address", sourceAddress)
        settings.sourceAddresses = try Self.addresses(source)
        identity.machine.ports = identity.machine.ports.map { $0 * SourceAddress.portFactor(of: settings.sourceAddresses) }
        let stays = try Setting.isOn("--stay", stay)
        try locust.check(selection, connections)
        if let script = locust.locust {
            if joinToken != nil { throw Failure.usage("--join-token: a Locust master has none. Leave it out, or leave --locust out.") }
            let setup = try LocustWorkerSetup(script: script, options: locust, selection: selection, connections: connections, log: log)
            let run = LocustWorkerRun(
                setup: setup, identity: identity, settings: settings, host: host, port: port, name: id, stays: stays, log: log)
            return try run.run(signals: signals)
        }
        let patience = DurationText.words(nanoseconds: settings.giveUpNanoseconds)
        let keys = try WorkerKeys(given: Setting("--join-token", joinToken).text, isPlain: master.isPlain(), host: host, port: port)

        log(.info, "worker \(id): \(MachineWords(identity.machine).text)")
        log(.info, "worker \(id): looking for the master at \(host):\(port), \(stays ? "until it comes" : "\(patience) at most")")
        try keys.wait(atMost: settings.giveUpNanoseconds, stays: stays, signals: signals, log: log)
        let link: SocketWorkerLink
        do { link = try SocketWorkerLink(host: host, port: port, security: { keys.current }, name: id) } catch {
            throw Failure(.notStarted, "\(error)")
        }
        let loop = try WorkerLoop(
            identity: identity, settings: settings, link: link,
            makeUsers: { plan, seed, print in try LuaUsers(plan: plan, seed: seed, log: print) },
            say: { notice in log(notice.isWarning ? .warning : .info, Terminal.fitted("worker \(id): \(notice.text)", to: STDERR_FILENO)) })
        var refusals = RepeatedWords()
        while true {
            let end = loop.run(signals: signals)
            switch end {
            case .runOver:
                log(.info, "worker \(id): the run is over, all figures are delivered")
                if !stays { return }
                if loop.hasStuckThreads {
                    throw Failure(.notCompleted, "a task of the script does not end, so this process cannot take part in another run")
                }
            case .tooLate(let requests):
                let words = "the run is over, and \(requests) requests of this worker came too late for its result"
                if !stays { throw Failure(.notCompleted, words) }
                log(.warning, "worker \(id): \(words)")
            case .nothingToDo:
                if !stays {
                    log(.info, "worker \(id): the run is over; there was nothing left to do")
                    return
                }
                if refusals.areDue("", now: MonotonicClock.nanoseconds()) {
                    log(.info, "worker \(id): the run is over; waiting for the next one")
                }
                sleep(1)
            case .terminated:
                log(.info, "worker \(id): left")
                throw ExitCode(ExitStatus.interrupted.rawValue)
            case .refused(let reason):
                if !stays { throw Failure(.notStarted, "refused by the master: \(reason)") }
                if refusals.areDue(reason, now: MonotonicClock.nanoseconds()) {
                    log(.warning, "worker \(id): refused by the master: \(reason); still trying")
                }
                sleep(1)
            case .noMaster:
                if !stays {
                    throw Failure(
                        .noMaster, "no master at \(host):\(port) for \(patience). Is it running, and is this its address? \(keys.hint)")
                }
                log(.warning, "worker \(id): no master at \(host):\(port) for \(patience); still looking")
            case .failed(let reason): throw Failure(.notCompleted, reason)
            }
        }
    }

    /// The addresses of `--source-address`; each once.
    private static func addresses(_ setting: Setting) throws -> [SourceAddress] {
        guard let text = setting.text else { return [] }
        let wanted = "IP addresses of this machine with commas between them"
        let parts = text.filter { !$0.isWhitespace }.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
        if Set(parts).count < parts.count { throw setting.wrong("\(wanted), each once") }
        return try parts.map { part in
            do throws(SourceAddress.Problem) { return try SourceAddress(part) } catch {
                throw setting.wrong("\(wanted); '\(part)': \(error)")
            }
        }
    }
}

extension WorkerCommand {
    /// How long a worker does without a master, in nanoseconds.
    private func longestWait() throws -> Int64 {
        let setting = Setting("--master-max-wait", masterMaxWait)
        guard let wait = try setting.duration() else {
            return TestHooks.secondsWithoutMaster.map { Int64($0) * 1_000_000_000 } ?? WorkerState.giveUpNanoseconds
        }
        if wait < 1_000_000_000 { throw setting.wrong("at least 1s") }
        return wait
    }

    /// Its place in an Indexed Job; nil: it is in none. Throws a `Failure`.
    private func place() throws -> Int? {
        let setting = Setting("--index", index, otherwise: "JOB_COMPLETION_INDEX")
        if locust.locust != nil {
            guard setting.origin == .flag else { return nil }
            throw Failure.usage("--index: a Locust master knows no places. Leave it out, or leave --locust out.")
        }
        // Children of a pod's process are no pods.
        guard setting.text != nil, withParent == nil else { return nil }
        return try setting.integer(0...9999, default: 0)
    }

    /// As Locust's workers have it behind their host's name.
    fileprivate static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// Words that would be said again and again: the same ones once a minute.
private struct RepeatedWords {
    private static let pauseNanoseconds: Int64 = 60_000_000_000

    private var last = ""
    private var lastAt: Int64 = 0

    mutating func areDue(_ words: String, now: Int64) -> Bool {
        if words == last, now - lastAt < Self.pauseNanoseconds { return false }
        (last, lastAt) = (words, now)
        return true
    }
}
