import LoadModel

/// What requests are grouped by: name and method.
package struct RequestKey: Sendable, Hashable, Comparable {
    package var method: HTTPMethod
    package var name: String

    package init(method: HTTPMethod, name: String) {
        self.method = method
        self.name = name
    }

    /// By name, then by method as written: the order of every table and file.
    package static func < (a: RequestKey, b: RequestKey) -> Bool {
        a.name == b.name ? a.method.text < b.method.text : a.name < b.name
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
