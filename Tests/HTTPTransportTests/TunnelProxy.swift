import EventLoop
import Glibc
import Synchronization
import TestServers

/// A proxy that opens tunnels (`CONNECT`) to ports of loopback, after a pause; whatever else it is asked, it answers itself, by saying what it
/// was asked. One thread a connection, for some few.
final class TunnelProxy: Sendable {
    let port: Int
    private let listener: Int32
    private let pauseMilliseconds: UInt32
    private let lines = Mutex<[String]>([])

    /// The request lines so far.
    var requested: [String] { lines.withLock { $0 } }
    var url: String { "http://127.0.0.1:\(port)" }

    init(pauseMilliseconds: UInt32 = 0) throws {
        self.pauseMilliseconds = pauseMilliseconds
        (listener, port) = try Loopback.listen()
        _ = try OSThread(name: "proxy") {
            while true {
                let connection = accept(self.listener, nil, nil)
                guard connection >= 0 else { break }
                _ = try? OSThread(name: "tunnel") {
                    self.serve(connection)
                    close(connection)
                }
            }
            close(self.listener)
        }
    }

    /// Call it in every test.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve(_ connection: Int32) {
        while let head = readHead(connection) {
            let line = String(head.prefix { $0 != "\r\n" })
            lines.withLock { $0.append(line) }
            let words = line.split(separator: " ")
            if words.first != "CONNECT" {
                write(connection, "HTTP/1.1 200 OK\r\nContent-Length: \(line.utf8.count)\r\n\r\n\(line)")
                continue
            }
            usleep(pauseMilliseconds * 1000)
            guard words[1].split(separator: ":").first != "refused.example" else {
                write(connection, "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
                continue
            }
            guard let target = words[1].split(separator: ":").last.flatMap({ Int($0) }), let other = try? Loopback.connect(port: target)
            else { return }
            write(connection, "HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n")
            pass(connection, other)
            close(other)
            return
        }
    }

    private func readHead(_ connection: Int32) -> String? {
        var text = ""
        var byte: UInt8 = 0
        while !text.hasSuffix("\r\n\r\n") {
            guard recv(connection, &byte, 1, 0) == 1 else { return nil }
            text.unicodeScalars.append(Unicode.Scalar(byte))
        }
        return text
    }

    private func write(_ connection: Int32, _ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    private func pass(_ one: Int32, _ other: Int32) {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            var entries = [pollfd(fd: one, events: Int16(POLLIN), revents: 0), pollfd(fd: other, events: Int16(POLLIN), revents: 0)]
            guard poll(&entries, 2, 10_000) > 0 else { return }
            for (entry, sink) in [(entries[0], other), (entries[1], one)] where entry.revents != 0 {
                let count = recv(entry.fd, &chunk, chunk.count, 0)
                guard count > 0, send(sink, chunk, count, Int32(MSG_NOSIGNAL)) == count else { return }
            }
        }
    }
}
