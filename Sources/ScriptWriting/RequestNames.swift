/// Names under which requests are counted together: `/products/7` and `/products/12` are `/products/[id]`.
struct RequestNames {
    private let shared: Set<String>

    /// Takes all paths that there are.
    init(paths: some Sequence<String>) {
        var variants: [String: Set<String>] = [:]
        for path in paths {
            let template = Self.template(path)
            if template != path { variants[template, default: []].insert(path) }
        }
        shared = Set(variants.filter { $0.value.count > 1 }.keys)
    }

    /// The name of a path; nil: the path itself will do.
    func name(of path: String) -> String? {
        let template = Self.template(path)
        return shared.contains(template) ? template : nil
    }

    /// With `[id]` for what looks like an identifier.
    private static func template(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).map { isIdentifier($0) ? "[id]" : String($0) }.joined(separator: "/")
    }

    /// A number, a UUID, or a long hexadecimal number.
    private static func isIdentifier(_ segment: Substring) -> Bool {
        if segment.isEmpty { return false }
        if segment.allSatisfy({ $0.isASCII && $0.isNumber }) { return true }
        let groups = segment.split(separator: "-", omittingEmptySubsequences: false)
        let isHexadecimal = groups.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isHexDigit } }
        return isHexadecimal && (groups.map(\.count) == [8, 4, 4, 4, 12] || groups.count == 1 && segment.count >= 16)
    }
}
