import CZeroMQ
import EventLoop
import Glibc
import TestServers
import Testing

@testable import ZeroMQ

extension SocketTests {
    /// Whoever is not let in has no effect: after each, a worker still gets an answer.
    struct StrangerTests {
        /// The start of a greeting of ZMTP 3.1 with a mechanism.
        private static func greeting(_ mechanism: String, version: [UInt8] = [3, 1]) -> [UInt8] {
            let name = Array(mechanism.utf8)
            return [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F] + version + name + [UInt8](repeating: 0, count: 20 - name.count + 32)
        }

        /// Whether one peer was refused. Where it came from is unknown when it has gone before anybody could ask.
        private static func are(_ refusals: [Refusal], _ reason: Refusal.Reason) -> Bool {
            refusals.count == 1 && refusals[0].reason == reason && [nil, "127.0.0.1"].contains(refusals[0].address)
        }

        private static func requireService(_ master: TestMaster, seconds: Double = 5, line: Int = #line) throws {
            let worker = try TestWorker(of: master)
            let nonce = RandomBytes.bytes(8)
            try pump(master, [worker], seconds: seconds, until: "sent, line \(line)") { worker.socket.send(nonce) }
            var route: Route?
            try pump(master, [worker], seconds: seconds, until: "received, line \(line)") {
                route = master.inbox.last { $0.bytes == nonce }?.route
                return route != nil
            }
            guard let route else { throw LinkTestError("no route") }
            try require(master.socket.send(nonce, to: route) == .sent, "send", line: line)
            try pump(master, [worker], seconds: seconds, until: "answered, line \(line)") { worker.inbox == [nonce] }
            master.inbox.removeAll { $0.bytes == nonce }
        }

        @Test func workerWithAnotherMastersTokenIsRefusedAndToldWhy() async throws {
            try await onOwnThread {
                let master = try TestMaster()
                let worker = try TestWorker(.curve(MasterKey.new().joinToken), port: master.socket.port)
                try pump(master, [worker], until: "refused") { !worker.refusals.isEmpty && master.socket.refusedPeers > 0 }
                try require(worker.refusals[0].contains("another master's"), worker.refusals[0])
                let refusals = master.socket.takeRefusals()
                try require(Self.are(refusals, .otherMaster), "\(refusals)")
                try require(!worker.isConnected && !worker.socket.send([1]), "not connected")
                try Self.requireService(master)
                try require(master.inbox.isEmpty, "messages")
            }
        }

        @Test func peerThatKnowsOnlyTheMastersPublicKeyIsRefused() async throws {
            try await onOwnThread {
                let master = try TestMaster()
                let token = JoinToken(serverPublicKey: master.key.server.publicKey, workers: MasterKey.new().workers)
                let worker = try TestWorker(.curve(token), port: master.socket.port)
                try pump(master, [worker], until: "refused") { !worker.refusals.isEmpty && master.socket.refusedPeers > 0 }
                try require(worker.refusals[0].contains("does not know our key"), worker.refusals[0])
                let refusals = master.socket.takeRefusals()
                try require(Self.are(refusals, .unknownKey), "\(refusals)")
                try Self.requireService(master)
                try require(master.socket.refusedPeers == 1 && master.inbox.isEmpty, "\(master.socket.refusedPeers) \(master.inbox.count)")
            }
        }

        @Test func joinTokenMakesNeitherMasterNorOperator() async throws {
            try await onOwnThread {
                let master = try TestMaster()
                let token = master.key.joinToken
                // As a master: a worker that expects the right one does not talk to it.
                let impostor = try TestMaster(key: try MasterKey(text: SecretText.masterKey.encode(token.workers.secretKey)))
                let worker = try TestWorker(.curve(token), port: impostor.socket.port)
                try pump(impostor, [worker], until: "refused") { !worker.refusals.isEmpty }
                // As an operator: all keys that can be derived from the token are tried.
                let guesses = [
                    token.workers.derived(for: "cicada operators 1\n"), token.workers.derived(for: "cicada workers 1\n"),
                    CurveKeyPair(secretKey: token.serverPublicKey),
                ]
                for guess in guesses {
                    let raw = try RawDealer(port: master.socket.port, RawDealer.joining(token, as: guess))
                    raw.send([[1]])
                    let before = master.socket.refusedPeers
                    try pump(master, until: "refused") { master.socket.refusedPeers > before }
                }
                try Self.requireService(master)
                try require(master.inbox.isEmpty, "messages")
            }
        }

        @Test func peersOfOtherMechanismsAreRefused() async throws {
            try await onOwnThread {
                let master = try TestMaster()
                let null = try TestWorker(.plain, port: master.socket.port)
                try pump(master, [null], until: "refused") { !null.refusals.isEmpty && master.socket.refusedPeers > 0 }
                try require(null.refusals[0].contains("--plain"), null.refusals[0])
                let plain = try RawDealer(port: master.socket.port) { socket in
                    zmq_setsockopt(socket, ZMQ_PLAIN_USERNAME, "operator", 8)
                    zmq_setsockopt(socket, ZMQ_PLAIN_PASSWORD, "secret", 6)
                }
                plain.send([[1]])
                try pump(master, until: "refused") { master.socket.refusedPeers > 1 }
                try Self.requireService(master)
                try require(master.inbox.isEmpty && !plain.hasMessage, "messages")
            }
        }

