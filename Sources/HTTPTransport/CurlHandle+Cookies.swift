import CCurl
import Glibc

/// Cookies that change hands.
extension CurlHandle {
    /// Takes the cookies out of the handle, in Netscape's cookie-file form, a line each; empty when there are none.
    func takeCookies() -> [UInt8] {
        var list: UnsafeMutablePointer<curl_slist>?
        ccurl_get_list(pointer, CURLINFO_COOKIELIST, &list)
        guard let list else { return [] }
        var lines: [UInt8] = []
        var next: UnsafeMutablePointer<curl_slist>? = list
        while let item = next {
            lines += UnsafeRawBufferPointer(start: item.pointee.data, count: strlen(item.pointee.data))
            lines.append(0)
            next = item.pointee.next
        }
        curl_slist_free_all(list)
        clearCookies()
        return lines
    }

    /// Drops the cookies that the handle holds.
    func clearCookies() { ccurl_set_text(pointer, CURLOPT_COOKIELIST, "ALL") }

    /// Puts cookies back that `takeCookies()` took.
    func putCookies(_ lines: [UInt8]) {
        lines.withUnsafeBytes { bytes in
            var start = 0
            for end in 0..<bytes.count where bytes[end] == 0 {
                let line = UnsafeRawBufferPointer(rebasing: bytes[start...end])
                ccurl_set_text(pointer, CURLOPT_COOKIELIST, line.baseAddress?.assumingMemoryBound(to: CChar.self))
                start = end + 1
            }
        }
    }
}
