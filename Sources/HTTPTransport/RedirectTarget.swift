import CCurl
import Glibc
import LoadModel

/// Where a redirect leads: a `Location` put upon the URL that it answered, by libcurl's own rules for URLs.
enum RedirectTarget {
    /// The URL, which the caller frees with `curl_url_cleanup`, and whether its scheme, host or port is another than before.
    case url(OpaquePointer, leavesOrigin: Bool)
    /// Nothing that can be followed, for this reason.
    case unusable(reason: String)

    /// Puts `location` upon `current`, an absolute URL that ends in NUL. The fragment is left out, since it is not sent; name and password of
    /// `current` go on to the same origin, and to no other.
    init(location: UnsafeRawBufferPointer, current: UnsafeRawBufferPointer) {
        if let scheme = Self.scheme(of: location), scheme != "http", scheme != "https" {
            self = .unusable(reason: "Redirect to a URL that is neither http nor https")
            return
        }
        let malformed = Self.unusable(reason: "Redirect to a malformed URL")
        guard let url = ParsedURLs.parse(current, into: nil) else {
            self = malformed
            return
        }
        let before = Self.origin(of: url)
        let user = Self.part(CURLUPART_USER, of: url)
        let password = Self.part(CURLUPART_PASSWORD, of: url)
        let flags = UInt32(CURLU_URLENCODE | CURLU_ALLOW_SPACE)
        let code = String(decoding: location, as: UTF8.self).withCString { curl_url_set(url, CURLUPART_URL, $0, flags) }
        guard code == CURLUE_OK, !location.contains(0) else {
            curl_url_cleanup(url)
            self = malformed
            return
        }
        curl_url_set(url, CURLUPART_FRAGMENT, nil, 0)
        let leavesOrigin = Self.origin(of: url) != before
        if !leavesOrigin, let user, Self.part(CURLUPART_USER, of: url) == nil {
            curl_url_set(url, CURLUPART_USER, user, 0)
            if let password { curl_url_set(url, CURLUPART_PASSWORD, password, 0) }
        }
        self = .url(url, leavesOrigin: leavesOrigin)
    }

    /// Writes a URL's text and a NUL behind it. Answers false when libcurl has no memory left.
    static func write(_ url: OpaquePointer, to buffer: inout ByteBuffer) -> Bool {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, CURLUPART_URL, &text, 0) == CURLUE_OK, let text else { return false }
        buffer.removeAll()
        buffer.append(UnsafeRawBufferPointer(start: text, count: strlen(text) + 1))
        curl_free(text)
        return true
    }

    /// The scheme in lower case; nil when the reference has none, so that it is relative (RFC 3986, section 4.2).
    private static func scheme(of reference: UnsafeRawBufferPointer) -> String? {
        guard let end = reference.firstIndex(where: { [":", "/", "?", "#"].contains(Character(Unicode.Scalar($0))) }), end > 0,
            reference[end] == UInt8(ascii: ":")
        else { return nil }
        return String(decoding: reference[..<end], as: UTF8.self).lowercased()
    }

    private static func origin(of url: OpaquePointer) -> [String?] {
        [CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT].map { part($0, of: url)?.lowercased() }
    }

    private static func part(_ part: CURLUPart, of url: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
