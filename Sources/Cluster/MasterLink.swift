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

    /// What was turned away so far.
    var turnedAway: TurnedAway { get }

    /// So long more may come in after the first message, before the master looks: one awakening for many messages. 0: it looks at once.
    var restNanoseconds: Int64 { get }
}

extension MasterLink {
    package var restNanoseconds: Int64 { 0 }
}

/// What came to a master from others than its workers, and had no effect.
package struct TurnedAway: Sendable, Equatable {
    /// Messages that could not be read.
    package var unreadable = 0
    /// Messages over a connection that was not, or not any more, that of the worker which they named.
    package var foreign = 0
    /// Connections that were not let in: a peer that tries again counts again.
    package var peers = 0

    package init() {}

    /// In words; nil: nothing was turned away that deserves any.
    package var words: String? {
        let parts = [
            unreadable > 0 ? "\(unreadable) message\(unreadable == 1 ? "" : "s") that could not be read" : nil,
            foreign > 0 ? "\(foreign) message\(foreign == 1 ? "" : "s") over connections that were not their worker's" : nil,
            peers > 0 ? "\(peers) connection\(peers == 1 ? "" : "s") that had no key or spoke something else" : nil,
        ].compactMap(\.self)
        return parts.isEmpty ? nil : "turned away, without effect on the result: " + parts.joined(separator: "; ")
    }
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
    package let route: Route
    package let name: String

    /// An operator who calls himself `name`.
    package init(route: Route, name: String) {
        self.route = route
        self.name = name
    }
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

    package var turnedAway: TurnedAway { TurnedAway() }
}

/// The way to workers over ZeroMQ. What cannot be read is counted and dropped; the first few are told.
package struct SocketMasterLink: MasterLink {
    /// Kinds of damage that are told; beyond it damaged messages are only counted.
    private static let mostComplaints = 20

    private let socket: MasterSocket
    private var routes = PeerRoutes()
    private var complaints: Set<String> = []
    private var unreadable = 0
    private var foreign = 0

    package init(socket: MasterSocket) { self.socket = socket }

    package var descriptors: [Int32] { socket.descriptors }

    package var turnedAway: TurnedAway {
        var all = TurnedAway()
        all.unreadable = unreadable + socket.malformedMessages
        all.foreign = foreign
        all.peers = socket.refusedPeers
        return all
    }

    package mutating func receive(_ body: (MasterLinkInput) -> Void) -> Bool {
        var isBusy = socket.process()
        for refusal in socket.takeRefusals() { body(.notice(Notice("\(refusal)", isWarning: true))) }
        let now = MonotonicClock.nanoseconds()
        // A few at a time, so that a flood of messages does not keep the clock from being looked at.
        for _ in 0..<64 {
            let received = socket.receive { sender, bytes in
                do {
                    let (message, name) = try WorkerMessage.decode(bytes)
                    if let peer = self.sender(of: message, named: name, over: sender.route, now: now) {
                        body(.message(peer, message, bytes: bytes))
                    }
                } catch {
                    if sender.isOperator, let (message, name) = try? OperatorMessage.decode(bytes) {
                        return body(.operation(message, OperatorCaller(route: sender.route, name: name)))
                    }
                    var words = "a message cannot be read and was dropped: \(error)"
                    if let name = LocustGreeting.sender(of: bytes) {
                        foreign += 1
                        words = "a Locust worker spoke: this master takes Cicada workers; start it with --locust-port"
                        _ = socket.send(MasterMessage.quit(reason: nil).encoded(nodeID: name), to: sender.route)
                    } else {
                        unreadable += 1
                    }
                    guard complaints.count < Self.mostComplaints, complaints.insert(words).inserted else { return }
                    body(.notice(Notice(words, isWarning: true)))
                    if complaints.count == Self.mostComplaints {
                        body(.notice(Notice("further messages that cannot be read are only counted", isWarning: true)))
                    }
                }
            }
            if !received { break }
            isBusy = true
        }
        return isBusy
    }

    package mutating func send(_ message: MasterMessage, to peer: Peer) {
        guard let route = routes.route(of: peer) else { return }
        if socket.send(message.encoded(nodeID: peer.name), to: route) == .gone { routes.close(peer) }
    }

    package mutating func answer(_ reply: OperatorReply, to caller: OperatorCaller) {
        _ = socket.send(reply.encoded(nodeID: caller.name), to: caller.route)
    }

    /// The worker that a message is from; nil: it is to be dropped.
    private mutating func sender(of message: WorkerMessage, named name: String, over route: Route, now: Int64) -> Peer? {
        if case .hello(let hello) = message {
            let peer = Peer(name: name, session: hello.session)
            // Only a message finds out whether a connection still exists. This one tells a worker nothing that it does not know.
            let (probe, socket) = (MasterMessage.acknowledge(delta: 0).encoded(nodeID: name), socket)
            if routes.hello(peer, over: route, now: now, isOpen: { socket.send(probe, to: $0) != .gone }) { return peer }
            foreign += 1
            return nil
        }
        if let peer = routes.heard(route, now: now), peer.name == name { return peer }
        if case .heartbeat = message {
            // A connection that has not said who it is: a worker of an earlier master. It is asked to.
            let question = MasterMessage.heartbeat(HeartbeatReply(sequence: 0, run: 0))
            _ = socket.send(question.encoded(nodeID: name), to: route)
        } else {
            foreign += 1
        }
        return nil
    }
}
