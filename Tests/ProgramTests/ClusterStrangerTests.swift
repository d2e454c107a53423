import EventLoop
import Foundation
import Glibc
import LoadModel
import TestServers
import Testing
import ZeroMQ

extension ClusterTests {
    /// Whoever is no worker has no effect on a run but a count and a few lines.
    struct StrangerTests {
        private static let messages = 100_000
        /// CICADA_TEST_STRANGERS asks for more of them.
        private static let connections = ProcessInfo.processInfo.environment["CICADA_TEST_STRANGERS"].flatMap { Int($0) } ?? 50_000

        /// What strangers left of a run of two workers.
        private static func expectUnharmed(_ end: FleetEnd, seconds: Double, mostKilobytes: Int = 300_000) throws {
            #expect(end.master.exitCode == 130 && end.isComplete, "\(end.unexplained ?? "") \(end)")
            // Our own signal has ended it.
            #expect(end.master.errors.contains("stopping: ") && end.workers.values.allSatisfy { $0.exitCode == 0 }, "\(end)")
            let result = try #require(end.result)
            #expect(result.workers.compactMap(\.name).sorted() == ["a", "b"] && result.total.failures == 0, "\(end)")
            // Users never stop: twenty requests a second from each of them, so long at least.
            #expect(Double(result.merged) > 0.6 * 20 * 20 * seconds, "\(result.merged) in \(seconds) s")
            let lines = end.master.errors.split(separator: "\n")
            #expect(lines.count < 400, "\(lines.count) lines")
            #expect(lines.count { $0.contains("turned away, without effect on the result") } == 1)
            #expect(end.master.peakMemoryKilobytes < mostKilobytes, "\(end.master.peakMemoryKilobytes) KB")
            #expect(!end.master.output.contains("vm_"), "\(end.master.output)")
        }

        /// Damaged messages, sound ones that no worker here would send, and those of a worker repeated, over connections that anybody may make.
        @Test func aHundredThousandStrangeMessagesHarmNothing() async throws {
            let (end, seconds) = try await onOwnThread {
                let fleet = try Fleet(.init(runTime: "10m", isPlain: true))
                try fleet.startMaster()
                let relay = try MessageRelay(to: fleet.port, [])
                for name in ["a", "b"] { try fleet.startWorker(name, port: relay.port) }
                try fleet.waitForUsers()
                guard becomesTrue({ relay.tallies["stats"]?.passed ?? 0 >= 2 }) else { throw RawConnectionError(what: "no deltas") }
                let recorded = relay.recorded
                let start = monotonicSeconds()
                let context = try MessageContext()
                var strange = try StrangeMessages(seed: 1)
                for batch in 0..<10 {
                    // Each under a new routing id.
                    let socket = try Self.connect(context, fleet.port)
                    for number in 0..<Self.messages / 10 {
                        try Self.send(number % 10 == 9 ? recorded[number / 10 % recorded.count] : strange.next(), socket)
                    }
                    if batch == 5 { try Self.send([UInt8](repeating: 0xC0, count: 65 << 20), socket) }
                }
                let seconds = monotonicSeconds() - start
                sleep(1)
                fleet.master?.signal(SIGINT)
                return (try fleet.finish(), seconds)
            }
            try Self.expectUnharmed(end, seconds: seconds)
            print("\(Self.messages) strange messages took \(seconds) s")
        }

        /// A worker's words again and again, for longer than its lease, over a connection of somebody else's: it keeps its own, and its load goes on.
        @Test func aWorkersWordsDoNotTakeItsPlace() async throws {
            let end = try await onOwnThread {
                let fleet = try Fleet(.init(runTime: "10m", expectedWorkers: 1, isPlain: true))
                try fleet.startMaster()
                let relay = try MessageRelay(to: fleet.port, [])
                try fleet.startWorker("a", port: relay.port)
                try fleet.waitForUsers()
                guard becomesTrue({ relay.tallies["stats"]?.passed ?? 0 >= 1 }) else { throw RawConnectionError(what: "no deltas") }
                let (recorded, start) = (relay.recorded, monotonicSeconds())
                let socket = try Self.connect(MessageContext(), fleet.port)
                while monotonicSeconds() < start + 6 {
                    for message in recorded { try Self.send(message, socket) }
                    usleep(2_000)
                }
                fleet.master?.signal(SIGINT)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 130 && end.isComplete, "\(end)")
            #expect(end.workers["a"]?.errors.contains("load stopped") == false, "\(end)")
            #expect(end.master.errors.contains("messages over connections that were not their worker's"), "\(end)")
        }

