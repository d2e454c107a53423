import Glibc
import Synchronization

/// How often the user has asked this process to stop (SIGINT, SIGTERM): once means in order, the second time ends it at once.
///
/// For commands that do all on one thread, which may be inside a script when the signal comes.
enum InterruptCount {
    private static let count = Atomic<Int>(0)

    /// Signals are counted from now on; waiting system calls are broken off by them.
    static func begin() {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in
            if InterruptCount.count.add(1, ordering: .relaxed).oldValue > 0 { _exit(ExitStatus.interrupted.rawValue) }
        }
        sigemptyset(&action.sa_mask)
        for signal in [SIGINT, SIGTERM] { sigaction(signal, &action, nil) }
    }

    /// Whether one has come.
    static var isInterrupted: Bool { count.load(ordering: .relaxed) > 0 }
}
