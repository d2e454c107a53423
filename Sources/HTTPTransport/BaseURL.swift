import CCurl

/// The URL that is put before the paths of a run's requests.
package enum BaseURL {
    /// Whether libcurl's parser takes it: a host is there, the port is a number up to 65535, nothing is in it that a URL cannot hold.
    package static func isValid(_ text: String) -> Bool {
        // Three slashes are forgiven by libcurl: the path's first part would be taken for the host.
        guard let separator = text.firstRange(of: "://"), text[separator.upperBound...].first != "/" else { return false }
        // A path is to follow.
        if text.contains(where: { $0 == "?" || $0 == "#" }) { return false }
        guard let url = curl_url() else { return true }
        defer { curl_url_cleanup(url) }
        return curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK
    }
}
