import LoadModel

/// The share of requests that the server answers with 500 on purpose.
package struct FailureRate: Sendable, Equatable {
    /// The share, 0…1.
    package let share: Double

    /// Never fails.
    package static let none = FailureRate(share: 0)

    /// - Parameter share: 0…1.
    package init(share: Double) {
        precondition((0...1).contains(share), "a share lies between 0 and 1")
        self.share = share
    }

    /// Reads a percentage such as `2%` or `0.5%`.
    ///
    /// A number without the sign is refused, because 0.02 could be meant as a fraction or as a percentage; the message shows both.
    ///
    /// - Throws: ``WebappError`` with code `usage`.
    package init(parsing text: String) throws {
        let digits = text.hasSuffix("%") ? text.dropLast() : text[...]
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let number = Double(String(digits)) else {
            throw WebappError(.usage, "'\(text)' is not a failure rate: write a percentage such as 2% or 0.5%.")
        }
        guard text.hasSuffix("%") else {
            if number == 0 {
                self.init(share: 0)
                return
            }
            let asFraction =
                number <= 1
                ? "\(Self.plain(number * 100))% if it is a fraction" : "no more than 100% (as a fraction it would be more than all)"
            throw WebappError(.usage, "the failure rate '\(text)' has no unit: write \(text)% if it is a percentage, or \(asFraction).")
        }
        guard number <= 100 else {
            throw WebappError(.usage, "the failure rate '\(text)' is more than all requests: write 0% to 100%.")
        }
        self.init(share: number / 100)
    }

    /// Decides whether the next request fails.
    ///
    /// - Parameter generator: the source of chance; not touched when the share is 0.
    package func strikes(using generator: inout SplitMix64) -> Bool {
        share > 0 && generator.nextUnit() < share
    }

    /// The rate as a percentage: `2%`.
    package var text: String { "\(Self.plain(share * 100))%" }

    /// Writes a number without a needless fraction and without the noise of binary fractions.
    private static func plain(_ number: Double) -> String {
        let rounded = (number * 1e9).rounded() / 1e9
        return rounded == rounded.rounded() && rounded < 1e15 ? "\(Int(rounded))" : "\(rounded)"
    }
}
