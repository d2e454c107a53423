import CPlatform
import EventLoop
import Glibc
import Synchronization

/// A listening socket that can be made deaf: packets which would open a connection are dropped by a filter in the kernel, as a network drops them.
/// The client sends its SYN again after a second (RFC 6298), so a connection takes that long.
package final class DeafListener: Sendable {
    /// The loopback port.
    package let port: Int
    private let listener: Int32

    /// Answers each request on each connection with 200, and closes it.
    package init() throws {
        let (listener, port) = try Loopback.listen()
        self.listener = listener
        self.port = port
        _ = try OSThread(name: "deaf") {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                var chunk = [UInt8](repeating: 0, count: 16_384)
                if recv(client, &chunk, chunk.count, 0) > 0 {
                    let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".utf8)
                    _ = send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
                }
                close(client)
            }
        }
    }

    /// Drops all that comes to open connections, for so long from now on. Returns at once.
    package func beDeaf(nanoseconds: Int64) throws {
        if cplatform_drop_packets(listener, 1) != 0 {
            throw RawConnectionError(what: "a filter on the socket: \(String(cString: strerror(errno)))")
        }
        let listener = listener
        let thread = try OSThread(name: "hearing") {
            usleep(UInt32(nanoseconds / 1000))
            _ = cplatform_drop_packets(listener, 0)
        }
        thread.detach()
    }
}
