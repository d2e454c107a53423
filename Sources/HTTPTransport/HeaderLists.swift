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
    /// Bodies longer than this would make libcurl ask the server first (`Expect: 100-continue`) and wait up to a second.
    static let expectThreshold = 1 << 20

    deinit { for entry in entries { curl_slist_free_all(entry.list) } }

    /// The list for a request with these NUL-separated lines and this kind and size of body.
    mutating func lease(lines: UnsafeRawBufferPointer, kind: RequestDraft.BodyKind, bodyCount: Int) -> Lease {
        let isLarge = bodyCount >= Self.expectThreshold
        if lines.isEmpty && !isLarge && (kind == .none || kind == .form) { return Lease(list: nil, isOwned: false) }
        var hash = Int(kind.rawValue) &* 31 &+ (isLarge ? 17 : 0)
        for byte in lines { hash = (hash ^ Int(byte)) &* 0x0100_0000_01b3 }
        for entry in entries where entry.hash == hash && entry.kind == kind && entry.isLarge == isLarge {
            if entry.lines.withUnsafeBytes({ $0.isEqual(to: lines) }) { return Lease(list: entry.list, isOwned: false) }
        }
        let list = Self.build(lines: lines, kind: kind, isLarge: isLarge)
        if entries.count >= limit { return Lease(list: list, isOwned: true) }
        entries.append(Entry(hash: hash, kind: kind, isLarge: isLarge, lines: Array(lines), list: list))
        return Lease(list: list, isOwned: false)
    }

    private static func build(
        lines: UnsafeRawBufferPointer, kind: RequestDraft.BodyKind, isLarge: Bool
    ) -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        var saysContentType = false
        var saysExpect = false
        for line in lines.split(separator: 0) {
            let text = String(decoding: line, as: UTF8.self)
            let name = text.prefix { $0 != ":" }.lowercased()
            if name == "content-type" { saysContentType = true }
            if name == "expect" { saysExpect = true }
            // libcurl drops a header without a value unless it ends in a semicolon.
            let value = text.dropFirst(name.count + 1)
            list = curl_slist_append(list, value.allSatisfy { $0 == " " } ? "\(text.prefix(name.count));" : text)
        }
        if !saysContentType {
            if kind == .json { list = curl_slist_append(list, "Content-Type: application/json") }
            if kind == .raw { list = curl_slist_append(list, "Content-Type: application/octet-stream") }
        }
        if isLarge && !saysExpect { list = curl_slist_append(list, "Expect:") }
        return list
    }
}
