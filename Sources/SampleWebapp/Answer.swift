/// What the application says to a request, before it becomes bytes on a connection.
package struct Answer: Sendable {
    /// The content types that occur.
    package enum ContentType: Sendable { case plain, html, json }

    /// The status.
    package let status: AnswerStatus
    /// The type of ``content``.
    package let contentType: ContentType
    /// The methods named in the `Allow` header; only with status 405.
    package let allow: StaticString?
    /// The body.
    package let content: [UInt8]

    private init(_ status: AnswerStatus, _ contentType: ContentType, allow: StaticString? = nil, _ content: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.allow = allow
        self.content = content
    }

    /// The welcome line.
    package static let welcome = Answer(
        .ok, .plain, Array("Welcome to the \"Distributed Load Testing Using Kubernetes\" sample web app\n".utf8))

    /// The answer to an unknown path.
    package static let notFound = Answer(.notFound, .html, html(.notFound, "The resource could not be found."))

    /// The answer to what is not HTTP.
    package static let badRequest = Answer(.badRequest, .html, html(.badRequest, "The request is not valid HTTP."))

    /// The answer to a form above the limit.
    package static let contentTooLarge = Answer(
        .contentTooLarge, .html, html(.contentTooLarge, "The form is larger than \(RequestReader.formLimit) bytes."))

    /// The answer that the failure rate asks for.
    package static let failure = Answer(.internalServerError, .plain, Array("failed on purpose (--failure-rate)\n".utf8))

    /// The report of the counts.
    package static func counts(_ report: CountsReport) -> Answer {
        Answer(.ok, .json, Array(report.json.utf8))
    }

    /// The answer to a method that the page does not have.
    ///
    /// - Parameters:
    ///   - route: the page and the method it was asked for with.
    ///   - allow: the method it has.
    package static func methodNotAllowed(_ route: Route, allow: StaticString) -> Answer {
        let name = route.method == .other ? "used" : route.method.text
        return Answer(
            .methodNotAllowed, .html, allow: allow, html(.methodNotAllowed, "The method \(name) is not allowed for this resource."))
    }

    /// `/login - device: …`
    ///
    /// - Parameters:
    ///   - query: the encoded query string.
    ///   - form: the encoded form body; its fields count only where the query has none of that name.
    package static func login(query: UnsafeRawBufferPointer, form: UnsafeRawBufferPointer) -> Answer {
        var content: [UInt8] = []
        content.reserveCapacity(64)
        append("/login - device: ", to: &content)
        appendField("deviceid", query, form, to: &content)
        append("\n", to: &content)
        return Answer(.ok, .plain, content)
    }

    /// `/metrics - device: …, timestamp: …`
    ///
    /// - Parameters: as for ``login(query:form:)``.
    package static func metrics(query: UnsafeRawBufferPointer, form: UnsafeRawBufferPointer) -> Answer {
        var content: [UInt8] = []
        content.reserveCapacity(112)
        append("/metrics - device: ", to: &content)
        appendField("deviceid", query, form, to: &content)
        append(", timestamp: ", to: &content)
        appendField("timestamp", query, form, to: &content)
        append("\n", to: &content)
        return Answer(.ok, .plain, content)
    }

    private static func appendField(
        _ name: StaticString, _ query: UnsafeRawBufferPointer, _ form: UnsafeRawBufferPointer, to content: inout [UInt8]
    ) {
        if !FormFields.appendValue(of: name, in: query, to: &content) { _ = FormFields.appendValue(of: name, in: form, to: &content) }
    }

    private static func append(_ text: StaticString, to content: inout [UInt8]) {
        content.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private static func html(_ status: AnswerStatus, _ text: String) -> [UInt8] {
        let title = "\(status.code) \(status.reason)"
        return Array(
            "<html>\n <head>\n  <title>\(title)</title>\n </head>\n <body>\n  <h1>\(title)</h1>\n  \(text)\n </body>\n</html>\n".utf8)
    }
}
