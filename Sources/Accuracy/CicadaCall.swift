import Foundation
import Glibc
import TestServers

/// A run of the program as anybody would start it, with `--json`.
package struct CicadaCall: Sendable {
    package let program: RunningProgram
    private let resultPath: String
    /// Its folder is needed until the end.
    private let bench: Workbench

    /// `command`: `run` or `master`. `shell` is put before the command line in `sh -c`.
    package init(_ bench: Workbench, command: String = "run", script: String, _ flags: [String], shell: String? = nil) throws {
        self.bench = bench
        resultPath = bench.path("result.json")
        let path = try RunningProgram.path(ofBuilt: "cicada")
        let arguments =
            [
                command, try bench.file("script.lua", script), "--config", "/dev/null", "--json", resultPath, "--only-summary",
                "--exit-code-on-invalid", "98",
            ] + flags
        if let shell {
            program = try RunningProgram(path: "/bin/sh", ["-c", shell + " \"$0\" \"$@\"", path] + arguments)
        } else {
            program = try RunningProgram(path: path, arguments)
        }
    }

    /// Waits for its end and reads its result. Throws when there is none; with `exitCodes` also when it ends with another one.
    package func finish(atMost seconds: Double, exitCodes: Set<Int32> = [0]) throws -> (end: RunningProgram.End, result: CicadaResult) {
        let end = try program.waitForEnd(atMost: seconds)
        guard exitCodes.contains(end.exitCode), let data = FileManager.default.contents(atPath: resultPath) else {
            throw AccuracyError("cicada ended with \(end.exitCode): \(end.errors)")
        }
        return (end, try JSONDecoder().decode(CicadaResult.self, from: data))
    }

    /// Flags for users in so many worker processes; 1: all in the one that is called.
    package static func workers(_ count: Int) -> [String] { count > 1 ? ["--processes", "\(count)"] : [] }
}
