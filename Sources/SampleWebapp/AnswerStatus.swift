/// The statuses that the application answers with: a closed set, so that counting takes a fixed amount of memory.
package enum AnswerStatus: Int, CaseIterable, Sendable {
    case ok, badRequest, notFound, methodNotAllowed, contentTooLarge, internalServerError

    /// The status code.
    package var code: Int {
        switch self {
        case .ok: 200
        case .badRequest: 400
        case .notFound: 404
        case .methodNotAllowed: 405
        case .contentTooLarge: 413
        case .internalServerError: 500
        }
    }

    /// The reason phrase of the status line.
    package var reason: String {
        switch self {
        case .ok: "OK"
        case .badRequest: "Bad Request"
        case .notFound: "Not Found"
        case .methodNotAllowed: "Method Not Allowed"
        case .contentTooLarge: "Content Too Large"
        case .internalServerError: "Internal Server Error"
        }
    }
}
