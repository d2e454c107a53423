import Foundation
import Glibc
import TestServers
import Testing
import ZeroMQ

extension ClusterTests {
    /// Whoever is no worker has no effect on a run but a count and a few lines.
    struct StrangerTests {
        private static let messages = 100_000

        @Test func aHundredThousandStrangeMessagesHarmNothing() async throws {
            let (end, seconds) = try await onOwnThread {
                let fleet = try Fleet(.init(runTime: "2m", isPlain: true))
                try fleet.startMaster()
                let relay = try MessageRelay(to: fleet.port, [])
                for name in ["a", "b"] { try fleet.startWorker(name, port: relay.port) }
                try fleet.waitForUsers()
                sleep(1)
                let start = monotonicSeconds()
                let context = try MessageContext()
                let recorded = relay.recorded
                var strange = try StrangeMessages(seed: 1)
                var sent = 0
                while sent < Self.messages {
                    // A connection under a new routing id for each batch.
                    let socket = try WorkerSocket(
                        context, host: "127.0.0.1", port: fleet.port, security: .plain, limits: LinkLimits(greatestMessage: 1 << 20),
                        linger: .seconds(1))
                    for number in 0..<10_000 {
                        let bytes = number % 10 == 9 ? recorded[number / 10 % recorded.count] : strange.next()
                        guard becomesTrue({ socket.send(bytes) }) else {
                            throw RawConnectionError(what: "the master takes nothing any more")
                        }
                        sent += 1
                        while socket.receive({ _ in }) {}
                    }
                }
                let seconds = monotonicSeconds() - start
                sleep(1)
                fleet.master?.signal(SIGINT)
                return (try fleet.finish(), seconds)
            }
            print("TOOK", seconds)
            print(end.master.errors.split(separator: "\n").count, end.master.errors.prefix(6000))
            print(end.master.output.prefix(5000))
            #expect(end.master.exitCode == 130 && end.isComplete, "\(end.unexplained ?? "") \(end)")
        }
    }
}
