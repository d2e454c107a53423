import Foundation
import Glibc
import TestServers

/// A `KnownServer` in a process of its own (`cicada-accuracy serve`), which can be stopped and continued like any other. Killed with the value.
package struct ServerProcess: Sendable {
    package let program: RunningProgram
    private let arrivalsPath: String
    /// Its folder is needed until the end.
    private let bench: Workbench

    /// Flags are those of `cicada-accuracy serve`.
    package init(_ flags: [String] = [], _ bench: Workbench) throws {
        self.bench = bench
        arrivalsPath = bench.path("arrivals")
        program = try RunningProgram("cicada-accuracy", ["serve", "--arrivals", arrivalsPath] + flags)
        if program.port == 0 { throw AccuracyError("the server did not start: \(program.errors)") }
    }

    package var port: Int { program.port }
    package var url: String { "http://127.0.0.1:\(program.port)" }

    /// Waits until it has begun to answer.
    package func waitUntilOpen() throws {
        if !program.writes("open\n") { throw AccuracyError("no request came to the server within 10 s") }
    }

    /// Ends it, and answers what it saw.
    package func finish() throws -> (report: KnownServerReport, arrivals: [Int64]) {
        let end = try program.stop()
        guard end.exitCode == 0, let line = end.output.split(separator: "\n").last else {
            throw AccuracyError("the server ended with \(end.exitCode): \(end.errors)")
        }
        return (try JSONDecoder().decode(KnownServerReport.self, from: Data(line.utf8)), try ArrivalLog(path: arrivalsPath).times)
    }
}
