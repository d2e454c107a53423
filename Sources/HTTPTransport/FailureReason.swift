import CCurl
import Glibc
import LoadModel

/// Why a transfer failed, in few and stable words: failures are grouped by this text.
enum FailureReason {
    /// The words for libcurl's code, with the system's reason where there is one ("Could not connect: Connection refused").
    /// `details`: what libcurl wrote about it.
    static func text(_ code: CURLcode, handle: UnsafeMutableRawPointer, details: UnsafePointer<CChar>) -> String {
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
        case CURLE_RECV_ERROR:
            if let status = tunnelRefusal(handle) { return "Proxy refused the tunnel with status \(status)" }
            words = "Could not receive"
        case CURLE_SEND_ERROR: words = "Could not send"
        case CURLE_URL_MALFORMAT: words = "Malformed URL"
        // Also what libcurl says of an answer without a status line, which it takes for HTTP/0.9.
        case CURLE_UNSUPPORTED_PROTOCOL where isAfterSending(handle): words = "Not an HTTP answer"
        case CURLE_UNSUPPORTED_PROTOCOL: words = "Unsupported protocol in URL"
        case CURLE_WEIRD_SERVER_REPLY: words = "Not an HTTP answer"
        case CURLE_PEER_FAILED_VERIFICATION: words = "TLS certificate not trusted"
        case CURLE_SSL_CONNECT_ERROR: words = "TLS handshake failed"
        case CURLE_SSL_CERTPROBLEM: words = "Client certificate unusable: it is no PEM, or its key or the key's password does not fit"
        default: words = String(cString: curl_easy_strerror(code))
        }
        if [CURLE_SSL_CONNECT_ERROR, CURLE_RECV_ERROR, CURLE_SEND_ERROR].contains(code), let reason = reasonOfTLS(details) {
            return "\(words): \(reason)"
        }
        let hasSystemReason = [CURLE_COULDNT_CONNECT, CURLE_RECV_ERROR, CURLE_SEND_ERROR].contains(code)
        guard hasSystemReason, systemError != 0 else { return words }
        return "\(words): \(String(cString: strerror(Int32(systemError))))"
    }

    /// The words for a request whose own time limit has passed.
    static func noWholeAnswer(withinMilliseconds limit: Int) -> String {
        // Durations are written with one decimal: what has more is written in milliseconds.
        let duration = limit % 100 == 0 ? DurationText.words(nanoseconds: Int64(limit) * 1_000_000) : "\(limit) ms"
        return "Timed out: no whole answer within \(duration)"
    }

    /// OpenSSL's words (`…:error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0`); nil: it has said nothing.
    private static func reasonOfTLS(_ details: UnsafePointer<CChar>) -> String? {
        let text = String(cString: details)
        guard let start = text.firstRange(of: "routines::") else { return nil }
        return String(text[start.upperBound...].prefix { $0 != "," })
    }

    /// The status with which a proxy refused to let TLS through; nil: it did not.
    private static func tunnelRefusal(_ handle: UnsafeMutableRawPointer) -> Int? {
        var status = 0
        ccurl_get_long(handle, CURLINFO_HTTP_CONNECTCODE, &status)
        return status == 0 || (200...299).contains(status) ? nil : status
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
