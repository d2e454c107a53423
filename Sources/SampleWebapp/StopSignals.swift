import Glibc

/// The signals that a serving process waits for instead of being interrupted by them.
package enum StopSignals {
    /// What ended the wait.
    package enum Event: Equatable, Sendable {
        /// Somebody asked the process to stop: SIGTERM, or SIGINT from a terminal.
        case stop
        /// A child process has changed its state.
        case childChanged
    }

    /// Holds the signals back in this thread and in all that it starts from now on; call it before any thread is started.
    package static func block() {
        var set = signals()
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // A client that has gone away must end its connection, not the process.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Waits for one of the signals that ``block()`` holds back. Blocks the calling thread.
    package static func wait() -> Event {
        var set = signals()
        var number: Int32 = 0
        while true {
            if sigwait(&set, &number) != 0 { continue }
            return number == SIGCHLD ? .childChanged : .stop
        }
    }

    private static func signals() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGTERM, SIGINT, SIGCHLD] { sigaddset(&set, number) }
        return set
    }
}