        @Test func oldAndForeignProtocolsAreRefusedAndSeeNoMoreThanAGreeting() async throws {
            try await onOwnThread {
                let master = try TestMaster()
                let openings: [(name: String, bytes: [UInt8])] = [
                    ("HTTP", Array("GET / HTTP/1.1\r\nHost: cicada\r\n\r\n".utf8)),
                    ("TLS", [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3] + RandomBytes.bytes(500)),
                    ("zeros", [UInt8](repeating: 0, count: 300)),
                    ("0xFF", [UInt8](repeating: 0xFF, count: 300)),
                    ("random", [0x80] + RandomBytes.bytes(5000)),
                    ("ZMTP 1.0", [1, 0, 6, 0] + Array("hello".utf8)),
                    ("ZMTP 1.0, 0xFF", [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 0, 5, 0] + Array("hello".utf8)),
                    ("ZMTP 2.0", [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 1, 5, 0, 0, 0, 5] + Array("hello".utf8)),
                    ("ZMTP 3, NULL", Self.greeting("NULL") + [4, 25, 5] + Array("READY".utf8) + [UInt8](repeating: 0, count: 19)),
                    ("ZMTP 3, unknown", Self.greeting("CICADA")),
                    ("short HELLO", Self.greeting("CURVE") + [4, 6, 5] + Array("HELLO".utf8)),
                    (
                        "false HELLO",
                        Self.greeting("CURVE") + [4, 200, 5] + Array("HELLO".utf8) + [1, 0] + RandomBytes.bytes(192)
                    ),
                    ("no command", Self.greeting("CURVE") + [0, 5] + Array("hello".utf8)),
                    ("endless HELLO", Self.greeting("CURVE") + [6, 0x7F] + [UInt8](repeating: 0xFF, count: 7) + RandomBytes.bytes(2000)),
                ]
                for (name, bytes) in openings {
                    let before = master.socket.refusedPeers
                    let stranger = try StrangeConnection(port: master.socket.port)
                    stranger.send(bytes)
                    var (seen, isEnded): ([UInt8], Bool) = ([], false)
                    try pump(master, seconds: 5, until: "\(name) is hung up on") {
                        let more = stranger.receive(milliseconds: 0)
                        (seen, isEnded) = (seen + more.bytes, more.isEnded)
                        return isEnded && master.socket.refusedPeers > before
                    }
                    // At most the 64 bytes of ZMTP's greeting: signature, version, mechanism, “is server”.
                    try require(seen.count <= 64, "\(name) saw \(seen.count) bytes")
                    try require(Self.isPrefixOfGreeting(seen), "\(name) saw \(seen)")
                }
                try Self.requireService(master)
                try require(master.inbox.isEmpty, "messages")
                for refusal in master.socket.takeRefusals() { try require(refusal.address ?? "127.0.0.1" == "127.0.0.1", "\(refusal)") }
            }
        }

        @Test func portProbeIsToldTenBytesUntilItSpeaks() async throws {
            let (silent, greeted) = try await onOwnThread {
                let master = try TestMaster()
                let probe = try StrangeConnection(port: master.socket.port)
                let speaking = try StrangeConnection(port: master.socket.port)
                speaking.send(Self.greeting("CURVE"))
                try pump(master, forSeconds: 0.3)
                let seen = (probe.receive(milliseconds: 0).bytes, speaking.receive(milliseconds: 0).bytes)
                try Self.requireService(master)
                return seen
            }
            #expect(silent == [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F])
            #expect(greeted.count == 64 && Self.isPrefixOfGreeting(greeted))
        }

        @Test func halfOpenConnectionsAreHungUpOnAndCounted() async throws {
            try await onOwnThread {
                let master = try TestMaster(handshake: .milliseconds(300))
                let silent = try StrangeConnection(port: master.socket.port)
                let stuck = try StrangeConnection(port: master.socket.port)
                stuck.send(Self.greeting("CURVE"))
                let slow = try StrangeConnection(port: master.socket.port)
                slow.send([0xFF, 0, 0])
                try pump(master, seconds: 5, until: "all are refused") { master.socket.refusedPeers == 3 }
                try require(silent.receive(milliseconds: 1000).isEnded && slow.receive(milliseconds: 1000).isEnded, "hung up")
                try require(stuck.receive(milliseconds: 1000).isEnded, "hung up")
                let refusals = master.socket.takeRefusals()
                try require(Self.are(refusals, .silent), "\(refusals)")
                try Self.requireService(master)
            }
        }

