import Foundation
import Glibc

/// The program `sample-webapp` as a process of its own, found beside the test bundle. Blocking: use it on a thread of its own.
final class RunningProgram {
    /// What a finished program left.
    struct End: Sendable {
        let exitCode: Int32
        let standardError: String
        let seconds: Double
    }

    /// The line it prints when it is ready; empty when it ended before.
    private(set) var readyLine = ""

    private let process = Process()
    private let ended = DispatchSemaphore(value: 0)
    private let output = Foundation.Pipe()
    private let errors = Foundation.Pipe()

    /// Starts the program and waits for its line, or for its end.
    init(_ arguments: [String]) throws {
        let bundle = URL(fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        let argument = URL(fileURLWithPath: CommandLine.arguments[0])
        let program = [bundle, argument].map { $0.deletingLastPathComponent().appendingPathComponent("sample-webapp") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
        guard let program else { throw RawConnectionError(what: "sample-webapp is not beside \(bundle.path)") }
        process.executableURL = program
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = errors
        process.terminationHandler = { [ended] _ in ended.signal() }
        try process.run()
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(output.fileHandleForReading.fileDescriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        readyLine = String(decoding: line, as: UTF8.self)
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    var processIdentifier: pid_t { process.processIdentifier }

    /// The port in the line; 0 when there is none.
    var port: Int {
        guard let start = readyLine.range(of: "http://127.0.0.1:") else { return 0 }
        return Int(readyLine[start.upperBound...].prefix { $0.isNumber }) ?? 0
    }

    /// The processes that it has started.
    var children: [pid_t] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0) }.filter { pid in
            guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let end = stat.lastIndex(of: ")") else {
                return false
            }
            return stat[end...].split(separator: " ").dropFirst(2).first.flatMap { pid_t($0) } == processIdentifier
        }.sorted()
    }

    /// Sends a signal to it.
    func signal(_ number: Int32) { kill(processIdentifier, number) }

    /// Waits for its end, ten seconds at most, after which it is killed.
    func waitForEnd() throws -> End {
        let start = monotonicSeconds()
        if ended.wait(timeout: .now() + 10) == .timedOut {
            kill(processIdentifier, SIGKILL)
            throw RawConnectionError(what: "sample-webapp did not end")
        }
        let seconds = monotonicSeconds() - start
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        return End(exitCode: process.terminationStatus, standardError: text, seconds: seconds)
    }

    /// Sends SIGTERM and waits for the end.
    func stop() throws -> End {
        signal(SIGTERM)
        return try waitForEnd()
    }
}

/// Whether a process exists and is not a zombie.
func isAlive(_ process: pid_t) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8), let end = stat.lastIndex(of: ")") else {
        return false
    }
    return !stat[end...].hasPrefix(") Z")
}

/// Waits until something has become true, ten seconds at most; for what happens in other processes and tells nobody.
func becomesTrue(_ condition: () -> Bool) -> Bool {
    let deadline = monotonicSeconds() + 10
    while !condition() {
        if monotonicSeconds() > deadline { return false }
        usleep(5_000)
    }
    return true
}
