import Cluster
import EventLoop
import LoadModel
import ZeroMQ

/// `--linger`: the time after a run in which its result can be fetched, before the process ends.
struct Linger {
    /// Between two signs of life.
    private static let turnNanoseconds: Int64 = 1_000_000_000

    let nanoseconds: Int64

    /// Waits until it is over, or a signal comes. `socket`: what workers speak to.
    func hold(_ web: WebFace, signals: SignalInbox, socket: MasterSocket?, log: Log) throws {
        let end = MonotonicClock.nanoseconds() + nanoseconds
        log(
            .info,
            "the result stays at \(web.address)/result for \(DurationText.words(nanoseconds: nanoseconds)) (--linger); SIGTERM or Ctrl-C ends that"
        )
        let poller = try Poller()
        poller.add(signals.descriptor, bits: Poller.readable, token: 0)
        var door = socket.map { ClosedDoor(link: SocketMasterLink(socket: $0)) }
        for descriptor in door?.link.descriptors ?? [] { poller.add(descriptor, bits: Poller.readable, token: 1) }
        while true {
            if signals.take() > 0 { return }
            while door?.answer() == true {}
            let now = MonotonicClock.nanoseconds()
            if now >= end { return }
            web.comeBy()
            _ = poller.wait(nanoseconds: min(end - now, Self.turnNanoseconds))
        }
    }
}

/// Tells workers that come after a run that it is over.
private struct ClosedDoor {
    var link: SocketMasterLink

    /// Takes some of what has come in. Answers whether there may be more.
    mutating func answer() -> Bool {
        var callers: [Peer] = []
        let hasMore = link.receive { input in
            if case .message(let peer, .hello, _) = input { callers.append(peer) }
        }
        for peer in callers { link.send(.quit(reason: nil), to: peer) }
        return hasMore
    }
}
