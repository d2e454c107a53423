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
        // Also what libcurl says of an answer without a status line, which it takes for HTTP/0.9.
        case CURLE_UNSUPPORTED_PROTOCOL where isAfterSending(handle): words = "Not an HTTP answer"
        case CURLE_UNSUPPORTED_PROTOCOL: words = "Unsupported protocol in URL"
        case CURLE_WEIRD_SERVER_REPLY: words = "Not an HTTP answer"
        case CURLE_PEER_FAILED_VERIFICATION: words = "TLS certificate not trusted"
        default: words = String(cString: curl_easy_strerror(code))
        }
        let hasSystemReason = [CURLE_COULDNT_CONNECT, CURLE_RECV_ERROR, CURLE_SEND_ERROR].contains(code)
        guard hasSystemReason, systemError != 0 else { return words }
        return "\(words): \(String(cString: strerror(Int32(systemError))))"
    }

    /// True when the request was sent and no status line came.
    private static func isAfterSending(_ handle: UnsafeMutableRawPointer) -> Bool {
        var status = 0
        var sent: Int64 = 0
        ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        ccurl_get_offset(handle, CURLINFO_PRETRANSFER_TIME_T, &sent)
        return status == 0 && sent > 0
    }
}
