import EventLoop
import Wire
import ZeroMQ

/// A worker's way to its master, owned by the worker's thread; no call blocks.
///
/// The descriptors are hints: before every wait `receive` is to be called until it answers with nothing.
package protocol WorkerLink {
    /// What to watch for readability. Changes with `reconnect`.
    var descriptors: [Int32] { get }

    /// What has come in since the last call, in order.
    mutating func receive() -> [WorkerLinkInput]

    /// Hands a message over. What cannot be handed over is forgotten: the state sends again what matters.
    mutating func send(_ message: WorkerMessage)

    /// Drops the connection and makes another.
    mutating func reconnect()
}

/// What comes out of a worker's link.
package enum WorkerLinkInput: Sendable {
    case message(MasterMessage)
    /// There is a connection, or another one than before.
    case connected
    /// Something about the connection that people at the worker want to know.
    case notice(Notice)
}

/// The way to a master in the same process.
package struct LocalWorkerLink: WorkerLink, Sendable {
    private let orders: Mailbox<MasterMessage>
    private let report: @Sendable (WorkerMessage) -> Void
    private var isNew = true

    /// `orders`: where the master leaves its messages; `report` takes the worker's.
    package init(orders: Mailbox<MasterMessage>, report: @escaping @Sendable (WorkerMessage) -> Void) {
        self.orders = orders
        self.report = report
    }

    package var descriptors: [Int32] { [orders.descriptor] }

    package mutating func receive() -> [WorkerLinkInput] {
        defer { isNew = false }
        return (isNew ? [.connected] : []) + orders.drain().map { .message($0) }
    }

    package mutating func send(_ message: WorkerMessage) { report(message) }

    package mutating func reconnect() {}
}

/// The way to a master over ZeroMQ.
package struct SocketWorkerLink: WorkerLink {
    private let context: MessageContext
    private let host: String
    private let port: Int
    private let security: () -> WorkerSecurity
    private let name: String
    private var socket: WorkerSocket?
    /// What the last attempts came to, and how many in a row it was.
    private var trouble = (reason: "", count: 0)

    /// `security` is asked for each connection; `name`: the worker's id. Throws `LinkError` for what cannot be an address, or when the process has no descriptor left.
    package init(host: String, port: Int, security: @escaping () -> WorkerSecurity, name: String) throws {
        context = try MessageContext()
        self.host = host
        self.port = port
        self.security = security
        self.name = name
        socket = try Self.connect(context, host, port, security())
    }

    package var descriptors: [Int32] { socket?.descriptors ?? [] }

    package mutating func receive() -> [WorkerLinkInput] {
        guard let socket else { return [] }
        var inputs: [WorkerLinkInput] = []
        var isLost = false
        for event in socket.takeEvents() {
            switch event {
            case .connected:
                inputs.append(.connected)
                trouble = ("", 0)
            case .disconnected: isLost = true
            case .unreachable(let reason), .refused(let reason):
                trouble = reason == trouble.reason ? (reason, trouble.count + 1) : (reason, 1)
                // Once is nothing: a master that is being started, or started again, looks like this.
                if trouble.count == 3 { inputs.append(.notice(Notice("\(reason); trying again", isWarning: true))) }
            }
        }
        var hasMore = true
        while hasMore {
            hasMore = socket.receive { bytes in
                do {
                    let (message, nodeID) = try MasterMessage.decode(bytes)
                    if nodeID == name { inputs.append(.message(message)) }
                } catch {
                    inputs.append(.notice(Notice("a message of the master cannot be read: \(error)", isWarning: true)))
                }
            }
        }
        // Its routing id may still be taken at the master's end: a new connection gets a new one.
        if isLost { reconnect() }
        return inputs
    }

    package mutating func send(_ message: WorkerMessage) { _ = socket?.send(message.encoded(nodeID: name)) }

    package mutating func reconnect() {
        socket = nil
        // Without a descriptor there is no socket for now; the state asks again.
        socket = try? Self.connect(context, host, port, security())
    }

    private static func connect(
        _ context: MessageContext, _ host: String, _ port: Int, _ security: WorkerSecurity
    ) throws -> WorkerSocket {
        try WorkerSocket(
            context, host: host, port: port, security: security,
            limits: LinkLimits(greatestMessage: Protocol.largestMasterMessage, queuedMessages: 1000), linger: .seconds(1))
    }
}
