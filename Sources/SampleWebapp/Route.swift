import NIOHTTP1

/// Which of the application's pages a request asks for, and how: the key under which it is counted.
///
/// The set is closed, so that counting takes a fixed amount of memory whatever the clients send.
package struct Route: Hashable, Sendable {
    /// The paths that the application knows, and one for all others.
    package enum Path: Int, CaseIterable, Sendable {
        case welcome, login, metrics, counts, other

        /// The path as it stands in a URL.
        package var text: String {
            switch self {
            case .welcome: "/"
            case .login: "/login"
            case .metrics: "/metrics"
            case .counts: "/counts"
            case .other: "(other)"
            }
        }
    }

    /// The methods told apart, and one for all others.
    package enum Method: Int, CaseIterable, Sendable {
        case get, head, post, put, patch, delete, options, other

        /// The method as it stands in a request line.
        package var text: String {
            switch self {
            case .get: "GET"
            case .head: "HEAD"
            case .post: "POST"
            case .put: "PUT"
            case .patch: "PATCH"
            case .delete: "DELETE"
            case .options: "OPTIONS"
            case .other: "(other)"
            }
        }
    }

    /// The page.
    package let path: Path
    /// How it is asked for; always `.other` for unknown paths, which share one key.
    package let method: Method

    /// How many routes there are; ``index`` lies below it.
    package static let count = Path.allCases.count * Method.allCases.count

    /// The route's place in a table of ``count`` rows.
    package var index: Int { path.rawValue * Method.allCases.count + method.rawValue }

    /// The name under which the route's requests are reported: `POST /login`, or `(other)`.
    package var name: String { path == .other ? Path.other.text : "\(method.text) \(path.text)" }

    /// - Parameters:
    ///   - path: the page.
    ///   - method: how it is asked for; dropped for unknown paths.
    package init(_ path: Path, _ method: Method) {
        self.path = path
        self.method = path == .other ? .other : method
    }

    /// - Parameter index: a value of ``index``.
    package init(index: Int) {
        let methods = Method.allCases.count
        guard let path = Path(rawValue: index / methods), let method = Method(rawValue: index % methods) else {
            preconditionFailure("no route has the index \(index)")
        }
        self.path = path
        self.method = method
    }

    /// Finds the route of a request line.
    ///
    /// - Parameters:
    ///   - method: the request's method.
    ///   - target: origin form (`/login?deviceid=1`) or absolute form (`http://host/login`).
    /// - Returns: the route, and the query as a part of the target, empty when there is none.
    package static func resolve(method: HTTPMethod, target: String) -> (route: Route, query: Substring.UTF8View) {
        var rest = target.utf8[...]
        if rest.first != UInt8(ascii: "/") { rest = originForm(rest) }
        let pathEnd = rest.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
        let query = pathEnd == rest.endIndex ? rest[pathEnd...] : rest[rest.index(after: pathEnd)...]
        return (Route(path(rest[..<pathEnd]), Method(method)), query)
    }

    /// Drops `http://authority` from an absolute-form target, which a server must accept (RFC 9112 section 3.2.2).
    private static func originForm(_ target: Substring.UTF8View) -> Substring.UTF8View {
        let scheme = "://".utf8
        var index = target.startIndex
        while index != target.endIndex {
            if target[index...].starts(with: scheme) {
                let authority = target[target.index(index, offsetBy: scheme.count)...]
                guard let slash = authority.firstIndex(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }) else {
                    return "/"[...].utf8
                }
                return authority[slash...]
            }
            index = target.index(after: index)
        }
        return target
    }

    private static func path(_ encoded: Substring.UTF8View) -> Path {
        if encoded.elementsEqual("/metrics".utf8) { return .metrics }
        if encoded.elementsEqual("/login".utf8) { return .login }
        if encoded.isEmpty || encoded.elementsEqual("/".utf8) { return .welcome }
        if encoded.elementsEqual("/counts".utf8) { return .counts }
        guard encoded.contains(UInt8(ascii: "%")), !encoded.contains(UInt8(ascii: "+")) else { return .other }
        var decoded: [UInt8] = []
        Array(encoded).withUnsafeBytes { FormFields.decode($0, to: &decoded) }
        return Path.allCases.first { $0 != .other && decoded.elementsEqual($0.text.utf8) } ?? .other
    }
}

extension Route.Method {
    /// - Parameter method: the parser's method.
    package init(_ method: HTTPMethod) {
        self =
            switch method {
            case .GET: .get
            case .HEAD: .head
            case .POST: .post
            case .PUT: .put
            case .PATCH: .patch
            case .DELETE: .delete
            case .OPTIONS: .options
            default: .other
            }
    }
}
