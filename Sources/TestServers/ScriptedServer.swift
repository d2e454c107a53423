import CPlatform
import EventLoop
import Glibc
import Synchronization

/// A server whose every byte the test decides: one thread per connection, blocking sockets, on a free loopback port.
///
/// For contract tests of a few connections; not for load.
package final class ScriptedServer: Sendable {
    /// One request as it came in.
    package struct Request: Sendable {
        /// The request line and header lines, without the empty line.
        package var head: String
        package var body: [UInt8]
        /// How many requests came before it on the same connection.
        package var indexOnConnection: Int
        /// How many connections came before its own.
        package var connection: Int

        /// The method and target of the request line.
        package var line: String { String(head.prefix { $0 != "\r" && $0 != "\r\n" }) }

        /// The value of a header, without regard to case; nil when it is not there.
        package func header(_ name: String) -> String? {
            for line in head.split(separator: "\r\n").dropFirst() {
                guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name.lowercased() else { continue }
                return String(line[line.index(after: colon)...].drop { $0 == " " })
            }
            return nil
        }
    }

    /// What the server does about a request, in order.
    package enum Step: Sendable {
        case send(String)
        case pause(milliseconds: Int)
        case close
        /// Close with a reset instead of an orderly end.
        case reset
    }

    /// A whole answer with the right length.
    package static func answer(_ body: String, status: String = "200 OK", headers: [String] = []) -> [Step] {
        let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
        return [.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)]
    }

    private struct State {
        var connections: [Int32] = []
        var accepted = 0
        var peers: [String] = []
        var requests: [Request] = []
        var isStopped = false
    }

    /// The loopback port.
    package let port: Int
    private let listener: Int32
    private let state = Mutex(State())
    private let respond: @Sendable (Request) -> [Step]

    /// `http://127.0.0.1:port`
    package var url: String { "http://127.0.0.1:\(port)" }
    /// All requests so far, in the order in which they were complete.
    package var requests: [Request] { state.withLock { $0.requests } }
    /// Connections accepted so far.
    package var connections: Int { state.withLock { $0.accepted } }

    /// Addresses from which connections were made, in the order in which they were accepted.
    package var peers: [String] { state.withLock { $0.peers } }

    /// Listens at once; `stop()` ends it. `respond` is called on the connection's thread.
    package init(_ respond: @escaping @Sendable (Request) -> [Step]) throws {
        self.respond = respond
        (listener, port) = try Loopback.listen()
        _ = try OSThread(name: "server") { self.acceptConnections() }
    }

    /// Closes the listener and all connections. Call it in every test.
    package func stop() {
        state.withLock { state in
            state.isStopped = true
            for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
        }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func acceptConnections() {
        while true {
            var peer = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let connection = withUnsafeMutableBytes(of: &peer) {
                accept(listener, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
            }
            guard connection >= 0 else { break }
            let bytes = withUnsafeBytes(of: peer.sin_addr) { $0.map { String($0) } }
            var on: Int32 = 1
            setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            let number = state.withLock { state in
                state.connections.append(connection)
                state.accepted += 1
                state.peers.append(bytes.joined(separator: "."))
                return state.accepted - 1
            }
            _ = try? OSThread(name: "connection") { self.serve(connection, number: number) }
        }
        close(listener)
    }

    private func serve(_ connection: Int32, number: Int) {
        var buffer: [UInt8] = []
        var index = 0
        serving: while let request = receive(connection, buffer: &buffer, index: index, number: number) {
            state.withLock { $0.requests.append(request) }
            index += 1
            for step in respond(request) {
                switch step {
                case .send(let text):
                    var bytes = Array(text.utf8)[...]
                    while !bytes.isEmpty {
                        let sent = bytes.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                        if sent <= 0 { break serving }
                        bytes = bytes.dropFirst(sent)
                    }
                case .pause(let milliseconds): usleep(UInt32(milliseconds) * 1000)
                case .close: break serving
                case .reset:
                    var lingering = linger(l_onoff: 1, l_linger: 0)
                    setsockopt(connection, SOL_SOCKET, SO_LINGER, &lingering, socklen_t(MemoryLayout<linger>.size))
                    break serving
                }
            }
        }
        state.withLock { state in
            state.connections.removeAll { $0 == connection }
            _ = close(connection)
        }
    }

    private func receive(_ connection: Int32, buffer: inout [UInt8], index: Int, number: Int) -> Request? {
        let end = Array("\r\n\r\n".utf8)
        var headEnd: Int?
        var wanted = 0
        while true {
            if headEnd == nil, let found = buffer.firstRange(of: end) {
                headEnd = found.upperBound
                let head = String(decoding: buffer[..<found.lowerBound], as: UTF8.self)
                let request = Request(head: head, body: [], indexOnConnection: index, connection: number)
                wanted = found.upperBound + (request.header("content-length").flatMap { Int($0) } ?? 0)
            }
            if let headEnd, buffer.count >= wanted {
                let head = String(decoding: buffer[..<(headEnd - 4)], as: UTF8.self)
                let body = Array(buffer[headEnd..<wanted])
                buffer.removeFirst(wanted)
                return Request(head: head, body: body, indexOnConnection: index, connection: number)
            }
            var chunk = [UInt8](repeating: 0, count: 65536)
            let count = recv(connection, &chunk, chunk.count, 0)
            if count <= 0 { return nil }
            buffer += chunk[..<count]
        }
    }
}
