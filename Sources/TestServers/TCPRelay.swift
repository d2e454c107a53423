import CPlatform
import EventLoop
import Glibc
import Synchronization

/// Passes TCP connections on to a port of loopback, and does to them what networks do: cuts them, falls silent, is slow. It can keep what
/// passed. One thread of its own, for some hundred connections; it ends with the last reference.
package final class TCPRelay: Sendable {
    /// What becomes of the bytes.
    package enum Mode: Sendable, Equatable {
        case open
        /// Every connection is closed, and new ones at once.
        case cut
        /// Connections stay, and nothing passes. What was sent meanwhile arrives later.
        case silent
        /// So many bytes a second pass in each direction of each connection.
        case slow(bytesPerSecond: Int)
    }

    /// The loopback port that it listens on.
    package let port: Int
    private let shared: Shared
    private let thread: OSThread

    /// Listens at once. `keepsBytes`: everything that passes is kept for `recorded`.
    package init(to target: Int, keepsBytes: Bool = false) throws {
        let (listener, port) = try Loopback.listen()
        _ = fcntl(listener, F_SETFL, O_NONBLOCK)
        self.port = port
        let shared = Shared(keepsBytes: keepsBytes)
        self.shared = shared
        thread = try OSThread(name: "relay") {
            var loop = Loop(listener: listener, target: target)
            while loop.turn(shared) {}
            loop.closeAll()
            close(listener)
        }
    }

    deinit {
        shared.state.withLock { $0.isStopped = true }
        thread.join()
    }

    /// What becomes of the bytes from now on, within 5 ms.
    package func set(_ mode: Mode) { shared.state.withLock { $0.mode = mode } }

    /// All bytes so far, both directions mixed.
    package var recorded: [UInt8] { shared.state.withLock { $0.recorded } }
    /// All bytes so far of those that connected.
    package var recordedFromClients: [UInt8] { shared.state.withLock { $0.recordedFromClients } }
    /// Connections that it has passed on so far.
    package var connections: Int { shared.state.withLock { $0.connections } }

    private final class Shared: Sendable {
        struct State {
            var mode = Mode.open
            var isStopped = false
            var connections = 0
            var recorded: [UInt8] = []
            var recordedFromClients: [UInt8] = []
        }

        let state = Mutex(State())
        let keepsBytes: Bool

        init(keepsBytes: Bool) { self.keepsBytes = keepsBytes }
    }

    /// One direction of a connection: what was read at one end and not yet written to the other.
    private struct Direction {
        let source: Int32
        let sink: Int32
        var pending: [UInt8] = []
        var hasEnded = false
        /// Bytes that may pass now, when it is slow.
        var budget = 0

        var isOver: Bool { hasEnded && pending.isEmpty }
    }

    /// What the relay's thread has.
    private struct Loop {
        private static let mostPending = 1 << 18
        let listener: Int32
        let target: Int
        private var directions: [Direction] = []
        private var chunk = [UInt8](repeating: 0, count: 65_536)
        private var lastTurn = MonotonicClock.nanoseconds()

        init(listener: Int32, target: Int) {
            self.listener = listener
            self.target = target
        }

        /// Passes on what is there, after at most 5 ms. Answers false when the relay is to end.
        mutating func turn(_ shared: Shared) -> Bool {
            let (mode, isStopped) = shared.state.withLock { ($0.mode, $0.isStopped) }
            if isStopped { return false }
            if mode == .cut { closeAll() }
            let now = MonotonicClock.nanoseconds()
            let elapsed = now - lastTurn
            lastTurn = now
            for index in directions.indices {
                if case .slow(let rate) = mode {
                    let saved = directions[index].budget == .max ? 0 : directions[index].budget
                    directions[index].budget = min(max(1, rate / 10), saved + max(1, Int(elapsed) * rate / 1_000_000_000))
                } else {
                    directions[index].budget = mode == .silent ? 0 : .max
                }
            }
            var entries = [pollfd(fd: mode == .silent ? -1 : listener, events: Int16(POLLIN), revents: 0)]
            for direction in directions {
                let mayRead = direction.budget > 0 && !direction.hasEnded && direction.pending.count < Self.mostPending
                entries.append(pollfd(fd: mayRead ? direction.source : -1, events: Int16(POLLIN), revents: 0))
                let mayWrite = direction.budget > 0 && !direction.pending.isEmpty
                entries.append(pollfd(fd: mayWrite ? direction.sink : -1, events: Int16(POLLOUT), revents: 0))
            }
            if poll(&entries, nfds_t(entries.count), 5) <= 0 { return true }
            for index in directions.indices {
                if entries[1 + 2 * index].revents != 0 { read(index, shared) }
                if !directions[index].pending.isEmpty, directions[index].budget > 0 { write(index) }
            }
            if entries[0].revents != 0 { accept(mode, shared) }
            closeThoseThatAreOver()
            return true
        }

        mutating func closeAll() {
            for direction in directions { close(direction.source) }
            directions = []
        }

        private mutating func read(_ index: Int, _ shared: Shared) {
            let count = recv(directions[index].source, &chunk, chunk.count, 0)
            if count > 0 {
                directions[index].pending += chunk[..<count]
                if shared.keepsBytes {
                    shared.state.withLock {
                        $0.recorded += chunk[..<count]
                        // Of each pair of directions the first is the client's.
                        if index % 2 == 0 { $0.recordedFromClients += chunk[..<count] }
                    }
                }
            } else if count == 0 || errno != EAGAIN {
                directions[index].hasEnded = true
            }
        }

        private mutating func write(_ index: Int) {
            let length = min(directions[index].pending.count, directions[index].budget)
            let count = send(directions[index].sink, directions[index].pending, length, Int32(MSG_NOSIGNAL))
            if count > 0 {
                directions[index].pending.removeFirst(count)
                if directions[index].budget != .max { directions[index].budget -= count }
            } else if errno != EAGAIN {
                directions[index].hasEnded = true
                directions[index].pending = []
            }
        }

        private mutating func accept(_ mode: Mode, _ shared: Shared) {
            let inner = Glibc.accept(listener, nil, nil)
            if inner < 0 { return }
            guard mode != .cut, let outer = try? Loopback.connect(port: target) else {
                close(inner)
                return
            }
            for descriptor in [inner, outer] {
                _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                var yes: Int32 = 1
                setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
            }
            directions += [Direction(source: inner, sink: outer), Direction(source: outer, sink: inner)]
            shared.state.withLock { $0.connections += 1 }
        }

        private mutating func closeThoseThatAreOver() {
            var index = 0
            while index < directions.count {
                if directions[index].isOver || directions[index + 1].isOver {
                    close(directions[index].source)
                    close(directions[index].sink)
                    directions.removeSubrange(index...index + 1)
                } else {
                    index += 2
                }
            }
        }
    }
}
