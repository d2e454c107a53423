import CPlatform
import EventLoop
import Foundation
import Glibc
import Synchronization

/// A program in a process of its own, in a process group of its own, with what it has written so far. Blocking: use it on a thread of
/// your own (`onOwnThread`). It is killed when the last reference goes.
package final class RunningProgram: Sendable {
    /// What a finished program left.
    package struct End: Sendable {
        /// The exit code; 128 + n after signal n, as shells have it.
        package let exitCode: Int32
        package let output: String
        package let errors: String
        /// From the call that waited to the end.
        package let seconds: Double
        /// The greatest resident set, in kilobytes.
        package let peakMemoryKilobytes: Int
    }

    package let processIdentifier: pid_t
    private let record: ProcessRecord

    /// One at a time: a program that is started meanwhile would inherit the pipes, and hold them open.
    private static let starting = Mutex(())

    /// Starts a program that was built with the tests, and waits until it has printed its first line, or has ended.
    package convenience init(_ name: String, _ arguments: [String]) throws {
        try self.init(path: try Self.path(ofBuilt: name), arguments)
        _ = record.wait(seconds: 10) { $0.hasEnded || $0.output.contains(UInt8(ascii: "\n")) }
    }

    /// Starts any program. `environment` is added to that of the tests; standard input is empty. Signals are as they are by default.
    package init(path: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CICADA_") }
        // Most tests are not about how well they measure, and machines that run tests have much else to do. Those of the verdict say otherwise.
        variables["CICADA_EXIT_CODE_ON_INVALID"] = "0"
        variables.merge(environment) { $1 }
        let (child, output, errors) = try Self.starting.withLock { _ in
            let (output, errors) = (try PipeEnds(), try PipeEnds())
            // What runs the tests may have left descriptors open that a program would inherit, and count.
            for descriptor in Int32(3)..<1024 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
            defer { for end in [output, errors] { end.closeWriting() } }
            let child = try Self.spawn(
                [path] + arguments, environment: variables.map { "\($0.key)=\($0.value)" }, output: output.writing, errors: errors.writing)
            return (child, output, errors)
        }
        processIdentifier = child
        let record = ProcessRecord()
        self.record = record
        _ = try OSThread(name: "output") { record.collect(from: output.reading, into: \.output) }
        _ = try OSThread(name: "errors") { record.collect(from: errors.reading, into: \.errors) }
        _ = try OSThread(name: "reaper") {
            var status: Int32 = 0
            var usage = rusage()
            while wait4(child, &status, 0, &usage) < 0 && errno == EINTR {}
            record.change {
                $0.exitCode = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
                $0.peakMemoryKilobytes = usage.ru_maxrss
            }
        }
    }

    deinit { signal(SIGKILL) }

    /// Where a program lies that was built with the tests: beside their bundle. Throws when it is not there.
    package static func path(ofBuilt name: String) throws -> String {
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let paths = [bundle, CommandLine.arguments[0]].map {
            URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent(name).path
        }
        guard let path = paths.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw RawConnectionError(what: "\(name) is not beside \(bundle)")
        }
        return path
    }

    /// What it has printed so far.
    package var output: String { record.read { String(decoding: $0.output, as: UTF8.self) } }
    /// What it has written to standard error so far.
    package var errors: String { record.read { String(decoding: $0.errors, as: UTF8.self) } }
    /// Its first line; empty when it ended before it had one.
    package var readyLine: String { output.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? "" }

    /// The port in the line; 0 when there is none.
    package var port: Int {
        let line = readyLine
        guard let start = line.range(of: "http://127.0.0.1:") else { return 0 }
        return Int(line[start.upperBound...].prefix { $0.isNumber }) ?? 0
    }

    /// The processes that it has started.
    package var children: [pid_t] { childProcesses(of: processIdentifier) }

    /// Whether it has ended.
    package var hasEnded: Bool { record.read { $0.hasEnded } }

    /// Sends a signal to it, unless it has ended.
    package func signal(_ number: Int32) { record.read { if $0.exitCode == nil { kill(processIdentifier, number) } } }

    /// From now on no file that it writes may be longer than so many bytes; nil: as long as it likes.
    package func limitFiles(bytes: Int?) throws {
        if cplatform_limit_file_size(processIdentifier, bytes.map(Int64.init) ?? -1) != 0 {
            throw RawConnectionError(what: "prlimit: \(String(cString: strerror(errno)))")
        }
    }

    /// Waits for its end, so long at most, after which it and what it has started is killed, and this throws.
    package func waitForEnd(atMost seconds: Double = 10) throws -> End {
        let start = monotonicSeconds()
        guard record.wait(seconds: seconds, until: { $0.hasEnded }) else {
            kill(-processIdentifier, SIGKILL)
            throw RawConnectionError(what: "process \(processIdentifier) did not end in \(seconds) s; it wrote: \(errors)")
        }
        let elapsed = monotonicSeconds() - start
        return record.read {
            End(
                exitCode: $0.exitCode ?? -1, output: String(decoding: $0.output, as: UTF8.self),
                errors: String(decoding: $0.errors, as: UTF8.self), seconds: elapsed, peakMemoryKilobytes: $0.peakMemoryKilobytes)
        }
    }

    /// Sends SIGTERM and waits for the end.
    package func stop() throws -> End {
        signal(SIGTERM)
        return try waitForEnd()
    }

    /// Waits until it has written a text to either stream; false: it has not in so many seconds, or has ended without.
    package func writes(_ text: String, within seconds: Double = 10) -> Bool {
        let bytes = Array(text.utf8)
        let isThere: (ProcessRecord.State) -> Bool = { !$0.output.ranges(of: bytes).isEmpty || !$0.errors.ranges(of: bytes).isEmpty }
        _ = record.wait(seconds: seconds) { isThere($0) || $0.hasEnded }
        return record.read(isThere)
    }

    private static func spawn(_ arguments: [String], environment: [String], output: Int32, errors: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        let (argv, envp) = (arguments.map { strdup($0) } + [nil], environment.map { strdup($0) } + [nil])
        defer { for text in argv + envp { free(text) } }
        var child: pid_t = 0
        let status = posix_spawn(&child, arguments[0], &actions, &attributes, argv, envp)
        if status != 0 { throw RawConnectionError(what: "start \(arguments[0]): \(String(cString: strerror(status)))") }
        return child
    }
}

