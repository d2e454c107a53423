import ArgumentParser
import Cluster
import EventLoop
import Glibc
import LoadModel
import Scripting
import Wire
import ZeroMQ

/// `cicada worker`: generates load for a master.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Generate load for a master.",
        discussion: """
            Takes the plan from the master and runs the users that it is given. On the master's machine it needs no option; elsewhere it needs \
            --master-host, and the join token that the master prints, in CICADA_JOIN_TOKEN or with --join-token.
            It may be started before the master. Without the master's word it stops its load after 4 s, and gives up after 60 s.
            Ctrl-C or SIGTERM: its users end, its last figures are delivered (10 s at most), and the others take over.
            Exit codes: 0 the run is over, 2 usage error, 3 refused by the master, 4 could not go on, 6 no master, 130 interrupted.
            """)

    @OptionGroup(title: "Master") var master: MasterAddressOptions

    @Option(help: ArgumentHelp("The master's join token (better in CICADA_JOIN_TOKEN: flags can be seen by others).", valueName: "token"))
    var joinToken: String?

    @Flag(help: "Wait for the next run after each, until Ctrl-C.")
    var stay = false

    @Option(help: ArgumentHelp("This worker's id; each worker needs its own (default: host and a random number).", valueName: "id"))
    var name: String?

    @Option(help: ArgumentHelp("Engine threads, unless the master says it (default: one per core).", valueName: "count"))
    var threads: String?

    @Option(
        name: [.customShort("L"), .long],
        help: ArgumentHelp("What is logged: error, warning, info, debug (default: info).", valueName: "level"))
    var logLevel: String?

    @Option(help: .hidden)
    var withParent: String?

    mutating func run() throws {
        ignoreWriteSignals()
        let log = Log(level: try Setting("--log-level", logLevel).word(of: Log.Level.self) ?? .info)
        if let parent = withParent.flatMap({ Int32($0) }) {
            // Nobody is left to deliver figures to, so this is no departure in order.
            OSThread.endProcessWithParent()
            if getppid() != parent { throw Failure(.noMaster, "the master's process has gone") }
        }
        // Before anything is opened: descriptors that are open now were inherited.
        var identity = WorkerIdentity.ofThisProcess(version: Cicada.version, session: RandomBytes.uint64())
        let signals = try SignalInbox([SIGINT, SIGTERM])
        let (host, port) = try master.address()
        let nameSetting = Setting("--name", name)
        let id = nameSetting.text ?? "\(identity.host.prefix(200))_\(String(identity.session, radix: 16))"
        if id.utf8.count > 255 || id.contains(where: { $0.isNewline }) { throw nameSetting.wrong("at most 255 bytes in one line") }
        var settings = WorkerSettings()
        let threadsSetting = Setting("--threads", threads)
        if threadsSetting.text != nil { settings.threads = try threadsSetting.integer(1...256, default: 1) }
        settings.dropsDelta = TestHooks.dropsDelta
        if let seconds = TestHooks.secondsWithoutMaster { settings.giveUpNanoseconds = Int64(seconds) * 1_000_000_000 }
        let patience = DurationText.words(nanoseconds: settings.giveUpNanoseconds)
        let keys = try WorkerKeys(given: Setting("--join-token", joinToken).text, isPlain: master.isPlain(), host: host, port: port)

        log(.info, "worker \(id): looking for the master at \(host):\(port)")
        try keys.wait(signals: signals, log: log)
        let link: SocketWorkerLink
        do { link = try SocketWorkerLink(host: host, port: port, security: { keys.current }, name: id) } catch {
            throw Failure(.notStarted, "\(error)")
        }
        let loop = try WorkerLoop(
            identity: identity, settings: settings, link: link,
            makeUsers: { plan, print in try LuaUsers(script: plan.script, log: print) },
            say: { notice in log(notice.isWarning ? .warning : .info, "worker \(id): \(notice.text)") })
        let stays = try Setting.isOn("--stay", stay)
        while true {
            let end = loop.run(signals: signals)
            identity.run = nil
            switch end {
            case .runOver:
                log(.info, "worker \(id): the run is over, all figures are delivered")
                if !stays { return }
                if loop.hasStuckThreads {
                    throw Failure(.notCompleted, "a task of the script does not end, so this process cannot take part in another run")
                }
            case .terminated:
                log(.info, "worker \(id): left")
                throw ExitCode(ExitStatus.interrupted.rawValue)
            case .refused(let reason):
                if !stays { throw Failure(.notStarted, "refused by the master: \(reason)") }
                log(.warning, "worker \(id): refused by the master: \(reason)")
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
}

/// What a worker shows to its master: nothing, the token that it was given, or the one that lies on the master's machine, read anew for each
/// connection, since another master may have written another one.
final class WorkerKeys {
    private let given: WorkerSecurity?
    private let file: KeyFile?
    private let host: String
    private let port: Int

    init(given: String?, isPlain: Bool, host: String, port: Int) throws {
        (self.host, self.port) = (host, port)
        if isPlain {
            (self.given, file) = (.plain, nil)
        } else if let given {
            do { self.given = .curve(try JoinToken(text: given)) } catch { throw Failure.usage("the join token cannot be used: \(error)") }
            file = nil
        } else {
            guard isThisMachine(host) else {
                throw Failure.usage(
                    "no join token: the master prints it when it listens beyond this machine. Give it as CICADA_JOIN_TOKEN or --join-token."
                )
            }
            self.given = nil
            do { file = try KeyFile(port: port) } catch { throw Failure.usage("\(error)") }
        }
    }

    /// What is shown on the next connection.
    var current: WorkerSecurity { given ?? (try? file?.joinToken()).flatMap { $0 }.map { .curve($0) } ?? .plain }

    /// What to look at when no master is found.
    var hint: String { file.map { "(its key is looked for in \($0.folder))" } ?? "" }

    /// Waits until the master has left its token, 60 s at most.
    func wait(signals: SignalInbox, log: Log) throws {
        guard let file else { return }
        for attempt in 0..<600 {
            do { if try file.joinToken() != nil { return } } catch { throw Failure.usage("\(error)") }
            if attempt == 4 { log(.info, "no master has been started on this machine for port \(port) yet; waiting up to 60 s") }
            if signals.take() > 0 { throw ExitCode(ExitStatus.interrupted.rawValue) }
            usleep(100_000)
        }
        throw Failure(
            .noMaster, "no master was started on this machine for port \(port) within 60 s (its join token would be \(file.joinPath))")
    }
}
