import Foundation
import TestServers

/// Any command of the program, from start to end.
enum CicadaCall {
    /// Runs it on a thread of its own, in a folder, with a file as its standard input.
    static func run(
        _ arguments: [String], in folder: String = "/", input: String = "/dev/null", environment: [String: String] = [:]
    ) async throws -> RunningProgram.End {
        try await onOwnThread { try now(arguments, in: folder, input: input, environment: environment) }
    }

    /// The same on the calling thread.
    static func now(
        _ arguments: [String], in folder: String = "/", input: String = "/dev/null", environment: [String: String] = [:],
        atMost seconds: Double = 20
    ) throws -> RunningProgram.End {
        let path = try RunningProgram.path(ofBuilt: "cicada")
        return try RunningProgram(
            path: "/bin/sh", ["-c", "cd \"$1\" && exec <\"$2\" && shift 2 && exec \"$0\" \"$@\"", path, folder, input] + arguments,
            environment: environment
        ).waitForEnd(atMost: seconds)
    }
}
