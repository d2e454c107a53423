import Glibc
import NIOCore

/// Turns answers into the bytes of HTTP/1.1 responses, head and body in one buffer, so that no answer is split over two packets.
///
/// One per event loop; it keeps the text of the current second's `Date`.
package struct ResponseRenderer {
    private static let allocator = ByteBufferAllocator()

    private var dateSecond = -1
    private var date: [UInt8] = []

    /// Creates a renderer that has not yet formatted a date.
    package init() {}

    /// How the connection goes on after a response.
    package enum Connection: Sendable {
        /// Stays open, as HTTP/1.1 has it by default.
        case keepAlive
        /// Stays open and says so, for a client of HTTP/1.0 that asked for it.
        case announcedKeepAlive
        /// Closes.
        case close
    }

    /// Renders one response.
    ///
    /// - Parameters:
    ///   - answer: what to say.
    ///   - connection: how the connection goes on.
    ///   - withBody: false for `HEAD`. The length is then 0, as the original application has it.
    ///   - unixSeconds: the moment of the response, for `Date`.
    package mutating func render(_ answer: Answer, connection: Connection, withBody: Bool, unixSeconds: Int) -> ByteBuffer {
        if unixSeconds != dateSecond {
            dateSecond = unixSeconds
            date = Array(HTTPDate.text(unixSeconds: unixSeconds).utf8)
        }
        let length = withBody ? answer.content.count : 0
        var buffer = Self.allocator.buffer(capacity: 256 + length)
        if answer.status == .ok {
            buffer.writeStaticString("HTTP/1.1 200 OK\r\nServer: sample-webapp\r\nCache-Control: no-cache\r\nDate: ")
        } else {
            buffer.writeString("HTTP/1.1 \(answer.status.code) \(answer.status.reason)\r\nServer: sample-webapp\r\nDate: ")
        }
        buffer.writeBytes(date)
        switch answer.contentType {
        case .plain: buffer.writeStaticString("\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ")
        case .html: buffer.writeStaticString("\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: ")
        case .json: buffer.writeStaticString("\r\nContent-Type: application/json\r\nContent-Length: ")
        }
        buffer.writeString(String(length))
        if let allow = answer.allow {
            buffer.writeStaticString("\r\nAllow: ")
            buffer.writeStaticString(allow)
        }
        switch connection {
        case .keepAlive: buffer.writeStaticString("\r\n\r\n")
        case .announcedKeepAlive: buffer.writeStaticString("\r\nConnection: keep-alive\r\n\r\n")
        case .close: buffer.writeStaticString("\r\nConnection: close\r\n\r\n")
        }
        if withBody { buffer.writeBytes(answer.content) }
        return buffer
    }

    /// Renders one response with the current time.
    package mutating func render(_ answer: Answer, connection: Connection, withBody: Bool) -> ByteBuffer {
        render(answer, connection: connection, withBody: withBody, unixSeconds: time(nil))
    }
}
