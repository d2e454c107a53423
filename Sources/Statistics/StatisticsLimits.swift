/// How much is told apart. Whatever comes above a limit is counted under `otherName`, and one example of it is kept.
package struct StatisticsLimits: Sendable, Equatable {
    /// Stands for all names, reasons or places above the limit.
    package static let otherName = "(other)"
    /// Names, reasons, places and messages are cut to so many bytes of UTF-8.
    package static let longestText = 512
    /// Call stacks are cut to so many bytes of UTF-8.
    package static let longestStack = 4096

    /// Distinct requests (method and name), at most 8,000; above it, one `(other)` per method.
    package var requests = 1000
    /// Distinct failures (method, name and reason); above it, one `(other)` per request.
    package var failures = 1000
    /// Distinct places of exceptions; above it, one `(other)`.
    package var exceptions = 1000
    /// Distinct measurements of scripts (kind and name), at most 1,000; above it, one `(other)` per kind.
    package var custom = 1000
    /// Distinct tasks (class and name) with iterations, at most 1,000; above it, one `(other)`.
    package var iterations = 1000

    package init() {}

    /// Bytes cut to the longest text, between two characters of UTF-8.
    @inline(__always)
    static func cut(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        if bytes.count <= longestText { return bytes }
        var end = longestText
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[..<end])
    }

    /// Text cut to so many bytes, between two characters.
    package static func cut(_ text: String, to limit: Int = longestText) -> String {
        if text.utf8.count <= limit { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: limit)
        while end > text.startIndex, text.utf8[end] & 0xC0 == 0x80 { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }
}

/// One example of each thing that was counted under `(other)`; nil where no limit was reached. Of several examples the
/// least in alphabetical order is kept, so that the order of merging does not matter.
package struct OverflowExamples: Sendable, Equatable {
    /// Method and name of a request.
    package var request: String?
    /// Reason of a failure.
    package var failure: String?
    /// Place of an exception.
    package var exception: String?
    /// Name of a script's own measurement.
    package var custom: String?

    package init() {}

    /// Takes over the other's examples.
    package mutating func merge(_ other: OverflowExamples) {
        request = Self.least(request, other.request)
        failure = Self.least(failure, other.failure)
        exception = Self.least(exception, other.exception)
        custom = Self.least(custom, other.custom)
    }

    /// The lesser of two texts; a text before none.
    static func least(_ a: String?, _ b: String?) -> String? {
        guard let a, let b else { return a ?? b }
        return min(a, b)
    }
}
