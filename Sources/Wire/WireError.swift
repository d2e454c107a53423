/// A message from the other end cannot be taken for what it should be.
package struct WireError: Error, Equatable, CustomStringConvertible {
    /// What kind of fault it is.
    package struct Code: Sendable, Equatable, CustomStringConvertible {
        package let description: String

        /// The bytes are not one whole MessagePack value, or there are more of them.
        package static let notMessagePack = Code(description: "not MessagePack")
        /// Longer, or of more parts, than allowed.
        package static let tooLarge = Code(description: "too large")
        /// A key is not there.
        package static let missing = Code(description: "missing")
        /// Another type than should be there.
        package static let wrongType = Code(description: "wrong type")
        /// Of the right type, but no value that it may have.
        package static let invalid = Code(description: "invalid")
        /// No message has this type.
        package static let unknownMessage = Code(description: "unknown message")
    }

    package var code: Code
    /// Where, as a path of keys and positions such as `data.snapshot.requests[2][1]`; empty: the message as a whole.
    package var path: String
    /// What was wrong, in words that go on from the path: `is missing`.
    package var problem: String

    package init(_ code: Code, at path: String = "", _ problem: String) {
        self.code = code
        self.path = path
        self.problem = problem
    }

    package var description: String { "\(path.isEmpty ? "the message" : path) \(problem)" }
}
