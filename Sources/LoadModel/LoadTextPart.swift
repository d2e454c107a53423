/// A part of a text that somebody wrote, which knows where it stands.
struct LoadTextPart {
    /// Longer texts are refused before they are looked at, in bytes.
    static let longest = 1 << 20

    let text: Substring
    /// Characters from 1 to where it begins in the whole text.
    let character: Int

    /// A whole text. Throws when it is empty or far too long.
    init(whole text: String, example: String) throws(LoadError) {
        guard text.utf8.count <= Self.longest else { throw LoadError("is longer than 1 MiB", remedy: "write it as \(example)") }
        let whole = LoadTextPart(text: text[...], character: 1).trimmed
        guard !whole.text.isEmpty else { throw LoadError("is empty", remedy: "write it as \(example)") }
        self = whole
    }

    private init(text: Substring, character: Int) {
        self.text = text
        self.character = character
    }

    /// Without spaces around it.
    var trimmed: LoadTextPart {
        let start = text.prefix { $0.isWhitespace }.count
        var rest = text.dropFirst(start)
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return LoadTextPart(text: rest, character: character + start)
    }

    /// What stands between separators, without spaces around it; at most so many parts, the rest is in the last.
    func parts(separatedBy separator: Character, atMost limit: Int = .max) -> [LoadTextPart] {
        var position = character
        return text.split(separator: separator, maxSplits: limit - 1, omittingEmptySubsequences: false).map { piece in
            defer { position += piece.count + 1 }
            return LoadTextPart(text: piece, character: position).trimmed
        }
    }

    /// Without so many characters at its beginning and its end.
    func dropping(first: Int, last: Int) -> LoadTextPart {
        LoadTextPart(text: text.dropFirst(first).dropLast(last), character: character + first)
    }

    /// An error about this part.
    func wrong(_ problem: String, _ remedy: String) -> LoadError {
        let part = text.count > 40 ? String(text.prefix(39)) + "…" : String(text)
        return LoadError(problem, at: LoadError.Place(character: character, part: part), remedy: remedy)
    }

    /// A number written with digits and at most one point: `1000`, `0.5`. Throws for anything else.
    func number(_ what: String, example: String) throws(LoadError) -> Double {
        let isPlain = text.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
        if isPlain, let first = text.first, let last = text.last, first != ".", last != ".", let value = Double(text), value.isFinite {
            return value
        }
        let digits = text.dropFirst(text.hasPrefix("-") || text.hasPrefix("+") ? 1 : 0)
        if text.isEmpty { throw wrong("\(what) is missing", "write \(example)") }
        if text.hasPrefix("-"), Double(digits) != nil { throw wrong("\(what) is below 0", "write a number of 0 or more, as in \(example)") }
        if let value = Double(text), value.isFinite, digits.contains("e") || digits.contains("E"), !digits.hasPrefix("0x") {
            throw wrong("\(what) is not written in digits", "write it out, as in \(example)")
        }
        throw wrong("\(what) is no number", "write it in digits, as in \(example)")
    }

    /// A time with a unit, in nanoseconds. Throws for anything else; a bare number is shown in both readings.
    func time(_ what: String) throws(LoadError) -> Int64 {
        let example = "30s, 2m or 1h30m"
        if text.isEmpty { throw wrong("\(what) is missing", "write a time, such as \(example)") }
        if text.hasPrefix("-") { throw wrong("\(what) is below 0", "write a time of 0s or more, such as \(example)") }
        guard let nanoseconds = DurationText.nanoseconds(String(text)) else {
            throw wrong("\(what) is no time", "write a number and its unit, from large to small, such as \(example) (units: h, m, s, ms)")
        }
        if text.last?.isLetter != true {
            throw wrong("\(what) has no unit", "is that \(text)s (seconds) or \(text)m (minutes)? Write one of them")
        }
        guard nanoseconds <= LoadBounds.longestNanoseconds else {
            throw wrong("\(what) is too long", "write a time of at most 100000h")
        }
        return nanoseconds
    }
}
