import EventLoop
import Foundation
import LocustLink
import TestServers
import ZeroMQ

/// A peer of a master's Locust port that says whatever a test wants, under an id of its own. Blocking: use it on a thread of your own.
final class LocustStranger {
    let id: String
    private let socket: WorkerSocket
    /// What the master has told it so far.
    private(set) var heard: [LocustMasterMessage] = []

    init(port: Int, id: String) throws {
        self.id = id
        socket = try WorkerSocket(
            MessageContext(), host: "127.0.0.1", port: port, security: .plain, limits: LinkLimits(greatestMessage: 1 << 20),
            routingID: Array(id.utf8), linger: .seconds(1))
        guard becomesTrue({ socket.canSend }) else { throw RawConnectionError(what: "no connection to port \(port)") }
    }

    /// Sends bytes as they are.
    func send(_ bytes: [UInt8]) { _ = becomesTrue { socket.send(bytes) } }

    /// Says something, in the name of somebody else if one is given.
    func say(_ message: LocustWorkerMessage, as other: String? = nil) { send(message.encoded(nodeID: other ?? id)) }

    /// Waits until the master has told it something like that, ten seconds at most, with a sign of life every second.
    func hears(_ isWanted: (LocustMasterMessage) -> Bool) -> Bool {
        var nextHeartbeat = monotonicSeconds() + 1
        return becomesTrue {
            if monotonicSeconds() >= nextHeartbeat {
                nextHeartbeat += 1
                say(.heartbeat(LocustHeartbeat(activity: .running)))
            }
            while socket.receive({ bytes in (try? LocustMasterMessage.decode(bytes)).map { heard.append($0.message) } }) {}
            return heard.contains(where: isWanted)
        }
    }

    /// A report of so many requests to a name, each of 10 ms.
    static func report(_ requests: Int64, name: String) -> LocustWorkerMessage {
        var report = LocustReport(total: .total(startTime: 0))
        var entry = LocustEntry(name: name, method: "GET", startTime: 0)
        entry.requests = requests
        entry.totalResponseTime = Double(requests) * 10
        (entry.minResponseTime, entry.maxResponseTime) = (10, 10)
        entry.responseTimes = [LocustCount(10, requests)]
        report.entries = [entry]
        report.total.requests = requests
        return .report(report)
    }

    /// What makes Locust's own master deaf for good, what makes it count twice, and noise.
    static func damage(id: String) -> [[UInt8]] {
        let tail = [0xA0 | UInt8(id.utf8.count)] + Array(id.utf8)
        let exception: [UInt8] = [0x93, 0xA9] + Array("exception".utf8) + [0xC0] + tail
        let quit: [UInt8] = [0x93, 0xA4] + Array("quit".utf8) + [0xC0]
        return [
            [0xC1], [0x80], [0xC0], [0x93, 0xA5, 0x71], exception, quit + tail + [0x00], quit + [0xA2, 0xFF, 0xFE], [],
            [0x93, 0x01, 0x02, 0x03],
            [0xDD, 0xFF, 0xFF, 0xFF, 0xFF], Array("GET / HTTP/1.1\r\n\r\n".utf8),
        ]
    }
}
