import CCurl
import LoadModel

/// URLs that libcurl has taken apart already: parsing anew for each request costs a fifth of its CPU time
/// (docs/decisions/0001-connection-pools.md).
///
/// Owned by one transport. At most `limit` URLs are kept; scripts that make a new URL for each request pay for the parsing.
struct ParsedURLs: ~Copyable {
    private struct Entry {
        var text: [UInt8]
        var url: OpaquePointer
    }

    private let limit = 1024
    private var entries: [Int: Entry] = [:]

    deinit { for entry in entries.values { curl_url_cleanup(entry.url) } }

    /// The parsed form of a URL that ends in NUL, if it is kept or can be kept; nil: the caller parses it for itself.
    mutating func find(_ text: UnsafeRawBufferPointer) -> OpaquePointer? {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text { hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01b3 }
        let key = Int(truncatingIfNeeded: hash)
        if let entry = entries[key] {
            return entry.text.withUnsafeBytes { $0.isEqual(to: text) } ? entry.url : nil
        }
        guard entries.count < limit, let url = Self.parse(text, into: nil) else { return nil }
        entries[key] = Entry(text: Array(text), url: url)
        return url
    }

    /// Takes a URL apart, into `url` or a new object; nil when it is malformed. The path is sent as it is written.
    static func parse(_ text: UnsafeRawBufferPointer, into url: OpaquePointer?) -> OpaquePointer? {
        guard let url = url ?? curl_url() else { return nil }
        let characters = text.baseAddress?.assumingMemoryBound(to: CChar.self)
        let flags = UInt32(CURLU_PATH_AS_IS | CURLU_URLENCODE)
        if curl_url_set(url, CURLUPART_URL, characters, flags) == CURLUE_OK { return url }
        curl_url_cleanup(url)
        return nil
    }
}
