import EventLoop
import Wire
import ZeroMQ

/// A master's way to its workers, owned by the master's thread; no call blocks.
///
/// The descriptors are hints: before every wait `receive` is to be called until it answers false.
package protocol MasterLink {
    /// What to watch for readability.
    var descriptors: [Int32] { get }

    /// Hands over what has come in, some of it at a time, in order. Answers false when nothing is left.
    mutating func receive(_ body: (MasterLinkInput) -> Void) -> Bool

    /// Hands a message over. What cannot be handed over is forgotten: the state sends again what matters.
    mutating func send(_ message: MasterMessage, to peer: Peer)

    /// Answers an operator, who is known by the message that came in.
    mutating func answer(_ reply: OperatorReply, to caller: OperatorCaller)
}

/// What comes out of a master's link.
package enum MasterLinkInput {
    /// A worker's word; `bytes` is the message as it came, valid only during the call, empty where there is none.
    case message(Peer, WorkerMessage, bytes: UnsafeRawBufferPointer)
    case operation(OperatorMessage, OperatorCaller)
    /// Something that people at the master want to know.
    case notice(Notice)
}

/// Where the answer to an operator goes.
package struct OperatorCaller: Sendable {
    let route: Route
    let name: String
}

/// The way to the one worker in the same process.
package struct LocalMasterLink: MasterLink {
    /// That worker.
    package static let worker = Peer(name: "local", session: 0)

    private let reports: Mailbox<WorkerMessage>
    private let orders: Mailbox<MasterMessage>

    /// `reports`: where the worker leaves its messages; `orders`: where it reads the master's.
    package init(reports: Mailbox<WorkerMessage>, orders: Mailbox<MasterMessage>) {
        self.reports = reports
        self.orders = orders
    }

    package var descriptors: [Int32] { [reports.descriptor] }

    package mutating func receive(_ body: (MasterLinkInput) -> Void) -> Bool {
        let messages = reports.drain()
        for message in messages { body(.message(Self.worker, message, bytes: UnsafeRawBufferPointer(start: nil, count: 0))) }
        return !messages.isEmpty
    }

    package mutating func send(_ message: MasterMessage, to peer: Peer) { orders.post(message) }

    package mutating func answer(_ reply: OperatorReply, to caller: OperatorCaller) {}
}

/// The way to workers over ZeroMQ. What cannot be read is counted, told once for each sender, and dropped.
package struct SocketMasterLink: MasterLink {
    /// Senders of damaged messages that are remembered.
    private static let mostComplaints = 1000

    private let socket: MasterSocket
    /// The connection over which each worker last said hello, and the other way round.
    private var routes: [Peer: Route] = [:]
    private var peers: [Route: Peer] = [:]
    private var complaints: Set<String> = []
    /// Messages that could not be read.
    package private(set) var unreadable = 0

    package init(socket: MasterSocket) { self.socket = socket }

    package var descriptors: [Int32] { socket.descriptors }

    package mutating func receive(_ body: (MasterLinkInput) -> Void) -> Bool {
        var isBusy = socket.process()
        for refusal in socket.takeRefusals() { body(.notice(Notice("\(refusal)", isWarning: true))) }
        // A few at a time, so that a flood of messages does not keep the clock from being looked at.
        for _ in 0..<64 {
            let received = socket.receive { sender, bytes in
                do {
                    let (message, name) = try WorkerMessage.decode(bytes)
                    if case .hello(let hello) = message { learn(Peer(name: name, session: hello.session), sender.route) }
                    guard let peer = peers[sender.route], peer.name == name else {
                        // A connection that has not said who it is: a worker of an earlier master. It is asked to.
                        if case .heartbeat = message {
                            let question = MasterMessage.heartbeat(HeartbeatReply(sequence: 0, run: 0))
                            _ = socket.send(question.encoded(nodeID: name), to: sender.route)
                        }
                        return
                    }
                    body(.message(peer, message, bytes: bytes))
                } catch {
                    if sender.isOperator, let (message, name) = try? OperatorMessage.decode(bytes) {
                        return body(.operation(message, OperatorCaller(route: sender.route, name: name)))
                    }
                    unreadable += 1
                    let text = "a message cannot be read and was dropped: \(error)"
                    if complaints.count < Self.mostComplaints, complaints.insert("\(error)").inserted {
                        body(.notice(Notice(text, isWarning: true)))
                    }
                }
            }
            if !received { break }
            isBusy = true
        }
        return isBusy
    }

    package mutating func send(_ message: MasterMessage, to peer: Peer) {
        guard let route = routes[peer] else { return }
        if socket.send(message.encoded(nodeID: peer.name), to: route) == .gone { forget(peer) }
    }

    private mutating func learn(_ peer: Peer, _ route: Route) {
        if routes[peer] == route { return }
        forget(peer)
        if let earlier = peers[route] { forget(earlier) }
        routes[peer] = route
        peers[route] = peer
    }

    private mutating func forget(_ peer: Peer) {
        if let route = routes.removeValue(forKey: peer) { peers[route] = nil }
    }

    package mutating func answer(_ reply: OperatorReply, to caller: OperatorCaller) {
        _ = socket.send(reply.encoded(nodeID: caller.name), to: caller.route)
    }
}
