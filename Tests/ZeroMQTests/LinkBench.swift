import EventLoop
import Glibc

@testable import ZeroMQ

/// What a test of the link can fail with.
struct LinkTestError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A master's socket for tests, with what it received. On the thread that made it.
final class TestMaster {
    struct Message {
        var route: Route
        var isOperator: Bool
        var bytes: [UInt8]
    }

    let context: MessageContext
    let key: MasterKey
    let socket: MasterSocket
    var inbox: [Message] = []

    init(
        key: MasterKey = .new(), isPlain: Bool = false, host: String = "127.0.0.1", greatestMessage: Int = 16 << 20,
        handshake: Duration = .seconds(10), queuedMessages: Int = 128, context: MessageContext? = nil
    ) throws {
        let context = try context ?? MessageContext()
        self.context = context
        self.key = key
        socket = try MasterSocket(
            context, host: host, port: 0, security: isPlain ? .plain : .curve(key),
            limits: LinkLimits(greatestMessage: greatestMessage, handshake: handshake, queuedMessages: queuedMessages))
    }

    func pump() throws {
        while socket.process() {}
        while socket.receive({ inbox.append(Message(route: $0.route, isOperator: $0.isOperator, bytes: [UInt8]($1))) }) {}
    }
}

/// A worker's socket for tests, with what it received. On the thread that made it.
final class TestWorker {
    let socket: WorkerSocket
    var inbox: [[UInt8]] = []
    var events: [LinkEvent] = []

    init(
        _ security: WorkerSecurity, port: Int, host: String = "127.0.0.1", context: MessageContext? = nil, queuedMessages: Int = 128,
        handshake: Duration = .seconds(10)
    ) throws {
        socket = try WorkerSocket(
            try context ?? MessageContext(), host: host, port: port, security: security,
            limits: LinkLimits(greatestMessage: 16 << 20, handshake: handshake, queuedMessages: queuedMessages))
    }

    convenience init(of master: TestMaster, queuedMessages: Int = 128) throws {
        try self.init(.curve(master.key.joinToken), port: master.socket.port, context: nil, queuedMessages: queuedMessages)
    }

    func pump() {
        events += socket.takeEvents()
        while socket.receive({ inbox.append([UInt8]($0)) }) {}
    }

    var isConnected: Bool { events.contains(.connected) }
    var refusals: [String] { events.compactMap { if case .refused(let words) = $0 { words } else { nil } } }
    var unreachable: [String] { events.compactMap { if case .unreachable(let words) = $0 { words } else { nil } } }
}

/// Works through `master` and `workers` until `condition` holds. Throws when that takes longer than `seconds`.
func pump(
    _ master: TestMaster? = nil, _ workers: [TestWorker] = [], seconds: Double = 10, until what: String, _ condition: () throws -> Bool
) throws {
    let deadline = MonotonicClock.nanoseconds() + Int64(seconds * 1e9)
    while true {
        try master?.pump()
        for worker in workers { worker.pump() }
        if try condition() { return }
        if MonotonicClock.nanoseconds() > deadline { throw LinkTestError("not within \(seconds) s: \(what)") }
        waitForInput((master?.socket.descriptors ?? []) + workers.flatMap(\.socket.descriptors), milliseconds: 5)
    }
}

/// Works through `master` and `workers` for a while.
func pump(_ master: TestMaster?, _ workers: [TestWorker] = [], forSeconds seconds: Double) throws {
    let end = MonotonicClock.nanoseconds() + Int64(seconds * 1e9)
    try pump(master, workers, seconds: seconds + 10, until: "time passes") { MonotonicClock.nanoseconds() >= end }
}

/// Waits until one of the descriptors is readable; answers whether one is.
@discardableResult
func waitForInput(_ descriptors: [Int32], milliseconds: Int32) -> Bool {
    var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    return poll(&entries, nfds_t(entries.count), milliseconds) > 0
}

/// Throws what was expected when it does not hold, for use off the tests' own threads.
func require(_ condition: Bool, _ what: @autoclosure () -> String, line: Int = #line) throws {
    if !condition { throw LinkTestError("line \(line): \(what())") }
}
