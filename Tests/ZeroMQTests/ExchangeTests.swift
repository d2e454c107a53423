import EventLoop
import Glibc
import TestServers
import Testing

@testable import ZeroMQ

extension SocketTests {
    struct ExchangeTests {
        @Test func workerWithTheTokenGetsInAndMessagesPassBothWays() async throws {
            try await onOwnThread {
                let master = try TestMaster()
                let worker = try TestWorker(of: master)
                try require(!worker.socket.send([1]), "nothing can be sent before the master let us in")
                try pump(master, [worker], until: "connected") { worker.isConnected && worker.socket.send(Array("hello".utf8)) }
                try pump(master, [worker], until: "message") { !master.inbox.isEmpty }
                let message = master.inbox[0]
                try require(message.bytes == Array("hello".utf8) && !message.isOperator, "\(message)")
                try require(master.socket.send(Array("welcome".utf8), to: message.route) == .sent, "send")
                try pump(master, [worker], until: "answer") { worker.inbox == [Array("welcome".utf8)] }
                try require(master.socket.refusedPeers == 0 && master.socket.takeRefusals().isEmpty, "refusals")
            }
        }

        @Test func messagesOfTenMegabytesPassBothWays() async throws {
            try await onOwnThread {
                let master = try TestMaster()
                let worker = try TestWorker(of: master)
                let large = RandomBytes.bytes(10_000_000)
                try pump(master, [worker], until: "sent") { worker.socket.send(large) }
                try pump(master, [worker], until: "received") { !master.inbox.isEmpty }
                try require(master.inbox[0].bytes == large, "not the same bytes")
                try require(master.socket.send(large, to: master.inbox[0].route) == .sent, "send")
                try pump(master, [worker], until: "answer") { !worker.inbox.isEmpty }
                try require(worker.inbox[0] == large, "not the same bytes")
            }
        }

        @Test func descriptorsAloneWakeBothEnds() async throws {
            try await onOwnThread {
                let master = try TestMaster()
                let worker = try TestWorker(of: master)
                let start = MonotonicClock.nanoseconds()
                var (sent, answered) = (0, 0)
                while worker.inbox.count < 500 {
                    try master.pump()
                    worker.pump()
                    while answered < master.inbox.count {
                        try require(master.socket.send([UInt8(answered & 255)], to: master.inbox[answered].route) == .sent, "send")
                        answered += 1
                    }
                    if worker.isConnected, sent == worker.inbox.count, worker.socket.send([7]) { sent += 1 }
                    // Once more, as the sockets ask for it: sending can use a hint up.
                    try master.pump()
                    worker.pump()
                    if answered < master.inbox.count || sent == worker.inbox.count { continue }
                    let isWoken = waitForInput(master.socket.descriptors + worker.socket.descriptors, milliseconds: 5000)
                    try require(isWoken, "slept through a message after \(worker.inbox.count)")
                }
                let seconds = Double(MonotonicClock.nanoseconds() - start) / 1e9
                try require(seconds < 10, "500 exchanges took \(seconds) s")
            }
        }

        @Test func operatorIsRecognisedAndAWorkersTokenDoesNotMakeOne() async throws {
            try await onOwnThread {
                let master = try TestMaster()
                let operating = try TestWorker(.operator(master.key), port: master.socket.port)
                let worker = try TestWorker(of: master)
                try pump(master, [operating, worker], until: "both sent") { operating.isConnected && worker.isConnected }
                try require(operating.socket.send([1]) && worker.socket.send([2]), "send")
                try pump(master, [operating, worker], until: "both received") { master.inbox.count == 2 }
                for message in master.inbox { try require(message.isOperator == (message.bytes == [1]), "\(message)") }
            }
        }

        @Test func ipv6IsListenedOnAndConnectedTo() async throws {
            try await onOwnThread {
                let master: TestMaster
                do { master = try TestMaster(host: "::1") } catch let error as LinkError where error.description.contains("no such address")
                {
                    return
                }
                let worker = try TestWorker(.curve(master.key.joinToken), port: master.socket.port, host: "::1")
                try pump(master, [worker], until: "connected") { worker.isConnected }
                try require(master.socket.address == "[::1]:\(master.socket.port)", master.socket.address)
            }
        }

        @Test func hostNamesAreListenedOnAndConnectedTo() async throws {
            try await onOwnThread {
                let master = try TestMaster(host: "localhost")
                let host = master.socket.address.split(separator: ":").first.map(String.init) ?? ""
                let worker = try TestWorker(.curve(master.key.joinToken), port: master.socket.port, host: host)
                try pump(master, [worker], until: "connected") { worker.isConnected }
            }
        }

