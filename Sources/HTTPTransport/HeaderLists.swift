import CCurl
import LoadModel

/// The `curl_slist`s of header lines, one for each distinct set, kept for reuse: scripts send the same few sets again and again.
///
/// Owned by one transport. At most `limit` sets are kept; further ones live as long as their request.
struct HeaderLists: ~Copyable {
    /// A list to hand to libcurl; nil: no header of ours.
    struct Lease {
        var list: UnsafeMutablePointer<curl_slist>?
        /// True when the request must free the list after use.
        var isOwned: Bool
    }

    private struct Entry {
        var hash: Int
        var kind: RequestDraft.BodyKind
        var isLarge: Bool
        var lines: [UInt8]
        var list: UnsafeMutablePointer<curl_slist>?
    }

    private let limit = 256
    private var entries: [Entry] = []
    /// What every request says unless its script says otherwise. Through libcurl's own options each would be printed twice, which costs a
    /// tenth of a request's instructions in 7.88.
    private let defaults: [(name: String, line: String)]
    /// The list of a request without headers of its own.
    private let plain: UnsafeMutablePointer<curl_slist>?
    /// Bodies longer than this would make libcurl ask the server first (`Expect: 100-continue`) and wait up to a second.
    static let expectThreshold = 1 << 20

    init(userAgent: String) {
        var encodings = "gzip"
        if let version = curl_version_info(CURLVERSION_FIRST), version.pointee.features & CURL_VERSION_BROTLI != 0 { encodings += ", br" }
        defaults = [("user-agent", "User-Agent: \(userAgent)"), ("accept-encoding", "Accept-Encoding: \(encodings)")]
        plain = defaults.reduce(nil) { curl_slist_append($0, $1.line) }
    }

    deinit {
        curl_slist_free_all(plain)
        for entry in entries { curl_slist_free_all(entry.list) }
    }

    /// The list for a request with these NUL-separated lines and this kind and size of body.
    mutating func lease(lines: UnsafeRawBufferPointer, kind: RequestDraft.BodyKind, bodyCount: Int) -> Lease {
        let isLarge = bodyCount >= Self.expectThreshold
        if lines.isEmpty && !isLarge && (kind == .none || kind == .form) { return Lease(list: plain, isOwned: false) }
        var hash = Int(kind.rawValue) &* 31 &+ (isLarge ? 17 : 0)
        for byte in lines { hash = (hash ^ Int(byte)) &* 0x0100_0000_01b3 }
        for entry in entries where entry.hash == hash && entry.kind == kind && entry.isLarge == isLarge {
            if entry.lines.withUnsafeBytes({ $0.isEqual(to: lines) }) { return Lease(list: entry.list, isOwned: false) }
        }
        let list = build(lines: lines, kind: kind, isLarge: isLarge)
        if entries.count >= limit { return Lease(list: list, isOwned: true) }
        entries.append(Entry(hash: hash, kind: kind, isLarge: isLarge, lines: Array(lines), list: list))
        return Lease(list: list, isOwned: false)
    }

    private func build(
        lines: UnsafeRawBufferPointer, kind: RequestDraft.BodyKind, isLarge: Bool
    ) -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        var names: Set<String> = []
        for line in lines.split(separator: 0) {
            let text = String(decoding: line, as: UTF8.self)
            let name = text.prefix { $0 != ":" }.lowercased()
            names.insert(name)
            // libcurl drops a header without a value unless it ends in a semicolon.
            let value = text.dropFirst(name.count + 1)
            list = curl_slist_append(list, value.allSatisfy { $0 == " " } ? "\(text.prefix(name.count));" : text)
        }
        for header in defaults where !names.contains(header.name) { list = curl_slist_append(list, header.line) }
        if !names.contains("content-type") {
            if kind == .json { list = curl_slist_append(list, "Content-Type: application/json") }
            if kind == .raw { list = curl_slist_append(list, "Content-Type: application/octet-stream") }
        }
        if isLarge && !names.contains("expect") { list = curl_slist_append(list, "Expect:") }
        return list
    }
}
