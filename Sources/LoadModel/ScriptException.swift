/// An error that a task script raised and did not catch. Exceptions are counted by `place`.
package struct ScriptException: Sendable, Equatable, Hashable {
    /// Where, as `file:line`.
    package var place: String
    /// What, in the script language's words, without the place.
    package var message: String
    /// The call stack, innermost first, one call a line; may be empty.
    package var stack: String

    package init(place: String, message: String, stack: String = "") {
        self.place = place
        self.message = message
        self.stack = stack
    }
}
