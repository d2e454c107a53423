import NIOCore
import NIOHTTP1

/// Collects the parts of one request and answers what the application has to say to it.
///
/// A state machine without input or output: heads and bodies in, a ``Work`` out when the request is complete.
package struct RequestReader {
    /// The largest form that is read, in bytes; a larger one is discarded while it arrives and answered with 413.
    package static let formLimit = 1 << 20

    /// A complete request: what remains to be done for it.
    package struct Work {
        /// The key for counting.
        package let route: Route
        /// The answer, if nothing fails it on purpose; nil for the report of the counts, which must be made when it is sent.
        package let answer: Answer?
        /// How the connection goes on afterwards.
        package let connection: ResponseRenderer.Connection
        /// Whether the answer's body is sent; not after `HEAD`.
        package let withBody: Bool
    }

    private var head: HTTPRequestHead?
    private var form: ByteBuffer?
    private var formTooLarge = false

    /// Creates a reader that waits for a head.
    package init() {}

    /// Takes the head of the next request.
    ///
    /// - Returns: whether the client waits for `100 Continue` before it sends the body.
    package mutating func readHead(_ head: HTTPRequestHead) -> Bool {
        self.head = head
        form = nil
        formTooLarge = false
        return head.version == .http1_1 && head.headers.first(name: "expect")?.lowercased() == "100-continue"
    }

    /// Takes a part of the body.
    package mutating func readBody(_ part: ByteBuffer) {
        guard let head, head.method == .POST, !formTooLarge else { return }
        guard (form?.readableBytes ?? 0) + part.readableBytes <= Self.formLimit else {
            form = nil
            formTooLarge = true
            return
        }
        if form == nil {
            form = part
        } else {
            form?.writeImmutableBuffer(part)
        }
    }

    /// Takes the end of the request.
    ///
    /// - Returns: what is to be done for it; nil when there was no head, which the parser does not let happen.
    package mutating func readEnd() -> Work? {
        guard let head else { return nil }
        self.head = nil
        let (route, query) = Route.resolve(method: head.method, target: head.uri)
        let connection: ResponseRenderer.Connection =
            if !head.isKeepAlive { .close } else if head.version.minor == 0 { .announcedKeepAlive } else { .keepAlive }
        let answer = self.answer(route, query, head)
        form = nil
        return Work(route: route, answer: answer, connection: connection, withBody: head.method != .HEAD)
    }

    /// What is to be done for bytes that are not HTTP: say so and close.
    package static let malformed = Work(route: Route(.other, .other), answer: .badRequest, connection: .close, withBody: true)

    private func answer(_ route: Route, _ query: Substring.UTF8View, _ head: HTTPRequestHead) -> Answer? {
        switch (route.path, route.method) {
        case (.welcome, .get): .welcome
        case (.welcome, _): .methodNotAllowed(route, allow: "GET")
        case (.login, .post): fields(query, head) { .login(query: $0, form: $1) }
        case (.metrics, .post): fields(query, head) { .metrics(query: $0, form: $1) }
        case (.login, _), (.metrics, _): .methodNotAllowed(route, allow: "POST")
        case (.counts, .get): nil
        case (.counts, _): .methodNotAllowed(route, allow: "GET")
        case (.other, _): .notFound
        }
    }

    private func fields(
        _ query: Substring.UTF8View, _ head: HTTPRequestHead, _ answer: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Answer
    ) -> Answer {
        if formTooLarge { return .contentTooLarge }
        let isForm = Self.isForm(head.headers.first(name: "content-type"))
        let encodedQuery = query.isEmpty ? [] : Array(query)
        return encodedQuery.withUnsafeBytes { query in
            guard isForm, let form else { return answer(query, UnsafeRawBufferPointer(start: nil, count: 0)) }
            return form.withUnsafeReadableBytes { answer(query, $0) }
        }
    }

    /// Whether a body of this type holds fields; a body without a type does.
    private static func isForm(_ contentType: String?) -> Bool {
        guard let contentType else { return true }
        let form = "application/x-www-form-urlencoded"
        let type = contentType.utf8.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        return type.isEmpty || type.elementsEqual(form.utf8) || String(Substring(type)).lowercased() == form
    }
}
