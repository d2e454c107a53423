/// A text that is no threshold.
package struct ThresholdError: Error, Equatable, CustomStringConvertible {
    /// The text.
    package var text: String
    /// Where in it, in characters from 1.
    package var column: Int
    /// What is wrong, and what to write.
    package var message: String

    package init(text: String, column: Int, message: String) {
        self.text = text
        self.column = column
        self.message = message
    }

    /// `threshold 'p95 < 200', column 7: …`
    package var description: String { "threshold '\(text)', column \(column): \(message)" }
}
