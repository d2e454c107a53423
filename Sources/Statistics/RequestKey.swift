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
package struct FailureKey: Sendable, Hashable {
    package var request: RequestKey
    /// In words fit for a table.
    package var reason: String

    package init(request: RequestKey, reason: String) {
        self.request = request
        self.reason = reason
    }
}

/// How much is told apart. Whatever comes above a limit is counted under `otherName`, and one example of it is kept.
package struct StatisticsLimits: Sendable, Equatable {
    /// Stands for all names, reasons or places above the limit.
    package static let otherName = "(other)"
    /// Names, reasons and places are cut to so many bytes of UTF-8.
    package static let longestText = 512

    /// Distinct requests (method and name); above it, one `(other)` per method.
    package var requests = 1000
    /// Distinct failures (method, name and reason); above it, one `(other)` per request.
    package var failures = 1000
    /// Distinct places of exceptions; above it, one `(other)`.
    package var exceptions = 1000

    package init() {}
}

/// One example of each thing that was counted under `(other)`; nil where no limit was reached. Of several examples the
/// least in alphabetical order is kept, so that the order of merging does not matter.
package struct OverflowExamples: Sendable, Equatable {
    package var request: String?
    package var failure: String?
    package var exception: String?

    package init() {}

    /// Takes over the other's examples.
    package mutating func merge(_ other: OverflowExamples) {
        request = Self.least(request, other.request)
        failure = Self.least(failure, other.failure)
        exception = Self.least(exception, other.exception)
    }

    /// The lesser of two texts; a text before none.
    static func least(_ a: String?, _ b: String?) -> String? {
        guard let a, let b else { return a ?? b }
        return min(a, b)
    }
}
