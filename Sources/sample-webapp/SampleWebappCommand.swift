import ArgumentParser
import EventLoop
import Glibc
import SampleWebapp

/// The command line of the sample web application.
@main
struct SampleWebappCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample-webapp",
        abstract: "The target of load tests: a small web application of known behaviour.",
        discussion: """
            Pages: GET / (a welcome line), POST /login (form field deviceid), POST /metrics (form fields deviceid and timestamp), and \
            GET /counts, which reports as JSON how many requests all processes have answered, by route and status. A request is \
            counted before its answer is sent, so no client has an answer that /counts does not know of. Requests to /counts are \
            counted apart, and neither latency nor failures nor the concurrency limit apply to them.

            It has no authentication and answers whoever reaches it, so it listens on the loopback interface unless told otherwise; \
            in a container use --host 0.0.0.0.

            Exit codes: 0 stopped by SIGTERM or SIGINT, 2 wrong options, 3 not started (port taken), 4 one of the processes died.
            """,
        version: "sample-webapp \(version)"
    )

    static let version = "0.1.0"

    @Option(help: "The address to listen on; loopback unless given, because anyone who reaches the server may load it.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 takes any free port.")
    var port = 8000

    @Option(
        help: ArgumentHelp(
            "How long each request waits for its answer: one span such as 20ms, or spans with weights such as 2ms:90,20ms:9,500ms:1.",
            discussion: "Units: us, ms, s; at most one hour.", valueName: "latency"),
        transform: LatencyDistribution.init(parsing:))
    var latency = LatencyDistribution.none

    @Option(
        help: ArgumentHelp("The share of requests answered with 500 instead of 200, as a percentage: 2%.", valueName: "percentage"),
        transform: FailureRate.init(parsing:))
    var failureRate = FailureRate.none

    @Flag(help: "Close the connection after each answer.")
    var closeConnections = false

    @Option(
        help: ArgumentHelp(
            "Serve at most so many requests at a time in each process; others wait in order of arrival.",
            discussion: "--concurrency 1 --close-connections behaves like one gunicorn sync worker.", valueName: "requests"))
    var concurrency: Int?

    @Option(help: "Serve with so many processes that share the port (SO_REUSEPORT), as pods behind a service do.")
    var processes = 1

    @Option(help: "Event-loop threads per process (default: one per core with one process, one with several).")
    var threads: Int?

    @Option(help: .hidden)
    var inherit: String?

    /// The process that started this one, with which it is to end (`cicada demo`).
    @Option(help: .hidden)
    var withParent: Int32?

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error as WebappError {
            say("sample-webapp: \(error.description)\n", on: STDERR_FILENO)
            _exit(error.code.exitCode)
        } catch {
            let code = exitCode(for: error)
            say(fullMessage(for: error) + "\n", on: code.isSuccess ? STDOUT_FILENO : STDERR_FILENO)
            _exit(code.isSuccess ? 0 : WebappError.Code.usage.exitCode)
        }
    }

    func validate() throws {
        if !(0...65_535).contains(port) { throw ValidationError("--port \(port): write a number from 0 to 65535.") }
        if !(1...256).contains(processes) { throw ValidationError("--processes \(processes): write a number from 1 to 256.") }
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads \(threads): write a number from 1 to 256.") }
        if let concurrency, concurrency < 1 { throw ValidationError("--concurrency \(concurrency): write a number from 1.") }
    }

    mutating func run() throws {
        if let withParent {
            OSThread.endProcessWithParent()
            if getppid() != withParent { return }
        }
        _ = DescriptorLimit.raise()
        let report: @Sendable (String) -> Void = { say("sample-webapp: \($0)\n", on: STDERR_FILENO) }
        if let inherit {
            guard let inheritance = Inheritance(parsing: inherit) else {
                throw WebappError(.usage, "--inherit is for the program's own processes.")
            }
            try FamilyMember.serve(inheritance, behaviour: behaviour, threads: threads ?? 1, report: report)
        }
        StopSignals.block()
        if processes > 1 {
            var family = try ProcessFamily(host: host, port: port, processes: processes, arguments: CommandLine.arguments)
            announce(port: family.address.port)
            try family.superviseUntilStopped()
        } else {
            let socket = try ListeningSocket(host: host, port: port, sharing: .alone)
            let server = try WebappServer(
                socket: socket, behaviour: behaviour, counts: try SharedCounts(), threads: threadsPerProcess, report: report)
            announce(port: server.address.port)
            while StopSignals.wait() != .stop {}
        }
        // The kernel closes all connections at once; an orderly end would take time with thousands of them.
        _exit(0)
    }

    private var behaviour: Behaviour {
        var behaviour = Behaviour()
        behaviour.latency = latency
        behaviour.failureRate = failureRate
        behaviour.closeConnections = closeConnections
        behaviour.concurrency = concurrency
        return behaviour
    }

    private var threadsPerProcess: Int {
        threads ?? (processes > 1 ? 1 : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }

    private func announce(port: Int?) {
        let name = host.contains(":") ? "[\(host)]" : host
        let threads = threadsPerProcess == 1 ? "1 thread" : "\(threadsPerProcess) threads"
        var traits =
            processes == 1 ? ["1 process", threads] : ["\(processes) processes", "\(threads) each"]
        traits.append("latency \(latency.text)")
        if failureRate != .none { traits.append("failure rate \(failureRate.text)") }
        if let concurrency { traits.append(processes == 1 ? "concurrency \(concurrency)" : "concurrency \(concurrency) each") }
        if closeConnections { traits.append("closing connections") }
        traits.append("pid \(getpid())")
        say(
            "sample-webapp \(Self.version) listening on http://\(name):\(port ?? self.port) (\(traits.joined(separator: ", ")))\n",
            on: STDOUT_FILENO)
    }
}

/// Writes text at once, past any buffer, so that whoever waits for the line gets it.
private func say(_ text: String, on descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        if count <= 0 { return }
        bytes = bytes.dropFirst(count)
    }
}
