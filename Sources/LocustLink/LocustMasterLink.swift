import Cluster
import EventLoop
import Wire
import ZeroMQ

/// A master's way to Locust workers: Locust's messages over a ROUTER without encryption. What cannot be read is counted and dropped; the first few kinds of
/// damage are told. On the master's thread.
package struct LocustMasterLink: MasterLink {
    /// Kinds of damage that are told; beyond it damaged messages are only counted.
    private static let mostComplaints = 20
    /// What depends on time is looked at so often.
    private static let tickNanoseconds: Int64 = 100_000_000

    private let socket: MasterSocket
    private var fleet: LocustFleet
    /// What `MasterState` is to be told at the next call.
    private var waiting: [LocustFleet.Output] = []
    private var complaints: Set<String> = []
    private var unreadable = 0
    private var foreign = 0
    private var nextTick: Int64 = 0

    /// `socket`: without encryption, with `takesOver`.
    package init(socket: MasterSocket, _ settings: LocustFleetSettings) {
        self.socket = socket
        fleet = LocustFleet(settings)
    }

    package var descriptors: [Int32] { socket.descriptors }

    /// Locust's workers wait for nothing: what a thousand of them say is looked at in 200 turns a second.
    package var restNanoseconds: Int64 { 5_000_000 }

    package var turnedAway: TurnedAway {
        var all = TurnedAway()
        all.unreadable = unreadable + socket.malformedMessages
        all.foreign = foreign + fleet.foreign
        all.peers = socket.refusedPeers
        return all
    }

    package mutating func receive(_ body: (MasterLinkInput) -> Void) -> Bool {
        var isBusy = socket.process()
        for refusal in socket.takeRefusals() { body(.notice(Notice("\(refusal)", isWarning: true))) }
        let now = MonotonicClock.nanoseconds()
        let waited = waiting
        waiting = []
        isBusy = carryOut(waited, body) || isBusy
        // A few at a time, so that a flood of messages does not keep the clock from being looked at.
        for _ in 0..<64 {
            guard socket.receive({ sender, bytes in take(bytes, from: sender, now: now, body) }) else { break }
            isBusy = true
        }
        isBusy = carryOut(fleet.flush(), body) || isBusy
        if now >= nextTick {
            nextTick = now + Self.tickNanoseconds
            isBusy = carryOut(fleet.tick(now: now, wall: Self.wall), body) || isBusy
        }
        return isBusy
    }

    package mutating func send(_ message: MasterMessage, to peer: Peer) {
        for output in fleet.take(message, to: peer, now: MonotonicClock.nanoseconds(), wall: Self.wall) {
            if case .send(let message, let id) = output { send(message, to: id) } else { waiting.append(output) }
        }
    }

    package mutating func answer(_ reply: OperatorReply, to caller: OperatorCaller) {
        _ = socket.send(reply.encoded(nodeID: caller.name), to: caller.route)
    }

    // MARK: - Parts

    private static var wall: Double { Double(WallClock.nanoseconds()) / 1e9 }

    private mutating func take(
        _ bytes: UnsafeRawBufferPointer, from sender: MasterSocket.Sender, now: Int64, _ body: (MasterLinkInput) -> Void
    ) {
        do {
            let (message, id) = try LocustWorkerMessage.decode(bytes)
            if case .other = message, sender.isOperator, let (operation, name) = try? OperatorMessage.decode(bytes) {
                return body(.operation(operation, OperatorCaller(route: sender.route, name: name)))
            }
            // A worker's id is its routing id; who names another one is not that worker.
            guard sender.route == Route(id) else {
                foreign += 1
                return
            }
            _ = carryOut(fleet.take(message, from: id, now: now), body)
        } catch {
            if let (message, id) = try? WorkerMessage.decode(bytes) { return refuse(message, from: id, over: sender.route, body) }
            unreadable += 1
            complain("a message cannot be read and was dropped: \(error)", body)
        }
    }

    /// A Cicada worker has come: it is told to go, and why.
    private mutating func refuse(
        _ message: WorkerMessage, from id: String, over route: Route, _ body: (MasterLinkInput) -> Void
    ) {
        foreign += 1
        guard case .hello = message else { return }
        let reason =
            "this master takes Locust's workers (it was started with --locust-port): give Cicada's workers a master of their own, or start them with --locust"
        _ = socket.send(MasterMessage.quit(reason: reason).encoded(nodeID: id), to: route)
        complain("refused: worker \(id) is Cicada's, and this master takes Locust's workers (--locust-port)", body)
    }

    private mutating func complain(_ words: String, _ body: (MasterLinkInput) -> Void) {
        guard complaints.count < Self.mostComplaints, complaints.insert(words).inserted else { return }
        body(.notice(Notice(words, isWarning: true)))
        if complaints.count == Self.mostComplaints {
            body(.notice(Notice("further messages that cannot be used are only counted", isWarning: true)))
        }
    }

    private func send(_ message: LocustMasterMessage, to id: String) { _ = socket.send(message.encoded(nodeID: id), to: Route(id)) }

    /// Answers whether `MasterState` has got anything.
    private func carryOut(_ outputs: [LocustFleet.Output], _ body: (MasterLinkInput) -> Void) -> Bool {
        var hasTold = false
        for output in outputs {
            switch output {
            case .send(let message, let id): send(message, to: id)
            case .say(let notice): body(.notice(notice))
            case .tell(let peer, let message):
                hasTold = true
                body(.message(peer, message, bytes: UnsafeRawBufferPointer(start: nil, count: 0)))
            }
        }
        return hasTold
    }
}