        @Test func plainWorkersJoinAndLoopbackMayOperate() async throws {
            try await onOwnThread {
                let master = try TestMaster(isPlain: true)
                let worker = try TestWorker(.plain, port: master.socket.port)
                try pump(master, [worker], until: "sent") { worker.socket.send([1]) }
                try pump(master, [worker], until: "received") { !master.inbox.isEmpty }
                try require(master.inbox[0].isOperator, "loopback may operate")
                let encrypted = try TestWorker(.curve(master.key.joinToken), port: master.socket.port)
                try pump(master, [encrypted], until: "refused") { !encrypted.refusals.isEmpty && master.socket.refusedPeers > 0 }
                try require(encrypted.refusals[0].contains("--plain"), encrypted.refusals[0])
                // Both ends see it; whichever does first hangs up.
                let refusals = master.socket.takeRefusals()
                try require(refusals.count == 1 && [.otherSecurity, .silent].contains(refusals[0].reason), "\(refusals)")
            }
        }

        @Test func ipv4LoopbackIsKnownOnAnIPv6Socket() async throws {
            try await onOwnThread {
                let master: TestMaster
                do { master = try TestMaster(isPlain: true, host: "::") } catch let error as LinkError
                    where error.description.contains("no such address")
                { return }
                let worker = try TestWorker(.plain, port: master.socket.port)
                try pump(master, [worker], until: "sent") { worker.socket.send([1]) }
                try pump(master, [worker], until: "received") { !master.inbox.isEmpty }
                try require(master.inbox[0].isOperator, "loopback may operate")
            }
        }

        /// The machine's address on its network, if it has one.
        @Test func plainPeersFromElsewhereMayNotOperate() async throws {
            try await onOwnThread {
                guard let address = addressOfThisMachine() else { return }
                let master = try TestMaster(isPlain: true, host: "0.0.0.0")
                let worker = try TestWorker(.plain, port: master.socket.port, host: address)
                try pump(master, [worker], until: "sent") { worker.socket.send([1]) }
                try pump(master, [worker], until: "received") { !master.inbox.isEmpty }
                try require(!master.inbox[0].isOperator, "\(address) is not loopback")
            }
        }

        @Test func aHundredWorkersJoinAtOnce() async throws {
            try await onOwnThread {
                let master = try TestMaster()
                let context = try MessageContext()
                let workers = try (0..<100).map { _ in
                    try TestWorker(.curve(master.key.joinToken), port: master.socket.port, context: context)
                }
                var sent: Set<Int> = []
                try pump(master, workers, seconds: 20, until: "all heard") {
                    for (index, worker) in workers.enumerated() where !sent.contains(index) && worker.socket.send([UInt8(index)]) {
                        sent.insert(index)
                    }
                    return master.inbox.count == 100
                }
                try require(Set(master.inbox.map(\.route)).count == 100, "routes")
                for message in master.inbox { try require(master.socket.send(message.bytes, to: message.route) == .sent, "send") }
                try pump(master, workers, seconds: 20, until: "all answered") { workers.allSatisfy { $0.inbox.count == 1 } }
                for (index, worker) in workers.enumerated() { try require(worker.inbox == [[UInt8(index)]], "\(index)") }
                try require(master.socket.refusedPeers == 0, "\(master.socket.takeRefusals())")
            }
        }

        @Test func peerThatNeverReadsFillsUpAndMemoryStaysBounded() async throws {
            try await onOwnThread {
                let master = try TestMaster(queuedMessages: 8)
                let worker = try TestWorker(of: master, queuedMessages: 8)
                try pump(master, [worker], until: "sent") { worker.socket.send([1]) }
                try pump(master, [worker], until: "received") { !master.inbox.isEmpty }
                let message = RandomBytes.bytes(1_000_000)
                let route = master.inbox[0].route
                var (sent, result, refusalsInARow) = (0, SendResult.sent, 0)
                let deadline = MonotonicClock.nanoseconds() + 20_000_000_000
                while refusalsInARow < 200 {
                    result = master.socket.send(message, to: route)
                    if result == .sent { (sent, refusalsInARow) = (sent + 1, 0) } else { refusalsInARow += 1 }
                    if result == .full { usleep(1000) }
                    try require(sent < 200 && MonotonicClock.nanoseconds() < deadline, "\(sent) messages were taken")
                }
                try require(result == .full, "\(result)")
                // Of this process, in which other tests go on, only the messages are this one's: each once in a queue or in the kernel.
                try require(sent < 100, "\(sent) messages of 1 MB were taken for a peer that reads none")
                try pump(master, [worker], until: "room again") { master.socket.send([9], to: route) == .sent }
                try pump(master, [worker], until: "all") { worker.inbox.count == sent + 1 }
            }
        }

        @Test func peerThatVanishedIsGone() async throws {
            try await onOwnThread {
                let master = try TestMaster()
                var worker: TestWorker? = try TestWorker(of: master)
                try pump(master, worker.map { [$0] } ?? [], until: "sent") { worker?.socket.send([1]) ?? false }
                try pump(master, worker.map { [$0] } ?? [], until: "received") { !master.inbox.isEmpty }
                worker = nil
                try pump(master, until: "gone") { master.socket.send([1], to: master.inbox[0].route) == .gone }
                try require(master.socket.send([1], to: Route(bytes: [1, 2, 3])) == .gone, "nobody has that route")
                try require(master.socket.refusedPeers == 0, "a peer that was let in is no refusal")
            }
        }

