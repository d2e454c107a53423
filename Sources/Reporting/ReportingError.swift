import Glibc

/// A report could not be written.
package struct ReportingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was being done: `write`, `create`, `rename`.
    package var operation: String
    package var path: String
    /// The system's error number.
    package var errno: Int32

    package init(operation: String, path: String, errno: Int32) {
        self.operation = operation
        self.path = path
        self.errno = errno
    }

    /// `cannot write results_stats.csv: No space left on device (errno 28)`.
    package var description: String { "cannot \(operation) \(path): \(String(cString: strerror(errno))) (errno \(errno))" }
}
