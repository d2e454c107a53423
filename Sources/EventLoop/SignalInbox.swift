import CPlatform
import Glibc

/// Signals as something to read: those named are blocked in this thread and all that it starts later, and wait here instead.
package final class SignalInbox {
    /// Readable while signals are waiting.
    package let descriptor: Int32

    /// Call before any thread is started. Throws `EventLoopError` when the process has no descriptor left.
    package init(_ signals: [Int32]) throws {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        descriptor = signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK))
        if descriptor < 0 { throw EventLoopError(action: "listen for signals", errno: errno) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Takes the signals that have come and answers how many they were.
    package func take() -> Int { takeNumbers().count }

    /// Takes the signals that have come, in their order.
    package func takeNumbers() -> [Int32] {
        var numbers: [Int32] = []
        var info = signalfd_siginfo()
        while read(descriptor, &info, MemoryLayout<signalfd_siginfo>.size) == MemoryLayout<signalfd_siginfo>.size {
            numbers.append(Int32(bitPattern: info.ssi_signo))
        }
        return numbers
    }
}
