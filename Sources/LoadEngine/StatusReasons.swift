/// The failure reasons of answers with a failing status, made once each.
package struct StatusReasons {
    private var texts: [Int32: String] = [:]

    package init() {}

    /// `HTTP 503 Service Unavailable`; without words where RFC 9110 has none.
    package mutating func text(for status: Int32) -> String {
        if let text = texts[status] { return text }
        let words = Self.words[status].map { " \($0)" } ?? ""
        let text = "HTTP \(status)\(words)"
        if texts.count < 1000 { texts[status] = text }
        return text
    }

    private static let words: [Int32: String] = [
        400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed",
        413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type", 422: "Unprocessable Content", 425: "Too Early",
        429: "Too Many Requests", 431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented",
        502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
    ]
}
