/// Which recorded header fields a script repeats: not those that the client sets itself, nor those with which browsers describe themselves.
enum HeaderChoice {
    /// Whether a field is worth repeating.
    static func keeps(_ field: RecordedRequest.Pair, of request: RecordedRequest) -> Bool {
        let name = field.name.lowercased()
        if name.hasPrefix(":") || name.hasPrefix("sec-") || dropped.contains(name) { return false }
        switch name {
        case "user-agent": return !field.value.hasPrefix("Mozilla/")
        case "accept": return field.value != "*/*" && !field.value.contains("text/html,") && !field.value.hasPrefix("image/")
        case "origin": return request.method != "GET" && request.method != "HEAD" && field.value != "null"
        default: return true
        }
    }

    /// Whether a field can be sent at all.
    static func isWellFormed(_ field: RecordedRequest.Pair) -> Bool {
        !field.name.isEmpty && field.name.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: ":") }
            && !field.value.unicodeScalars.contains { $0 == "\r" || $0 == "\n" || $0 == "\0" }
    }

    private static let dropped: Set<String> = [
        // The client's own.
        "host", "content-length", "connection", "proxy-connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade",
        "accept-encoding", "expect", "http2-settings",
        // A browser's.
        "accept-language", "upgrade-insecure-requests", "dnt", "priority", "pragma", "cache-control", "referer", "if-none-match",
        "if-modified-since", "purpose", "x-client-data", "save-data", "device-memory", "viewport-width", "downlink", "ect", "rtt",
    ]
}
