/// Goes through the text of a threshold and knows where it is.
struct ThresholdCursor {
    private let text: String
    private let characters: [Character]
    /// Characters that are behind.
    private(set) var position = 0

    /// At the beginning.
    init(_ text: String) {
        self.text = text
        characters = Array(text)
    }

    /// Whether there is nothing left.
    var isAtEnd: Bool { position == characters.count }
    /// What comes next; nil at the end.
    var next: Character? { isAtEnd ? nil : characters[position] }

    /// An error at a place; nil: here.
    func error(_ message: String, at place: Int? = nil) -> ThresholdError {
        ThresholdError(text: text, column: (place ?? position) + 1, message: message)
    }

    /// The text between two places, without blanks around it.
    func text(from start: Int, to end: Int) -> String {
        var part = characters[start..<end]
        while part.last?.isWhitespace == true { part.removeLast() }
        return String(part.drop { $0.isWhitespace })
    }

    /// Passes blanks.
    mutating func skipBlanks() { while next?.isWhitespace == true { position += 1 } }

    /// Passes a character if it comes next.
    mutating func skip(_ character: Character) -> Bool {
        guard next == character else { return false }
        position += 1
        return true
    }

    /// What comes next as long as it is of a kind.
    mutating func take(while isPart: (Character) -> Bool) -> String {
        let start = position
        while let next, isPart(next) { position += 1 }
        return String(characters[start..<position])
    }

    /// A word such as `failure_rate`, or `p99.9` with its fraction.
    mutating func takeWord() -> String {
        var word = take { $0.isLetter || $0.isNumber || $0 == "_" }
        let isPercentile = word.count > 1 && word.first == "p" && word.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
        if isPercentile, next == ".", position + 1 < characters.count, characters[position + 1].isNumber {
            position += 1
            word += "." + take { $0.isNumber }
        }
        return word
    }

    /// The word that comes next, which stays.
    func peekedWord() -> String {
        var copy = self
        copy.skipBlanks()
        return copy.takeWord()
    }

    /// A text in quotes, within which `\` takes what follows as it is.
    mutating func takeQuoted() throws(ThresholdError) -> String {
        let start = position
        guard let quote = next, quote == "\"" || quote == "'" else { throw error("a name stands in quotes, as in name(\"login\")") }
        position += 1
        var quoted = ""
        while let character = next {
            position += 1
            if character == quote { return quoted }
            if character == "\\", let escaped = next {
                position += 1
                quoted.append(escaped)
            } else {
                quoted.append(character)
            }
        }
        throw error("the name that begins here has no closing \(quote)", at: start)
    }
}
