import CPlatform
import Glibc

/// A response as it came over the wire.
package struct RawResponse: Sendable {
    /// The lines before the empty one, the status line first.
    package let head: [String]
    /// As many bytes as `Content-Length` says.
    package let body: String

    /// The status code; 0 when the line is not one.
    package var status: Int { head.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0 }

    /// The value of a header written exactly so; nil when there is none.
    package func header(_ name: String) -> String? {
        head.first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
    }
}

/// What a socket in a test can fail with.
package struct RawConnectionError: Error, CustomStringConvertible {
    package let what: String

    package init(what: String) { self.what = what }
    package var description: String { what }
}

/// A blocking TCP connection to a server, on loopback mostly, that reads and writes bytes as they are; gives up after ten seconds.
package struct RawConnection: ~Copyable {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    /// Connects to a port of 127.0.0.1.
    package init(port: Int) throws { self.init(connected: try Loopback.connect(port: port)) }

    /// Takes over a socket that is connected already, and closes it in the end.
    package init(connected descriptor: Int32) {
        self.descriptor = descriptor
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// The socket, for tests that keep a copy of it.
    package var descriptorNumber: Int32 { descriptor }

    package func send(_ text: String) throws {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { throw RawConnectionError(what: "send: \(String(cString: strerror(errno)))") }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Says that nothing more will be sent.
    package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Reads one response; `withBody` is false after `HEAD` and for 100.
    package mutating func receive(withBody: Bool = true) throws -> RawResponse {
        let end = Array("\r\n\r\n".utf8)
        var found = buffer.firstRange(of: end)
        while found == nil {
            if try !readMore() { throw RawConnectionError(what: "the connection ended within a head") }
            found = buffer.firstRange(of: end)
        }
        let headEnd = found?.lowerBound ?? 0
        let head = String(decoding: buffer[..<headEnd], as: UTF8.self)
        buffer.removeFirst(headEnd + 4)
        let lines = head.split(separator: "\r\n").map(String.init)
        let length = lines.first { $0.hasPrefix("Content-Length: ") }.flatMap { Int($0.dropFirst(16)) } ?? 0
        guard withBody else { return RawResponse(head: lines, body: "") }
        while buffer.count < length {
            if try !readMore() { throw RawConnectionError(what: "the connection ended within a body") }
        }
        let body = String(decoding: buffer[..<length], as: UTF8.self)
        buffer.removeFirst(length)
        return RawResponse(head: lines, body: body)
    }

    /// Whether the server closes the connection without sending more.
    package mutating func isEnded() throws -> Bool { try buffer.isEmpty && !readMore() }

    private mutating func readMore() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 16_384)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count < 0 {
            if errno == ECONNRESET { return false }
            throw RawConnectionError(what: "recv: \(String(cString: strerror(errno)))")
        }
        buffer.append(contentsOf: chunk[..<count])
        return count > 0
    }
}
