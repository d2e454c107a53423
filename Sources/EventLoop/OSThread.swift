import CPlatform
import Glibc

/// A thread of the operating system, for loops that must never stand in the cooperative pool.
package struct OSThread: Sendable {
    private let handle: pthread_t

    /// Starts `body` on a new thread named `name` (at most 15 bytes are kept).
    ///
    /// Throws `EventLoopError` when the system has no thread left.
    package init(name: String, body: @escaping @Sendable () -> Void) throws {
        let box = Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                cplatform_name_thread(String(start.name.prefix(15)))
                start.body()
                return nil
            }, box.toOpaque())
        handle = thread
        if status != 0 {
            box.release()
            throw EventLoopError(action: "start the thread \(name)", errno: status)
        }
    }

    /// Cores that this process may run on (its affinity, not the machine's count).
    package static var availableCores: Int { Int(cplatform_available_cores()) }

    /// Has this process killed when the thread that started it ends. A parent that has ended already is not noticed: look at its id
    /// afterwards.
    package static func endProcessWithParent() { cplatform_end_with_parent() }

    /// Makes the calling thread's waits end when they are due, instead of up to 50 µs later (Linux's default timer slack).
    package static func expireTimersOnTime() { cplatform_expire_timers_on_time() }

    /// Lets the thread's memory go when it ends, for threads that nobody joins. Once only, instead of `join`.
    package func detach() { pthread_detach(handle) }

    /// Waits until the thread has ended. Once only.
    package func join() { pthread_join(handle, nil) }

    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}
