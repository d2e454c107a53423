import Glibc
import TestServers

/// A TCP connection to the link by somebody who is no peer: raw bytes, never blocking for longer than asked.
struct StrangeConnection: ~Copyable {
    let descriptor: Int32

    init(port: Int) throws {
        descriptor = try Loopback.connect(port: port)
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)) }

    /// What comes until the end, or until nothing came for `milliseconds`; `isEnded` tells which.
    func receive(milliseconds: Int32) -> (bytes: [UInt8], isEnded: Bool) {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while waitForInput([descriptor], milliseconds: milliseconds) {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count <= 0 { return (bytes, true) }
            bytes += chunk[..<count]
        }
        return (bytes, false)
    }
}
