import Glibc

/// A system call of this room failed.
package struct EventLoopError: Error, CustomStringConvertible {
    /// What was being done, as a verb phrase.
    package var action: String
    /// The `errno` of the failure.
    package var errno: Int32

    package init(action: String, errno: Int32) {
        self.action = action
        self.errno = errno
    }

    package var description: String { "could not \(action): \(String(cString: strerror(errno)))" }
}
