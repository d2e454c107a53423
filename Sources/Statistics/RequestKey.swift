import LoadModel

/// What requests are grouped by: name and method.
package struct RequestKey: Sendable, Hashable, Comparable {
    package var method: HTTPMethod
    package var name: String
    /// What another load generator calls a kind of request that is none of HTTP's, and that `method` then says nothing of; nil: it is one.
    package var foreignType: String?

    package init(method: HTTPMethod, name: String) {
        self.method = method
        self.name = name
    }

    /// Of a request whose type is told as a text: a method of HTTP, or any other word.
    package init(typeText: String, name: String) {
        if let known = Self.methods[typeText] {
            method = known
        } else {
            method = .get
            foreignType = typeText
        }
        self.name = name
    }

    private static let methods = Dictionary(uniqueKeysWithValues: HTTPMethod.allCases.map { ($0.text, $0) })

    /// What stands before the name in every table and file: the method, as a rule.
    package var typeText: String { foreignType ?? method.text }

    /// By name, then by method as written: the order of every table and file.
    package static func < (a: RequestKey, b: RequestKey) -> Bool {
        a.name == b.name ? a.typeText < b.typeText : a.name < b.name
    }
}

/// Failures of one kind of request for one reason.
package struct FailureKey: Sendable, Hashable, Comparable {
    package var request: RequestKey
    /// In words fit for a table.
    package var reason: String

    package init(request: RequestKey, reason: String) {
        self.request = request
        self.reason = reason
    }

    /// By request, then by reason.
    package static func < (a: FailureKey, b: FailureKey) -> Bool {
        a.request == b.request ? a.reason < b.reason : a.request < b.request
    }
}
