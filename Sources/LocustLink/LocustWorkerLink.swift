import Cluster
import EventLoop
import Foundation
import Wire
import ZeroMQ

/// The way to a Locust master: a socket of its own, and a translator between what it says and what `WorkerState` says.
///
/// The time for the translator's own waits comes with the worker's heartbeats, four a second, and with all that comes in.
package final class LocustWorkerLink: WorkerLink {
    private let context: MessageContext
    private let host: String
    private let port: Int
    private let name: String
    private var socket: WorkerSocket?
    private var translator: LocustWorkerTranslator
    private var inputs: [WorkerLinkInput] = []
    /// What the last attempts to connect came to, and how many in a row it was.
    private var trouble = (reason: "", count: 0)
    private var unreadable = 0
    /// When the next connection is made, if there is none.
    private var connectAt: Int64 = 0

    /// `name`: the worker's id, which is the socket's routing id too. `patience`: how long it does without a master's word. Throws `LinkError` for what cannot be an address, or when the process has no
    /// descriptor left; and what is wrong with the plan.
    package init(
        host: String, port: Int, name: String, patience: Int64, makePlan: @escaping (LocustTerms) throws -> LocustPlan
    ) throws {
        translator = try LocustWorkerTranslator(
            firstRun: RandomBytes.uint64(), leaseNanoseconds: min(patience, LocustWorkerTranslator.leaseNanoseconds), now: Self.now,
            makePlan: makePlan)
        context = try MessageContext()
        self.host = host
        self.port = port
        self.name = name
        socket = try Self.connect(context, host: host, port: port, name: name)
    }

    /// Whether the master has told this worker to end: another run is not to be waited for.
    package var isDismissed: Bool { translator.isDismissed }

    /// Whether the master has not been heard for too long.
    package var isOrphaned: Bool { translator.isOrphaned }

    package var descriptors: [Int32] { socket?.descriptors ?? [] }

    package func receive() -> [WorkerLinkInput] {
        // Without a descriptor there was no socket; perhaps there is one now.
        if socket == nil, MonotonicClock.nanoseconds() >= connectAt {
            socket = try? Self.connect(context, host: host, port: port, name: name)
        }
        for event in socket?.takeEvents() ?? [] { take(event) }
        var hasMore = true
        while hasMore, let socket { hasMore = socket.receive { take($0) } }
        perform(.tick(canSend: socket?.canSend ?? false))
        defer { inputs = [] }
        return inputs
    }

    package func send(_ message: WorkerMessage) { perform(.worker(message)) }

    /// Nothing: libzmq connects again by itself, under the same id, which is what a Locust master expects.
    package func reconnect() {}

    private func take(_ event: LinkEvent) {
        switch event {
        case .connected:
            trouble = ("", 0)
            inputs.append(.connected)
            perform(.connected)
        case .disconnected: perform(.lost)
        // Once is nothing: a master that is being started, or started again, looks like this.
        case .unreachable(let reason): tell(trouble: reason, atTime: 3)
        case .refused:
            tell(trouble: "what listens at \(host):\(port) is no Locust master", atTime: 1)
            // libzmq may not try again by itself.
            perform(.lost)
            socket = nil
            connectAt = MonotonicClock.nanoseconds() + 1_000_000_000
        }
    }

    private func tell(trouble reason: String, atTime time: Int) {
        trouble = reason == trouble.reason ? (reason, trouble.count + 1) : (reason, 1)
        if trouble.count == time { inputs.append(.notice(Notice("\(reason); trying again", isWarning: true))) }
    }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        do {
            let (message, nodeID) = try LocustMasterMessage.decode(bytes)
            if nodeID == name { perform(.master(message)) }
        } catch {
            unreadable += 1
            if unreadable == 1 {
                inputs.append(.notice(Notice("a message of the Locust master cannot be read and is dropped: \(error)", isWarning: true)))
            }
        }
    }

    private func perform(_ event: LocustWorkerTranslator.Event) {
        for action in translator.event(event, now: Self.now) {
            switch action {
            case .tell(let message): inputs.append(.message(message))
            case .send(let message):
                let isTaken = socket?.send(message.encoded(nodeID: name)) ?? false
                if case .report = message { translator.reportWasTaken(isTaken) }
            case .say(let notice): inputs.append(.notice(notice))
            case .reconnect:
                // The master takes no second connection under one id: the first one goes, with all that waits in it.
                socket?.forgetUnsent()
                socket = nil
                connectAt = MonotonicClock.nanoseconds() + 100_000_000
            }
        }
    }

    private static var now: LocustMoment {
        LocustMoment(monotonic: MonotonicClock.nanoseconds(), wall: Date().timeIntervalSince1970)
    }

    private static func connect(_ context: MessageContext, host: String, port: Int, name: String) throws -> WorkerSocket {
        try WorkerSocket(
            context, host: host, port: port, security: .plain,
            limits: LinkLimits(greatestMessage: LocustBounds.masterMessage, queuedMessages: 1000), routingID: Array(name.utf8),
            linger: .seconds(2))
    }
}
