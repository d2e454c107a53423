import Glibc
import NIOCore

/// Several processes that serve one port together, seen from the process that started them.
///
/// The parent binds one socket per process with `SO_REUSEPORT`, starts its own program once per socket, and serves nothing itself.
/// The kernel spreads connections by a hash of their addresses, so the processes' shares are only roughly equal. Every child holds
/// the reading end of a pipe whose other end only the parent has: however the parent ends, the kernel closes it and the children leave.
///
/// For one thread, with the signals of ``StopSignals`` blocked.
package struct ProcessFamily: ~Copyable {
    /// Where the processes listen.
    package let address: SocketAddress

    private var children: [pid_t]
    private var lifeline: OwnedDescriptor?

    /// Starts the processes and waits until all of them accept connections.
    ///
    /// - Parameters:
    ///   - host: an address or a name.
    ///   - port: 0 takes any free port.
    ///   - processes: how many to start, at least 1.
    ///   - arguments: the command line of this program; each process gets it with `--inherit` and its ``Inheritance`` added.
    /// - Throws: ``WebappError`` with code `notStarted`; no process is left then.
    package init(host: String, port: Int, processes: Int, arguments: [String]) throws {
        try ListeningSocket.requireUnused(host: host, port: port)
        let counts = try OwnedDescriptor.memory(byteCount: SharedCounts.byteCount(processes: processes))
        let lifeline = try Pipe()
        var children: [pid_t] = []
        var address: SocketAddress?
        do {
            for process in 0..<processes {
                let socket = try ListeningSocket(host: host, port: address?.port ?? port, sharing: .withOwnProcesses)
                address = socket.address
                let ready = try Pipe()
                let inheritance = Inheritance(
                    process: process, processes: processes, counts: counts.number, listener: socket.descriptor,
                    lifeline: lifeline.reading.number, ready: ready.writing.number)
                let child = try Self.spawn(arguments: arguments + ["--inherit", inheritance.text], keeping: inheritance.descriptors)
                children.append(child)
                // While this end is open here, a child that dies would not end the data.
                _ = consume ready.writing
                guard Self.readByte(from: ready.reading.number) else {
                    throw WebappError(.notStarted, "process \(process + 1) of \(processes) (pid \(child)) ended while starting.")
                }
            }
        } catch {
            Self.end(children)
            throw error
        }
        guard let address else { preconditionFailure("a family has at least one process") }
        self.address = address
        self.children = children
        self.lifeline = consume lifeline.writing
    }

    /// Waits until somebody asks to stop, and then stops the processes.
    ///
    /// - Throws: ``WebappError`` with code `processLost` when a process ends by itself; the others are stopped as well.
    package mutating func superviseUntilStopped() throws {
        while StopSignals.wait() == .childChanged {
            for (index, child) in children.enumerated() {
                var status: Int32 = 0
                guard waitpid(child, &status, WNOHANG) == child else { continue }
                let count = children.count
                children.remove(at: index)
                stop()
                throw WebappError(
                    .processLost,
                    "process \(index + 1) of \(count) (pid \(child)) \(Self.describe(waitStatus: status)). Its connections are lost, so the other processes were stopped as well."
                )
            }
        }
        stop()
    }

    private mutating func stop() {
        lifeline = nil
        Self.end(children)
        children = []
    }

    /// Starts this program again, with default signal handling and the given descriptors left open.
    private static func spawn(arguments: [String], keeping descriptors: [Int32]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Duplicating a descriptor onto itself is how a spawn is told to keep it.
        for descriptor in descriptors { posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        argv.append(nil)
        defer { for argument in argv { free(argument) } }
        var child: pid_t = 0
        let status = posix_spawn(&child, "/proc/self/exe", &actions, &attributes, argv, environ)
        guard status == 0 else {
            throw WebappError(.notStarted, errno: status, "cannot start a serving process: \(String(cString: strerror(status))).")
        }
        return child
    }

    private static func readByte(from descriptor: Int32) -> Bool {
        var byte: UInt8 = 0
        while true {
            let count = read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            return count == 1
        }
    }

    /// Waits for children that have been told to leave, and kills those that do not leave within half a second.
    private static func end(_ children: [pid_t]) {
        for child in children { kill(child, SIGTERM) }
        var left = children
        for _ in 0..<100 {
            left.removeAll { waitpid($0, nil, WNOHANG) != 0 }
            if left.isEmpty { return }
            usleep(5_000)
        }
        for child in left {
            kill(child, SIGKILL)
            waitpid(child, nil, 0)
        }
    }

    /// What a wait status says (wait(2)): the low seven bits hold the signal, the next byte the exit code.
    private static func describe(waitStatus: Int32) -> String {
        let signal = waitStatus & 0x7F
        if signal == 0 { return "ended by itself with exit code \(waitStatus >> 8 & 0xFF)" }
        return "was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
    }
}
