import Glibc
import LoadModel
import TestServers

/// A TCP connection to a master's port by somebody who is no worker: raw bytes. It ends at once, without a trace in the system's tables.
struct StrangePeer: ~Copyable {
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = try Loopback.connect(port: port)
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }

    deinit { close(descriptor) }

    /// Sends what the other end takes at once.
    func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)) }

    /// Waits until the other end has hung up; what it said before.
    func receive(milliseconds: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&entry, 1, milliseconds) <= 0 { return bytes }
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count <= 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// What every ZeroMQ socket says first, with a mechanism.
    static func greeting(_ mechanism: String) -> [UInt8] {
        let name = Array(mechanism.utf8)
        return [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 1] + name + [UInt8](repeating: 0, count: 20 - name.count + 32)
    }

    /// Something that a stranger may say, of nine kinds. `recorded`: what a worker said on its own connection.
    static func words(_ number: Int, recorded: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        func noise(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) } }
        let hello: [UInt8] = [4, 200, 5] + Array("HELLO".utf8) + [1, 0]
        switch number % 9 {
        case 0: return Array("GET / HTTP/1.1\r\nHost: cicada\r\n\r\n".utf8)
        case 1: return Array(greeting("CURVE").prefix(Int.random(in: 1...64, using: &random)))
        case 2: return greeting("NULL") + [4, 5, 5] + Array("READY".utf8)
        case 3: return greeting("PLAIN") + [4, 20, 5] + Array("HELLO".utf8) + noise(14)
        case 4: return greeting("CURVE") + hello + noise(192)
        case 5: return noise(Int.random(in: 1...600, using: &random))
        // A frame that claims to be longer than any memory.
        case 6: return greeting("CURVE") + [2, 0x3F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF] + noise(100)
        case 7: return Array(recorded.prefix(Int.random(in: 1...max(1, recorded.count), using: &random)))
        default:
            var changed = recorded
            if !changed.isEmpty { changed[Int.random(in: 0..<min(400, changed.count), using: &random)] ^= 0x55 }
            return changed
        }
    }
}
