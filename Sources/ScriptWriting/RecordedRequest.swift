/// A request as curl or a browser made it, on its way into a script.
package struct RecordedRequest: Equatable {
    /// A name and a value: a header field, a field of a form or of a query.
    package struct Pair: Equatable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    /// A part of a multipart body.
    package struct Part: Equatable {
        package var name: String
        package var value: String
        /// The file whose content is the value; nil: `value` is it.
        package var file: String?
        /// What the server is told of the file's name; nil: it is no file.
        package var fileName: String?
        package var contentType: String?

        package init(name: String, value: String = "", file: String? = nil, fileName: String? = nil, contentType: String? = nil) {
            self.name = name
            self.value = value
            self.file = file
            self.fileName = fileName
            self.contentType = contentType
        }
    }

    /// What is sent.
    package enum Body: Equatable {
        case none
        case text(String)
        /// The content of a file.
        case file(String)
        /// The content of a file without its line ends.
        case lines(String)
        case multipart([Part])
    }

    /// In capitals.
    package var method: String
    package var url: RecordedURL
    /// In their order, as they were recorded.
    package var headers: [Pair] = []
    package var body = Body.none
    /// Name and password, if they were given apart from the headers.
    package var basic: Pair?
    package var timeoutSeconds: Double?
    /// Remarks for the reader, each in a comment of its own before the request.
    package var remarks: [String] = []

    package init(method: String, url: RecordedURL) {
        self.method = method
        self.url = url
    }

    /// The value of a header, without regard to case; nil when it is not there.
    package func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }

    /// Leaves a remark when there is a body that a script's request cannot have.
    package mutating func noteUnwrittenBody() {
        if ["HEAD", "TRACE"].contains(method), body != .none, body != .text("") {
            remarks.append("left out: a body, which \(method) does not have here")
        }
    }

    /// The media type of the body, in small letters without parameters; empty: not said.
    package var mediaType: String {
        let value = header("content-type") ?? ""
        return String(value.prefix { $0 != ";" }).lowercased().filter { $0 != " " }
    }
}

/// A URL, taken apart as far as a script needs it.
package struct RecordedURL: Equatable {
    /// `https://shop.example:8443`, scheme and host in small letters.
    package var origin: String
    /// From the first slash to the question mark; never empty.
    package var path: String
    /// Behind the question mark; nil: there is none.
    package var query: String?
    /// Name and password before the host, decoded.
    package var credentials: RecordedRequest.Pair?

    /// Nil when the text is no URL of HTTP. Without a scheme `http://` is meant, as curl has it.
    package init?(_ text: String) {
        var rest = Substring(text.prefix { $0 != "#" })
        var scheme = "http"
        if let end = rest.firstRange(of: "://") {
            scheme = rest[..<end.lowerBound].lowercased()
            rest = rest[end.upperBound...]
        }
        guard scheme == "http" || scheme == "https" else { return nil }
        var authority = rest.prefix { $0 != "/" && $0 != "?" }
        rest = rest[authority.endIndex...]
        if let at = authority.lastIndex(of: "@") {
            let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map { part in
                PercentText.decoded(String(part)) ?? String(part)
            }
            credentials = RecordedRequest.Pair(parts[0], parts.count > 1 ? parts[1] : "")
            authority = authority[authority.index(after: at)...]
        }
        guard !authority.isEmpty, !authority.contains(where: { $0.isWhitespace || $0 == "\"" }) else { return nil }
        let standardPort = scheme == "https" ? ":443" : ":80"
        // Names of the shell's variables stay as they are.
        let host = authority.contains("$") ? String(authority) : authority.lowercased()
        origin = "\(scheme)://\(host.hasSuffix(standardPort) ? String(host.dropLast(standardPort.count)) : host)"
        let path = rest.prefix { $0 != "?" }
        self.path = path.isEmpty ? "/" : PercentText.fit(String(path))
        query = rest.count > path.count ? PercentText.fit(String(rest.dropFirst(path.count + 1))) : nil
    }
}
