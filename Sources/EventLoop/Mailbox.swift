import CPlatform
import Glibc
import Synchronization

/// Messages from any thread to the one that owns the mailbox, in order per sender. Posting wakes the owner's poller.
///
/// Unbounded: senders are the process's own threads and post a few messages per interval.
package final class Mailbox<Message: Sendable>: Sendable {
    private let messages = Mutex<[Message]>([])
    /// Readable while messages are waiting; register it with the owner's `Poller`.
    package let descriptor: Int32

    /// Throws `EventLoopError` when the process has no descriptor left.
    package init() throws {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        if descriptor < 0 { throw EventLoopError(action: "make an event descriptor", errno: errno) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Leaves a message. Any thread; never blocks for long.
    package func post(_ message: Message) {
        let wasEmpty = messages.withLock { waiting in
            waiting.append(message)
            return waiting.count == 1
        }
        if wasEmpty { eventfd_write(descriptor, 1) }
    }

    /// Takes all waiting messages, oldest first. The owner's thread.
    package func drain() -> [Message] {
        var value: eventfd_t = 0
        eventfd_read(descriptor, &value)
        return messages.withLock { waiting in
            let taken = waiting
            waiting.removeAll(keepingCapacity: true)
            return taken
        }
    }
}
