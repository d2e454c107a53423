import NIOCore
import NIOHTTP1

/// What is said to a request.
struct WebAnswer {
    /// What follows the head.
    enum Content {
        case bytes(ByteBuffer)
        /// As much of a file as it has when the answer begins.
        case file(path: String)
    }

    var status: HTTPResponseStatus
    var content: Content
    var contentType = "text/plain; charset=utf-8"
    /// Further headers.
    var headers: [(name: String, value: String)] = []
    /// Whether the connection ends with it.
    var closes = false

    init(_ status: HTTPResponseStatus, _ content: Content) {
        self.status = status
        self.content = content
    }

    /// A sentence.
    init(_ status: HTTPResponseStatus, text: String, closes: Bool = false) {
        self.init(status, .bytes(ByteBuffer(string: text + "\n")))
        self.closes = closes
    }
}
