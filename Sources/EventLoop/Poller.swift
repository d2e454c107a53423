import CPlatform
import Glibc

/// An epoll descriptor and the events of its last wait. Owned by one thread; closes its descriptor.
package final class Poller {
    /// One descriptor that is ready.
    package struct Event {
        /// What the descriptor was registered with.
        package var token: UInt64
        /// The `EPOLL…` bits that hold.
        package var bits: UInt32
    }

    /// Readable.
    package static let readable = UInt32(EPOLLIN.rawValue)
    /// Writable.
    package static let writable = UInt32(EPOLLOUT.rawValue)
    /// Broken or closed by the other side; always reported, never asked for.
    package static let broken = UInt32(EPOLLERR.rawValue | EPOLLHUP.rawValue)

    private let descriptor: Int32
    private let capacity = 512
    private let events: UnsafeMutablePointer<epoll_event>

    /// Throws `EventLoopError` when the process has no descriptor left.
    package init() throws {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        events = .allocate(capacity: 512)
        if descriptor < 0 { throw EventLoopError(action: "make an epoll descriptor", errno: errno) }
    }

    deinit {
        events.deallocate()
        if descriptor >= 0 { close(descriptor) }
    }

    /// Registers a descriptor. Answers 0 or the `errno`.
    @discardableResult
    package func add(_ fileDescriptor: Int32, bits: UInt32, token: UInt64) -> Int32 {
        control(EPOLL_CTL_ADD, fileDescriptor, bits, token)
    }

    /// Changes what a registered descriptor is watched for. Answers 0 or the `errno`.
    @discardableResult
    package func modify(_ fileDescriptor: Int32, bits: UInt32, token: UInt64) -> Int32 {
        control(EPOLL_CTL_MOD, fileDescriptor, bits, token)
    }

    /// Forgets a descriptor. Answers 0 or the `errno`.
    @discardableResult
    package func remove(_ fileDescriptor: Int32) -> Int32 {
        control(EPOLL_CTL_DEL, fileDescriptor, 0, 0)
    }

    /// Waits at most `nanoseconds` (0: not at all, negative: for ever) and answers how many descriptors are ready, at most 512.
    /// An interrupting signal counts as none ready.
    package func wait(nanoseconds: Int64) -> Int {
        let count = cplatform_epoll_wait(descriptor, events, Int32(capacity), nanoseconds)
        if count >= 0 { return Int(count) }
        precondition(errno == EINTR, "epoll_wait failed: \(String(cString: strerror(errno)))")
        return 0
    }

    /// The event with this index of the last wait.
    package func event(_ index: Int) -> Event {
        Event(token: events[index].data.u64, bits: events[index].events)
    }

    private func control(_ operation: Int32, _ fileDescriptor: Int32, _ bits: UInt32, _ token: UInt64) -> Int32 {
        var event = epoll_event()
        event.events = bits
        event.data.u64 = token
        return epoll_ctl(descriptor, operation, fileDescriptor, &event) == 0 ? 0 : errno
    }
}
