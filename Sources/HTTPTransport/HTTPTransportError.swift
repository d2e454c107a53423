import CCurl

/// libcurl refused something that does not depend on the target: an option, a handle.
package struct HTTPTransportError: Error, CustomStringConvertible {
    /// What was being done, as a verb phrase.
    package var action: String
    /// libcurl's code.
    package var code: UInt32

    package var description: String { "could not \(action): \(String(cString: curl_easy_strerror(CURLcode(rawValue: code))))" }
}