        /// Whatever comes in over TCP, and a worker's own bytes again.
        @Test func tensOfThousandsOfStrangeConnectionsHarmNothing() async throws {
            let (end, seconds) = try await onOwnThread {
                let fleet = try Fleet(.init(runTime: "10m"))
                try fleet.startMaster()
                let relay = try TCPRelay(to: fleet.port, keepsBytes: true)
                try fleet.startWorker("a", port: relay.port)
                try fleet.startWorker("b")
                try fleet.waitForUsers()
                let (recorded, port) = (relay.recordedFromClients, fleet.port)
                let start = monotonicSeconds()
                let threads = try (0..<2).map { thread in
                    try OSThread(name: "strangers") {
                        var random = SplitMix64(seed: UInt64(thread))
                        for number in 0..<Self.connections / 2 {
                            guard let peer = try? StrangePeer(port: port) else { continue }
                            peer.send(StrangePeer.words(number, recorded: recorded, &random))
                            if number % 10 == 0 { _ = peer.receive(milliseconds: 1) }
                        }
                    }
                }
                try Self.knockWithForeignKeys(port)
                for thread in threads { thread.join() }
                let seconds = monotonicSeconds() - start
                sleep(1)
                fleet.master?.signal(SIGINT)
                return (try fleet.finish(), seconds)
            }
            // Where libzmq's thread has to wait for a core, all that descriptors allow may be open at a time: 20,000, of some 40 kB each.
            try Self.expectUnharmed(end, seconds: seconds, mostKilobytes: 800_000)
            #expect(end.master.errors.contains("it has the join token of another master"), "\(end.master.errors)")
            print("\(Self.connections) strange connections took \(seconds) s")
        }

        /// Connections that say nothing take all descriptors that the master has: the run goes on, and who comes later joins when they have gone.
        @Test func connectionsThatUseUpTheDescriptorsHoldOnlyNewWorkersUp() async throws {
            let end = try await onOwnThread {
                let fleet = try Fleet(.init(runTime: "10m"))
                try fleet.startMaster(["--csv", "\(fleet.folder.path)/csv"], shell: "ulimit -n 100; exec")
                for name in ["a", "b"] { try fleet.startWorker(name) }
                try fleet.waitForUsers()
                var strangers: [Int32] = []
                for _ in 0..<300 { strangers.append(try Loopback.connect(port: fleet.port)) }
                let late = try fleet.startWorker("late")
                sleep(3)
                let isOut = !late.errors.contains("found the master")
                for descriptor in strangers { close(descriptor) }
                guard isOut, late.writes("found the master") else { throw RawConnectionError(what: "out: \(isOut), then \(late.errors)") }
                sleep(1)
                fleet.master?.signal(SIGINT)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 130 && end.isComplete, "\(end)")
            #expect(end.result?.workers.compactMap(\.name).sorted() == ["a", "b", "late"], "\(end)")
            #expect(end.master.errors.contains("turned away, without effect on the result"), "\(end)")
        }

        /// Peers with another master's token, and one without any.
        private static func knockWithForeignKeys(_ port: Int) throws {
            let context = try MessageContext()
            for number in 0..<20 {
                let socket = try WorkerSocket(
                    context, host: "127.0.0.1", port: port, security: number == 0 ? .plain : .curve(MasterKey.new().joinToken),
                    limits: LinkLimits(greatestMessage: 1 << 20))
                var isRefused = false
                guard
                    becomesTrue({
                        isRefused = isRefused || socket.takeEvents().contains { if case .refused = $0 { true } else { false } }
                        return isRefused
                    })
                else { throw RawConnectionError(what: "a foreign key was not refused") }
            }
        }

        private static func connect(_ context: MessageContext, _ port: Int) throws -> WorkerSocket {
            try WorkerSocket(
                context, host: "127.0.0.1", port: port, security: .plain, limits: LinkLimits(greatestMessage: 1 << 20), linger: .seconds(1))
        }

        private static func send(_ bytes: [UInt8], _ socket: WorkerSocket) throws {
            guard becomesTrue({ socket.send(bytes) }) else { throw RawConnectionError(what: "the master takes nothing any more") }
            while socket.receive({ _ in }) {}
        }
    }
}
