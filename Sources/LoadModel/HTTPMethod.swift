/// The verb of an HTTP request (RFC 9110, section 9).
package enum HTTPMethod: UInt8, Sendable, CaseIterable {
    case get, post, put, patch, delete, head, options, trace

    /// The verb as it stands on the request line and in every table.
    package var text: String {
        switch self {
        case .get: "GET"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .head: "HEAD"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        }
    }
}