        @Test func messageThatIsTooLongDisconnectsItsSenderOnly() async throws {
            try await onOwnThread {
                let master = try TestMaster(greatestMessage: 100_000)
                let (bad, good) = (try TestWorker(of: master), try TestWorker(of: master))
                try pump(master, [bad, good], until: "sent") {
                    bad.isConnected && good.isConnected && bad.socket.send([UInt8](repeating: 1, count: 100_000))
                }
                try pump(master, [bad, good], until: "the longest") { master.inbox.count == 1 }
                try require(bad.socket.send([UInt8](repeating: 1, count: 100_100)), "send")
                try pump(master, [bad, good], until: "disconnected") { bad.events.contains(.disconnected) }
                try require(good.socket.send([2]), "send")
                try pump(master, [bad, good], until: "received") { master.inbox.last?.bytes == [2] }
                try require(master.inbox.count == 2, "messages")
                try Self.requireService(master)
            }
        }

        @Test func messagesOfMoreOrFewerFramesAreCountedAndDropped() async throws {
            try await onOwnThread {
                let master = try TestMaster()
                let raw = try RawDealer(port: master.socket.port, RawDealer.joining(master.key.joinToken))
                raw.send([[1], [2]])
                raw.send([[], [1], [2], [], [3]])
                raw.send([[7]])
                raw.send([])
                raw.send([[], []])
                raw.send([[8]])
                raw.send([[]])
                try pump(master, until: "received") { master.inbox.count == 3 }
                try require(master.inbox.map(\.bytes) == [[7], [8], []], "\(master.inbox)")
                try require(master.socket.malformedMessages == 3, "\(master.socket.malformedMessages)")
                try Self.requireService(master)
            }
        }

        @Test func strangeRoutingIdsDoNoHarm() async throws {
            try await onOwnThread {
                let master = try TestMaster()
                let token = master.key.joinToken
                for id: [UInt8] in [[1], [UInt8](repeating: 0xFF, count: 255)] {
                    let prepare: (UnsafeMutableRawPointer) -> Void = { socket in
                        RawDealer.joining(token)(socket)
                        zmq_setsockopt(socket, ZMQ_ROUTING_ID, id, id.count)
                    }
                    let first = try RawDealer(port: master.socket.port, prepare)
                    let second = try RawDealer(port: master.socket.port, prepare)
                    first.send([[1]])
                    second.send([[2]])
                    try pump(master, until: "one of the two is heard") { !master.inbox.isEmpty }
                    // The other has the same id and is not: an id belongs to whoever came first.
                    try Self.requireService(master)
                    try require(master.inbox.count == 1, "\(master.inbox)")
                    master.inbox = []
                }
            }
        }

        @Test func floodOfStrangersDelaysNoWorkerForLong() async throws {
            let (slowest, exchanges, refused) = try await onOwnThread {
                let master = try TestMaster()
                let worker = try TestWorker(of: master)
                try pump(master, [worker], until: "sent") { worker.socket.send([1]) }
                try pump(master, [worker], until: "received") { !master.inbox.isEmpty }
                master.inbox = []
                let port = master.socket.port
                let flood = try OSThread(name: "flood") {
                    for number in 0..<2000 {
                        guard let stranger = try? StrangeConnection(port: port) else { continue }
                        switch number % 4 {
                        case 0: stranger.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
                        case 1:
                            stranger.send(Self.greeting("CURVE") + [4, 200, 5] + Array("HELLO".utf8) + [1, 0] + RandomBytes.bytes(192))
                        case 2: stranger.send(Self.greeting("NULL"))
                        default: break
                        }
                        if number % 16 == 3 { _ = stranger.receive(milliseconds: 1) }
                    }
                }
                var (slowest, exchanges): (Int64, Int) = (0, 0)
                while master.socket.refusedPeers < 2000, exchanges < 20_000 {
                    let start = MonotonicClock.nanoseconds()
                    try pump(master, [worker], seconds: 10, until: "sent") { worker.socket.send([1]) }
                    try pump(master, [worker], seconds: 10, until: "received") { !master.inbox.isEmpty }
                    try require(master.socket.send([2], to: master.inbox.removeLast().route) == .sent, "send")
                    let had = worker.inbox.count
                    try pump(master, [worker], seconds: 10, until: "answered") { worker.inbox.count > had }
                    (slowest, exchanges) = (max(slowest, MonotonicClock.nanoseconds() - start), exchanges + 1)
                }
                flood.join()
                let told = master.socket.takeRefusals()
                try require(told.count <= 8, "\(told.count) refusals are told")
                return (Double(slowest) / 1e9, exchanges, master.socket.refusedPeers)
            }
            #expect(slowest < 1, "the slowest of \(exchanges) exchanges took \(slowest) s")
            #expect(refused >= 1990 && refused <= 2000 && exchanges > 20, "\(refused) refused, \(exchanges) exchanges")
        }

        private static func isPrefixOfGreeting(_ bytes: [UInt8]) -> Bool {
            let greeting: [UInt8] =
                [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 1] + Array("CURVE".utf8) + [UInt8](repeating: 0, count: 47)
            return greeting.starts(with: bytes)
        }
    }
}
