import EventLoop
import Glibc
import LoadModel
import Synchronization
import TestServers
import ZeroMQ

/// Passes messages of a `--plain` link on, and does to them what no network does but what the protocol allows for: forgets them, doubles them, holds
/// them back so that later ones overtake them. Workers connect to its port; it has a connection of its own to the master for each.
///
/// What becomes of the n-th message of a type follows from the seed alone. One thread of its own; it ends with the last reference.
final class MessageRelay: Sendable {
    /// What becomes of messages of some types. Shares are from 0 to 1.
    struct Fault: Sendable {
        /// Types on the wire, such as `stats`; nil: all.
        var types: Set<String>?
        var dropped = 0.0
        var doubled = 0.0
        var held = 0.0
        /// How long a message that is held is held at most; the copy of a doubled one too.
        var longestHold: Int64 = 300_000_000
    }

    /// What has become of messages so far.
    struct Tally: Sendable {
        var passed = 0
        var dropped = 0
        var doubled = 0
        var held = 0
    }

    /// The port that workers connect to.
    let port: Int
    private let state: SharedState
    private let thread: OSThread

    /// Begins at once. The first fault that names a message's type counts.
    init(to master: Int, _ faults: [Fault], seed: UInt64 = 1) throws {
        let state = SharedState()
        let started = Started()
        thread = try OSThread(name: "message relay") {
            do {
                var loop = try Loop(master: master, faults: faults, seed: seed)
                started.port.withLock { $0 = loop.port }
                while loop.turn(state) {}
            } catch {
                started.port.withLock { $0 = -1 }
            }
        }
        guard becomesTrue({ started.port.withLock { $0 } != 0 }) else { throw RawConnectionError(what: "the relay did not start") }
        port = started.port.withLock { $0 }
        self.state = state
    }

    deinit {
        state.isStopped.withLock { $0 = true }
        thread.join()
    }

    /// What has become of messages so far, by type.
    var tallies: [String: Tally] { state.tallies.withLock { $0 } }

    /// Messages from workers so far, each as it came; 1,000 at most.
    var recorded: [[UInt8]] { state.recorded.withLock { $0 } }

    private final class Started: Sendable { let port = Mutex(0) }

    private final class SharedState: Sendable {
        let isStopped = Mutex(false)
        let tallies = Mutex<[String: Tally]>([:])
        let recorded = Mutex<[[UInt8]]>([])
    }

    /// What the relay's thread has.
    private struct Loop {
        private let context: MessageContext
        private let inner: MasterSocket
        private let master: Int
        private let faults: [Fault]
        private let seed: UInt64
        /// A connection to the master for each that a worker has made.
        private var outer: [Route: WorkerSocket] = [:]
        private var random: [String: SplitMix64] = [:]
        private var waiting: [(due: Int64, route: Route, isInward: Bool, bytes: [UInt8])] = []

        var port: Int { inner.port }

        init(master: Int, faults: [Fault], seed: UInt64) throws {
            context = try MessageContext()
            inner = try MasterSocket(
                context, host: "127.0.0.1", port: 0, security: .plain, limits: LinkLimits(greatestMessage: 64 << 20, queuedMessages: 1000))
            self.master = master
            self.faults = faults
            self.seed = seed
        }

        /// Passes on what is there and due, then waits for a millisecond. Answers false when the relay is to end.
        mutating func turn(_ state: SharedState) -> Bool {
            if state.isStopped.withLock({ $0 }) { return false }
            while inner.process() {}
            var inputs: [(route: Route, isInward: Bool, bytes: [UInt8])] = []
            while inner.receive({ inputs.append(($0.route, true, [UInt8]($1))) }) {}
            for (route, socket) in outer {
                _ = socket.takeEvents()
                while socket.receive({ inputs.append((route, false, [UInt8]($0))) }) {}
            }
            for input in inputs {
                if input.isInward {
                    connect(input.route)
                    state.recorded.withLock { if $0.count < 1000 { $0.append(input.bytes) } }
                }
                decide(input, state)
            }
            passOn()
            usleep(1000)
            return true
        }

        private mutating func connect(_ route: Route) {
            if outer[route] != nil { return }
            outer[route] = try? WorkerSocket(
                context, host: "127.0.0.1", port: master, security: .plain,
                limits: LinkLimits(greatestMessage: 64 << 20, queuedMessages: 1000))
        }

        private mutating func decide(_ input: (route: Route, isInward: Bool, bytes: [UInt8]), _ state: SharedState) {
            let type = Self.type(of: input.bytes)
            let now = MonotonicClock.nanoseconds()
            guard let fault = faults.first(where: { $0.types?.contains(type) ?? true }) else {
                waiting.append((now, input.route, input.isInward, input.bytes))
                return state.tallies.withLock { $0[type, default: Tally()].passed += 1 }
            }
            var random = random[type] ?? SplitMix64(seed: type.utf8.reduce(seed) { $0 &* 31 &+ UInt64($1) })
            // Four draws for each message, so that one's fate does not depend on another's.
            let (fate, copy, hold, length) = (random.nextUnit(), random.nextUnit(), random.nextUnit(), random.nextUnit())
            self.random[type] = random
            let pause = Int64(Double(fault.longestHold) * length)
            var tally = Tally()
            if fate < fault.dropped {
                tally.dropped = 1
            } else {
                let isHeld = hold < fault.held
                waiting.append((now + (isHeld ? pause : 0), input.route, input.isInward, input.bytes))
                tally.passed = 1
                tally.held = isHeld ? 1 : 0
                if copy < fault.doubled {
                    waiting.append((now + pause, input.route, input.isInward, input.bytes))
                    tally.doubled = 1
                }
            }
            state.tallies.withLock {
                var sum = $0[type] ?? Tally()
                sum.passed += tally.passed
                sum.dropped += tally.dropped
                sum.doubled += tally.doubled
                sum.held += tally.held
                $0[type] = sum
            }
        }

        /// Hands over what is due; what cannot be handed over yet stays.
        private mutating func passOn() {
            let now = MonotonicClock.nanoseconds()
            var left: [(due: Int64, route: Route, isInward: Bool, bytes: [UInt8])] = []
            for message in waiting {
                if message.due > now {
                    left.append(message)
                } else if message.isInward {
                    if outer[message.route]?.send(message.bytes) == false { left.append(message) }
                } else {
                    _ = inner.send(message.bytes, to: message.route)
                }
            }
            waiting = left
        }

        /// The type of a message, which is the short text at its beginning.
        private static func type(of bytes: [UInt8]) -> String {
            guard bytes.count > 1, bytes[0] == 0x93, bytes[1] & 0xE0 == 0xA0 else { return "" }
            return String(decoding: bytes.dropFirst(2).prefix(Int(bytes[1] & 0x1F)), as: UTF8.self)
        }
    }
}