/// Both ends of a pipe that no other child inherits, if they are made and given under `RunningProgram.starting`.
private struct PipeEnds {
    let reading: Int32
    let writing: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        if pipe(&ends) != 0 { throw RawConnectionError(what: "pipe: \(String(cString: strerror(errno)))") }
        (reading, writing) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    func closeWriting() { close(writing) }
}

/// What is known of a process. Unchecked: `state` is touched only under `condition`.
private final class ProcessRecord: @unchecked Sendable {
    struct State {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var openStreams = 2
        var exitCode: Int32?
        var peakMemoryKilobytes = 0
        var hasEnded: Bool { exitCode != nil && openStreams == 0 }
    }

    private let condition = NSCondition()
    private var state = State()

    func change(_ change: (inout State) -> Void) {
        condition.lock()
        change(&state)
        condition.broadcast()
        condition.unlock()
    }

    func read<Value>(_ read: (State) -> Value) -> Value {
        condition.lock()
        defer { condition.unlock() }
        return read(state)
    }

    func wait(seconds: Double, until isTrue: (State) -> Bool) -> Bool {
        let deadline = Date(timeIntervalSinceNow: seconds)
        condition.lock()
        defer { condition.unlock() }
        while !isTrue(state) { if !condition.wait(until: deadline) { return isTrue(state) } }
        return true
    }

    func collect(from descriptor: Int32, into stream: WritableKeyPath<State, [UInt8]>) {
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            change { $0[keyPath: stream] += chunk[..<count] }
        }
        close(descriptor)
        change { $0.openStreams -= 1 }
    }
}

/// The processes that a process has started, by their numbers.
package func childProcesses(of parent: pid_t) -> [pid_t] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return entries.compactMap { pid_t($0) }.filter { pid in
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let end = stat.lastIndex(of: ")") else {
            return false
        }
        return stat[end...].split(separator: " ").dropFirst(2).first.flatMap { pid_t($0) } == parent
    }.sorted()
}

/// Whether a process exists and is not a zombie.
package func isAlive(_ process: pid_t) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8), let end = stat.lastIndex(of: ")") else {
        return false
    }
    return !stat[end...].hasPrefix(") Z")
}

/// Waits until something has become true, ten seconds at most; for what happens in other processes and tells nobody.
package func becomesTrue(_ condition: () -> Bool) -> Bool {
    let deadline = monotonicSeconds() + 10
    while !condition() {
        if monotonicSeconds() > deadline { return false }
        usleep(5_000)
    }
    return true
}

/// The monotonic clock in seconds.
package func monotonicSeconds() -> Double { Double(MonotonicClock.nanoseconds()) / 1e9 }
