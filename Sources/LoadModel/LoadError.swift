/// A load that cannot be used, in words: what is wrong, where in its text, and how it is written.
package struct LoadError: Error, Equatable, CustomStringConvertible {
    /// The part of a text that an error is about.
    package struct Place: Sendable, Equatable {
        /// Characters from 1 to where it begins.
        package let character: Int
        /// As it was written, cut to 40 characters.
        package let part: String
    }

    /// What is wrong.
    package let problem: String
    /// Nil: it is about several settings, not about one text.
    package let place: Place?
    /// The right spelling, or the way out.
    package let remedy: String

    package init(_ problem: String, at place: Place? = nil, remedy: String) {
        self.problem = problem
        self.place = place
        self.remedy = remedy
    }

    /// The problem and its place, in a line.
    package var message: String { place.map { "\(problem) (character \($0.character): '\($0.part)')" } ?? problem }

    package var description: String { "\(message)\n    \(remedy)" }
}
