/// What went wrong while starting, running or configuring the sample web application, in words for the person who started it.
package struct WebappError: Error, Equatable, CustomStringConvertible {
    /// The kinds of failure that a caller tells apart, with the exit code of each.
    package struct Code: Equatable, Sendable {
        /// The process exit code that belongs to this failure.
        package let exitCode: Int32

        /// An option's value cannot be used; nothing was started.
        package static let usage = Code(exitCode: 2)
        /// The server could not be started: address, port, privilege or resource.
        package static let notStarted = Code(exitCode: 3)
        /// The server ran and then lost one of its processes.
        package static let processLost = Code(exitCode: 4)
    }

    /// Which kind of failure it is.
    package let code: Code
    /// The system's error number, where the failure came from a system call.
    package let errno: Int32?
    /// What went wrong and what to do about it: one or two sentences, no newline at the end.
    package let description: String

    /// - Parameters:
    ///   - code: the kind of failure.
    ///   - errno: the system's error number, if there is one.
    ///   - description: what went wrong, where, and what to do.
    package init(_ code: Code, errno: Int32? = nil, _ description: String) {
        self.code = code
        self.errno = errno
        self.description = description
    }
}