        @Test func workerIsToldThatTheMasterVanishedAndJoinsTheNextOneAfresh() async throws {
            try await onOwnThread {
                let key = MasterKey.new()
                var master: TestMaster? = try TestMaster(key: key)
                let port = master?.socket.port ?? 0
                var worker = try TestWorker(.curve(key.joinToken), port: port)
                try pump(master, [worker], until: "connected") { worker.isConnected }
                master = nil
                try pump(nil, [worker], until: "told") { worker.events.contains(.disconnected) }
                try pump(nil, [worker], until: "nobody") { !worker.unreachable.isEmpty }
                try require(!worker.socket.send([1]), "nothing can be sent to nobody")
                let context = try MessageContext()
                let next = try MasterSocket(
                    context, host: "127.0.0.1", port: port, security: .curve(key), limits: LinkLimits(greatestMessage: 1 << 20))
                worker = try TestWorker(.curve(key.joinToken), port: port)
                try pump(nil, [worker], until: "connected") {
                    while next.process() {}
                    return worker.isConnected
                }
            }
        }

        @Test func workerIsToldThatNobodyListensOrThatTheHostIsUnknown() async throws {
            try await onOwnThread {
                let token = MasterKey.new().joinToken
                let alone = try TestWorker(.curve(token), port: 1)
                try pump(nil, [alone], until: "unreachable") { !alone.unreachable.isEmpty }
                try require(alone.unreachable[0] == "nobody answers at 127.0.0.1:1", alone.unreachable[0])
                let lost = try TestWorker(.curve(token), port: 5557, host: "no-such-host.invalid")
                try pump(nil, [lost], seconds: 30, until: "unknown") { !lost.unreachable.isEmpty }
                try require(lost.unreachable[0] == "the host of no-such-host.invalid:5557 is not known", lost.unreachable[0])
            }
        }

        @Test func takenPortsAndForeignAddressesAreExplained() async throws {
            try await onOwnThread {
                let master = try TestMaster()
                let context = try MessageContext()
                func failure(_ host: String, _ port: Int) -> String {
                    do {
                        _ = try MasterSocket(
                            context, host: host, port: port, security: .curve(.new()), limits: LinkLimits(greatestMessage: 1000))
                        return "it listens"
                    } catch { return "\(error)" }
                }
                let taken = failure("127.0.0.1", master.socket.port)
                try require(taken.contains("another master") && taken.contains("--port"), taken)
                try require(failure("192.0.2.1", 0).contains("no such address"), failure("192.0.2.1", 0))
                try require(failure("no-such-host.invalid", 0).contains("could not find"), failure("no-such-host.invalid", 0))
                try require(failure("tcp://127.0.0.1", 0).contains("is no host"), failure("tcp://127.0.0.1", 0))
                try require(failure("127.0.0.1", 70_000).contains("is no port"), failure("127.0.0.1", 70_000))
                // The context is still good for a master.
                try require(failure("127.0.0.1", 0) == "it listens", failure("127.0.0.1", 0))
            }
        }

        @Test func nothingOfAMessageCanBeReadOnTheWire() async throws {
            let (secret, recorded) = try await onOwnThread {
                let master = try TestMaster()
                let relay = try TCPRelay(to: master.socket.port, keepsBytes: true)
                let secret = RandomBytes.bytes(64)
                var worker: TestWorker? = try TestWorker(.curve(master.key.joinToken), port: relay.port)
                try pump(master, worker.map { [$0] } ?? [], until: "sent") { worker?.socket.send(secret + [1]) ?? false }
                try pump(master, worker.map { [$0] } ?? [], until: "received") { !master.inbox.isEmpty }
                try require(master.socket.send(secret + [2], to: master.inbox[0].route) == .sent, "send")
                try pump(master, worker.map { [$0] } ?? [], until: "answered") { worker?.inbox == [secret + [2]] }
                worker = nil
                return (secret, relay.recorded)
            }
            #expect(recorded.count > 500)
            for start in stride(from: 0, to: 64, by: 8) { #expect(recorded.firstRange(of: secret[start..<(start + 8)]) == nil) }
        }
    }
}

/// An IPv4 address of this machine that is not loopback.
private func addressOfThisMachine() -> String? {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return nil }
    defer { freeifaddrs(list) }
    var next = list
    while let entry = next?.pointee {
        next = entry.ifa_next
        guard let address = entry.ifa_addr, address.pointee.sa_family == AF_INET, entry.ifa_flags & UInt32(IFF_LOOPBACK) == 0
        else {
            continue
        }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        guard getnameinfo(address, size, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else { continue }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    return nil
}
