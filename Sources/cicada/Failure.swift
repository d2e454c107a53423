import Glibc

/// The process's exit codes: one table for all commands (docs/exit-codes.md).
enum ExitStatus: Int32 {
    case asAsked = 0
    /// Script or usage error; nothing was run.
    case usage = 2
    /// Not started, or refused by the master.
    case notStarted = 3
    /// Not completed.
    case notCompleted = 4
    /// No request was completed.
    case noRequest = 5
    /// A worker found no master in time, or an operator got no answer.
    case noMaster = 6
    /// What was measured is not to be believed (docs/verdict.md).
    case invalid = 98
    /// A threshold was not passed.
    case thresholdNotHeld = 99
    /// Stopped by SIGINT or SIGTERM.
    case interrupted = 130
}

/// An end of the program with words for a person: what went wrong, where, what to do.
struct Failure: Error {
    var status: ExitStatus
    var message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// Flags or their values are wrong.
    static func usage(_ message: String) -> Failure { Failure(.usage, message) }
}

/// Writes a line to standard error.
func complain(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
