import CPlatform
import EventLoop
import Glibc

/// Passes TCP connections on to a port of loopback, and holds the first bytes of each client back for a time: a TLS handshake that is slow, behind
/// a connection that was quick. Two threads a connection; they end with the process.
package enum HandshakeRelay {
    /// Listens at once, and answers on which port.
    package static func start(to target: Int, holdingNanoseconds: Int64) throws -> Int {
        let (listener, port) = try Loopback.listen()
        _ = try OSThread(name: "relay") {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                guard let server = try? Loopback.connect(port: target) else {
                    close(client)
                    continue
                }
                for descriptor in [client, server] {
                    var yes: Int32 = 1
                    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
                }
                pass(from: client, to: server, holding: holdingNanoseconds)
            }
        }
        return port
    }

    private static func pass(from client: Int32, to server: Int32, holding: Int64) {
        // A thread that cannot be started leaves the connection silent, which whoever waits for it will notice.
        let back = try? OSThread(name: "relay-back") { copy(from: server, to: client) }
        let forth = try? OSThread(name: "relay-forth") {
            OSThread.expireTimersOnTime()
            var byte: UInt8 = 0
            // Until the first byte is there.
            if recv(client, &byte, 1, Int32(MSG_PEEK)) == 1 {
                let due = MonotonicClock.nanoseconds() + holding
                var deadline = timespec(tv_sec: Int(due / 1_000_000_000), tv_nsec: Int(due % 1_000_000_000))
                while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nil) == EINTR {}
            }
            copy(from: client, to: server)
            back?.join()
            close(client)
            close(server)
        }
        forth?.detach()
    }

    /// Until the source ends, which is passed on.
    private static func copy(from source: Int32, to sink: Int32) {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(source, &chunk, chunk.count, 0)
            if count <= 0 { break }
            var sent = 0
            while sent < count {
                let more = chunk.withUnsafeBytes { send(sink, $0.baseAddress.map { $0 + sent }, count - sent, Int32(MSG_NOSIGNAL)) }
                if more <= 0 { break }
                sent += more
            }
        }
        shutdown(sink, Int32(SHUT_WR))
    }
}
