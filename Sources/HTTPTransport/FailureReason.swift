import CCurl
import Glibc

/// Why a transfer failed, in few and stable words: failures are grouped by this text.
enum FailureReason {
    /// The words for libcurl's code, with the system's reason where there is one ("Could not connect: Connection refused").
    static func text(_ code: CURLcode, handle: UnsafeMutableRawPointer) -> String {
        var systemError = 0
        ccurl_get_long(handle, CURLINFO_OS_ERRNO, &systemError)
        let words: String
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: words = "Could not resolve host"
        case CURLE_COULDNT_RESOLVE_PROXY: words = "Could not resolve proxy"
        case CURLE_COULDNT_CONNECT: words = "Could not connect"
        case CURLE_OPERATION_TIMEDOUT: words = "Timed out"
        case CURLE_GOT_NOTHING: words = "Connection closed without an answer"
        case CURLE_PARTIAL_FILE: words = "Connection closed in the middle of the answer"
        case CURLE_RECV_ERROR: words = "Could not receive"
        case CURLE_SEND_ERROR: words = "Could not send"
        case CURLE_TOO_MANY_REDIRECTS: words = "Too many redirects"
        case CURLE_URL_MALFORMAT: words = "Malformed URL"
        case CURLE_UNSUPPORTED_PROTOCOL: words = "Unsupported protocol in URL"
        case CURLE_WEIRD_SERVER_REPLY: words = "Not an HTTP answer"
        case CURLE_PEER_FAILED_VERIFICATION: words = "TLS certificate not trusted"
        default: words = String(cString: curl_easy_strerror(code))
        }
        let hasSystemReason = [CURLE_COULDNT_CONNECT, CURLE_RECV_ERROR, CURLE_SEND_ERROR].contains(code)
        guard hasSystemReason, systemError != 0 else { return words }
        return "\(words): \(String(cString: strerror(Int32(systemError))))"
    }
}
