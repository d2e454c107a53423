import Glibc

/// The host and port of a URL's origin.
struct Authority {
    /// Without brackets.
    var host: String
    var port: String

    /// As libcurl's address cache names it.
    var key: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// An address needs no lookup.
    var isNumeric: Bool {
        var four = in_addr()
        var six = in6_addr()
        return inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1
    }

    /// nil when `origin` (`http://user@host:port`) has no authority.
    init?(origin: UnsafeRawBufferPointer) {
        let text = String(decoding: origin, as: UTF8.self)
        guard let separator = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<separator.lowerBound].lowercased()
        var rest = text[separator.upperBound...]
        if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        var port = scheme == "https" ? "443" : "80"
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            let tail = rest[rest.index(after: end)...]
            if tail.hasPrefix(":") { port = String(tail.dropFirst()) }
        } else if let colon = rest.lastIndex(of: ":") {
            host = String(rest[..<colon])
            port = String(rest[rest.index(after: colon)...])
        } else {
            host = String(rest)
        }
        self.port = port
        if host.isEmpty { return nil }
    }
}
