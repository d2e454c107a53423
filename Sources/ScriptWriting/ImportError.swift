/// Why something cannot be turned into a script: what is wrong, where, and what to do.
package struct ImportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, in words.
    package var message: String
    /// The file, and where in it, if that is known: `shop.har`, `shop.har:12:3` or `shop.har: log.entries[4].request`.
    package var place: String
    /// What to do; empty when the message says it.
    package var remedy: String

    /// An error at a place.
    package init(_ message: String, at place: String, remedy: String = "") {
        self.message = message
        self.place = place
        self.remedy = remedy
    }

    /// `place: message`, then the remedy on a line of its own.
    package var description: String { "\(place): \(message)" + (remedy.isEmpty ? "" : "\n    \(remedy)") }
}
