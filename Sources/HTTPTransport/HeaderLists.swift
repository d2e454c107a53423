import CCurl
import LoadModel

/// The `curl_slist`s of header lines, one for each distinct set, kept for reuse: scripts send the same few sets again and again.
///
/// Owned by one transport. At most `limit` sets are kept; further ones live as long as their request.
struct HeaderLists: ~Copyable {
    /// A list to hand to libcurl; nil: no header of ours.
    struct Lease {
        var list: UnsafeMutablePointer<curl_slist>?
        /// What the script's own `Cookie` fields say, as one element; nil: there is none. It is not in `list`: a request has one such field, in
        /// which libcurl joins this with the user's cookies.
        var cookie: UnsafeMutablePointer<curl_slist>?
        /// True when the request must free both after use.
        var isOwned: Bool

        /// Frees what the request has to free.
        func end() {
            guard isOwned else { return }
            curl_slist_free_all(list)
            curl_slist_free_all(cookie)
        }
    }

    private struct Entry {
        var hash: Int
        var kind: RequestDraft.BodyKind
        var isLarge: Bool
        /// A body is announced that is not there.
        var isBodyless: Bool
        var lines: [UInt8]
        var lease: Lease
    }

    private let limit = 256
    private var entries: [Entry] = []
    /// What every request says unless its script says otherwise. Through libcurl's own options each would be printed twice, which costs a
    /// tenth of a request's instructions in 7.88.
    private let defaults: [(name: String, line: String)]
    /// The list of a request without headers of its own.
    private let plain: UnsafeMutablePointer<curl_slist>?
    /// That of one whose method has a body, but which has none.
    private let bodyless: UnsafeMutablePointer<curl_slist>?
    /// Keeps libcurl from saying that no body is a form.
    private static let noContentType = "Content-Type:"
    /// Bodies longer than this would make libcurl ask the server first (`Expect: 100-continue`) and wait up to a second.
    static let expectThreshold = 1 << 20

    init(userAgent: String) {
        var encodings = "gzip"
        if let version = curl_version_info(CURLVERSION_FIRST), version.pointee.features & CURL_VERSION_BROTLI != 0 { encodings += ", br" }
        defaults = [("user-agent", "User-Agent: \(userAgent)"), ("accept-encoding", "Accept-Encoding: \(encodings)")]
        plain = defaults.reduce(nil) { curl_slist_append($0, $1.line) }
        bodyless = curl_slist_append(defaults.reduce(nil) { curl_slist_append($0, $1.line) }, Self.noContentType)
    }

    deinit {
        curl_slist_free_all(plain)
        curl_slist_free_all(bodyless)
        for entry in entries {
            curl_slist_free_all(entry.lease.list)
            curl_slist_free_all(entry.lease.cookie)
        }
    }

    /// The list for a request with these NUL-separated lines and this kind and size of body. `sends`: its method has a body, be it empty.
    mutating func lease(lines: UnsafeRawBufferPointer, kind: RequestDraft.BodyKind, bodyCount: Int, sends: Bool) -> Lease {
        let isLarge = bodyCount >= Self.expectThreshold
        let isBodyless = sends && kind == .none
        if lines.isEmpty && !isLarge && (kind == .none || kind == .form) {
            return Lease(list: isBodyless ? bodyless : plain, cookie: nil, isOwned: false)
        }
        var hash = Int(kind.rawValue) &* 31 &+ (isLarge ? 17 : 0) &+ (isBodyless ? 7 : 0)
        for byte in lines { hash = (hash ^ Int(byte)) &* 0x0100_0000_01b3 }
        for entry in entries where entry.hash == hash && entry.kind == kind && entry.isLarge == isLarge && entry.isBodyless == isBodyless {
            if entry.lines.withUnsafeBytes({ $0.isEqual(to: lines) }) { return entry.lease }
        }
        var lease = build(lines: lines, kind: kind, isLarge: isLarge, isBodyless: isBodyless)
        if entries.count >= limit { return lease }
        lease.isOwned = false
        entries.append(Entry(hash: hash, kind: kind, isLarge: isLarge, isBodyless: isBodyless, lines: Array(lines), lease: lease))
        return lease
    }

    private func build(lines: UnsafeRawBufferPointer, kind: RequestDraft.BodyKind, isLarge: Bool, isBodyless: Bool) -> Lease {
        var list: UnsafeMutablePointer<curl_slist>?
        var cookies: [Substring] = []
        var names: Set<String> = []
        for line in lines.split(separator: 0) {
            let text = String(decoding: line, as: UTF8.self)
            let name = text.prefix { $0 != ":" }.lowercased()
            names.insert(name)
            // libcurl drops a header without a value unless it ends in a semicolon.
            let value = text.dropFirst(name.count + 1)
            if name == "cookie" {
                let pairs = value.drop { $0 == " " }
                if !pairs.isEmpty { cookies.append(pairs) }
                continue
            }
            list = curl_slist_append(list, value.allSatisfy { $0 == " " } ? "\(text.prefix(name.count));" : text)
        }
        for header in defaults where !names.contains(header.name) { list = curl_slist_append(list, header.line) }
        if !names.contains("content-type") {
            if kind == .json { list = curl_slist_append(list, "Content-Type: application/json") }
            if kind == .raw { list = curl_slist_append(list, "Content-Type: application/octet-stream") }
        }
        if isBodyless && !names.contains("content-type") { list = curl_slist_append(list, Self.noContentType) }
        if isLarge && !names.contains("expect") { list = curl_slist_append(list, "Expect:") }
        let cookie = cookies.isEmpty ? nil : curl_slist_append(nil, cookies.joined(separator: "; "))
        return Lease(list: list, cookie: cookie, isOwned: true)
    }
}
