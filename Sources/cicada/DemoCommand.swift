import ArgumentParser
import Cluster
import EventLoop
import Foundation
import Glibc
import HTTPTransport
import Scripting

/// `cicada demo`: a server, a script and a run, to see what it looks like.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Load a small server of its own, to see what a run looks like.",
        discussion: """
            Starts sample-webapp on a free port of this machine, runs 1,000 users against it for 20 s, prints the tables, and compares them with \
            the server's own count. Nothing leaves this machine, and nothing is left behind.
            Example: cicada demo --users 100 --run-time 5s
            More: README.md. Exit codes: 0 all is well, 3 not started, 4 the counts differ, 130 interrupted.
            """)

    @Option(name: [.customShort("u"), .long], help: ArgumentHelp("Users in the end (default: 1000).", valueName: "count"))
    var users: String?

    @Option(name: [.customShort("r"), .long], help: ArgumentHelp("Users started per second (default: 200).", valueName: "rate"))
    var spawnRate: String?

    @Option(name: [.customShort("t"), .long], help: ArgumentHelp("Stop after so long (default: 20s).", valueName: "time"))
    var runTime: String?

    @Option(help: .hidden) var time: String?

    mutating func run() throws {
        ignoreWriteSignals()
        let log = Log(level: .info)
        // The demo's own settings, whatever a run's environment says.
        for name in ProcessInfo.processInfo.environment.keys {
            if name.hasPrefix("LOCUST_") || name.hasPrefix("CICADA_") && !name.hasPrefix("CICADA_TEST_") { unsetenv(name) }
        }
        let server = try DemoServer()
        defer { server.end() }
        log(.info, "server: sample-webapp on \(server.url)")
        log(.info, "script: one task a second from each user; one in 1,000 is a login, the others report metrics")
        let options = try RunOptions.parse([
            "--host", server.url, "--users", users ?? "1000", "--spawn-rate", spawnRate ?? "200", "--run-time", runTime ?? time ?? "20s",
        ])
        let setup: RunSetup
        do {
            let script = try Script(name: "sample-webapp.lua", source: Array(DemoScript.text.utf8))
            setup = try RunSetup(script: script, scenario: script.scenario(), options: options, log: log, usesThisProcess: true)
        } catch let error as ScriptError { throw Failure.usage("\(error)") }
        let before = try server.count()
        let signals = try SignalInbox([SIGINT, SIGTERM])
        let display = LiveDisplay(setup: setup)
        display.begin()
        defer { display.end() }
        let run = LocalRun(plan: setup.plan, version: Cicada.version, dropsDelta: TestHooks.dropsDelta)
        let outcome: RunOutcome
        do { outcome = try run.run(face: display.face(signals: signals)) } catch {
            throw Failure(.notStarted, "the run could not be started: \(error)")
        }
        display.end()
        let counted = try server.count() - before
        let end = Result { try Conclusion(outcome: outcome, setup: setup).tell() }
        let total = outcome.result.total()
        let (merged, interrupted) = (Int(total.requests), Int(total.interrupted))
        let isEqual = counted >= merged && counted <= merged + interrupted
        let words = "the server answered \(counted) requests; Cicada counted \(merged), and \(interrupted) interrupted"
        if isEqual { _ = Conclusion.print("\ndemo: \(words): nothing was lost.\n") }
        try end.get()
        if !isEqual { throw Failure(.notCompleted, "\(words): they should be the same") }
        complain("Next: cicada new shop.lua, and cicada run --help")
    }
}

/// sample-webapp as a child of this process; it ends when this process does, whatever the reason.
final class DemoServer {
    /// `http://127.0.0.1:port`
    let url: String
    private let child: pid_t

    /// Starts it on a free port. Throws a `Failure` when it is not installed or does not come.
    init() throws {
        let path = try Self.path()
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure(.notStarted, "no pipe for the server: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        child = try Self.spawn([path, "--port", "0", "--with-parent", "\(getpid())"], output: ends[1])
        close(ends[1])
        guard let line = Self.line(from: ends[0]), let start = line.firstRange(of: "http://127.0.0.1:") else {
            throw Self.failure(of: child, path: path)
        }
        url = "http://127.0.0.1:" + line[start.upperBound...].prefix { $0.isNumber }
    }

    /// Requests that it has answered, as its own report says.
    func count() throws -> Int {
        struct Report: Decodable { var total: Int }
        guard let body = try PlainRequest.get("\(url)/counts"), let report = try? JSONDecoder().decode(Report.self, from: Data(body)) else {
            throw Failure(.notCompleted, "the server did not say how many requests it has answered")
        }
        return report.total
    }

    /// Ends it: politely, and after 3 s for good.
    func end() {
        for signal in [SIGTERM, SIGKILL] {
            kill(child, signal)
            let deadline = MonotonicClock.nanoseconds() + 3_000_000_000
            while MonotonicClock.nanoseconds() < deadline {
                var status: Int32 = 0
                let ended = waitpid(child, &status, WNOHANG)
                if ended == child || ended < 0 && errno == ECHILD { return }
                usleep(2_000)
            }
        }
    }

    // MARK: - Parts

    /// Why there is no address: it has ended, or is given up.
    private static func failure(of child: pid_t, path: String) -> Failure {
        let deadline = MonotonicClock.nanoseconds() + 500_000_000
        var status: Int32 = 0
        while MonotonicClock.nanoseconds() < deadline {
            if waitpid(child, &status, WNOHANG) == child {
                let end = status & 0x7F == 0 ? "exit code \(status >> 8 & 0xFF)" : "signal \(status & 0x7F)"
                return Failure(
                    .notStarted,
                    "sample-webapp (\(path)) ended at once, with \(end). Is it of another version than cicada? From the sources: make demo."
                )
            }
            usleep(2_000)
        }
        kill(child, SIGKILL)
        return Failure(.notStarted, "sample-webapp (\(path)) did not start within 10 s.")
    }

    /// Beside this program, or where programs are looked for.
    private static func path() throws -> String {
        var folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        if let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            folders.insert(String(own.prefix(upTo: own.lastIndex(of: "/") ?? own.startIndex)), at: 0)
        }
        guard let folder = folders.first(where: { access("\($0)/sample-webapp", X_OK) == 0 }) else {
            throw Failure(
                .notStarted, "sample-webapp, the server of the demo, is neither beside cicada nor in PATH. From the sources: make demo.")
        }
        return "\(folder)/sample-webapp"
    }

    private static func spawn(_ arguments: [String], output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own: Ctrl-C stops the run first, and then the server.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let argv = arguments.map { strdup($0) } + [nil]
        defer { for text in argv { free(text) } }
        var child: pid_t = 0
        let status = posix_spawn(&child, arguments[0], &actions, &attributes, argv, environ)
        guard status == 0 else { throw Failure(.notStarted, "sample-webapp could not be started: \(String(cString: strerror(status)))") }
        return child
    }

    private static func line(from descriptor: Int32) -> String? {
        let deadline = MonotonicClock.nanoseconds() + 10_000_000_000
        var bytes: [UInt8] = []
        while MonotonicClock.nanoseconds() < deadline {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 100) > 0 else { continue }
            var chunk = [UInt8](repeating: 0, count: 256)
            let count = read(descriptor, &chunk, chunk.count)
            if count <= 0 { return nil }
            bytes += chunk[..<count]
            if bytes.contains(10) { return String(decoding: bytes, as: UTF8.self) }
        }
        return nil
    }
}
