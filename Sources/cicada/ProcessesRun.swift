import Cluster
import EventLoop
import Foundation
import Glibc
import Wire
import ZeroMQ

/// `cicada run --processes`: a master in this process and workers in children of it, over loopback, with keys that nobody else ever has.
struct ProcessesRun {
    let setup: RunSetup
    let processes: Int

    /// Children are given so long to come.
    private static let longestWait: Int64 = 30_000_000_000

    /// Runs it on the calling thread.
    func run(display: LiveDisplay, signals: SignalInbox) throws -> RunOutcome {
        let key = MasterKey.new()
        let socket: MasterSocket
        do {
            socket = try MasterSocket(
                MessageContext(), host: "127.0.0.1", port: 0, security: .curve(key),
                limits: LinkLimits(greatestMessage: Protocol.largestWorkerMessage, queuedMessages: 1000))
        } catch { throw Failure(.notStarted, "the run could not be started: \(error)") }
        let children = ChildWorkers()
        defer { children.end() }
        let threads = max(1, OSThread.availableCores / processes)
        for number in 1...processes {
            try children.start(
                [
                    "worker", "--master-port", "\(socket.port)", "--name", "process_\(number)", "--threads", "\(threads)", "--log-level",
                    // Whatever settings there are went into the plan.
                    "error", "--config", "/dev/null",
                ],
                token: key.joinToken.text)
        }
        var run = try ClusterRun(setup: setup, expectedWorkers: processes, longestWait: Self.longestWait, stateFolder: nil)
        return try run.run(socket: socket, face: display.face(signals: signals))
    }
}

extension ClusterRun {
    /// A run as flags and environment say. Throws a `Failure`.
    init(
        setup: RunSetup, expectedWorkers: Int, longestWait: Int64, stateFolder: String?, longestAbsence: Int64 = StateLog.longestAbsence
    ) throws {
        do {
            try self.init(
                plan: setup.plan, version: Cicada.version, expectedWorkers: expectedWorkers, longestWait: longestWait,
                stateFolder: stateFolder, longestAbsence: longestAbsence,
                stateGrowth: TestHooks.stateGrowth ?? StateLog.leastGrowth)
        } catch { throw Failure(.notStarted, "--state: \(error)") }
    }
}

/// Worker processes that belong to this one. They are in process groups of their own, so that Ctrl-C reaches the master alone, and are killed when
/// it is.
final class ChildWorkers {
    /// How long children that were told to end are waited for, before they are killed.
    private static let longestEnd = 3.0

    private var children: [pid_t] = []

    /// Starts this program again with other arguments.
    func start(_ arguments: [String], token: String) throws {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        // The run's own settings are in the plan; what a worker takes from its environment is the token alone.
        let inherited = ProcessInfo.processInfo.environment.filter { name, _ in
            name.hasPrefix("CICADA_TEST_") || !name.hasPrefix("CICADA_") && !name.hasPrefix("LOCUST_")
        }
        let environment = inherited.map { "\($0.key)=\($0.value)" } + ["CICADA_JOIN_TOKEN=\(token)"]
        let all = ["cicada"] + arguments + ["--with-parent", "\(getpid())"]
        let (argv, envp) = (all.map { strdup($0) } + [nil], environment.map { strdup($0) } + [nil])
        defer { for text in argv + envp { free(text) } }
        var child: pid_t = 0
        let status = posix_spawn(&child, "/proc/self/exe", nil, &attributes, argv, envp)
        guard status == 0 else { throw Failure(.notStarted, "a worker process could not be started: \(String(cString: strerror(status)))") }
        children.append(child)
    }

    /// Waits for all to end; tells, then kills those that do not.
    func end() {
        for (signal, patience) in [(0, 1.0), (SIGTERM, Self.longestEnd), (SIGKILL, Self.longestEnd)] {
            if signal != 0 { for child in children { kill(child, signal) } }
            let deadline = MonotonicClock.nanoseconds() + Int64(patience * 1e9)
            while !children.isEmpty, MonotonicClock.nanoseconds() < deadline {
                var status: Int32 = 0
                children.removeAll { waitpid($0, &status, WNOHANG) == $0 }
                if !children.isEmpty { usleep(2_000) }
            }
            if children.isEmpty { return }
        }
    }
}
